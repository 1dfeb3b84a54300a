"""The training log as an observer reads it: what is new, and nothing twice."""

import json
from collections.abc import Sequence
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
        path = folder.path / "log.jsonl"
        try:
            with path.open("rb") as file:
                file.seek(self._offset)
                content = file.read()
        except FileNotFoundError:  # log_every is larger than the steps so far
            return []
        except OSError as error:
            raise StorageError(f"{path} cannot be read: {error.strerror or error}") from error
        content = content[: content.rfind(b"\n") + 1]
        self._offset += len(content)
        return [json.loads(line) for line in content.splitlines()]
