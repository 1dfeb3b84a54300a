"""The training log as an observer reads it: what is new, and nothing twice."""

import json
from collections.abc import Iterator, Sequence
from typing import final

from interfaces.errors import StorageError
from interfaces.ports import RunFolder

__all__ = ["LogTail"]


@final
class LogTail:
    """Reads the lines that were added to a training's ``log.jsonl`` since the last time."""

    def __init__(self) -> None:
        self._offset = 0

    def read(self, folder: RunFolder) -> Sequence[dict[str, float]]:
        """Return the numbers of every new line, ``step`` among them; nothing where there is no log yet.

        Raises:
            StorageError: the log cannot be read.
        """
        return list(self.lines(folder))

    def lines(self, folder: RunFolder) -> Iterator[dict[str, float]]:
        """Yield what `read` returns, line by line, so that a long log takes no memory.

        Raises:
            StorageError: the log cannot be read.
        """
        path = folder.path / "log.jsonl"
        try:
            with path.open("rb") as file:
                file.seek(self._offset)
                for line in file:
                    if not line.endswith(b"\n"):  # somebody is at it
                        break
                    self._offset += len(line)
                    yield json.loads(line)
        except FileNotFoundError:  # log_every is larger than the steps so far
            return
        except OSError as error:
            raise StorageError(f"{path} cannot be read: {error.strerror or error}") from error
