"""An archive that is written while it is sent: it lies nowhere, neither on the disk nor in memory."""

from collections.abc import Iterable, Iterator
from io import RawIOBase
from pathlib import Path
from typing import Any, final
from zipfile import ZIP_STORED, ZipFile, ZipInfo

__all__ = ["zip_stream"]

_CHUNK = 1 << 18


@final
class _Passing(RawIOBase):
    """Takes what an archive writes until it is fetched."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._held += data
        return len(data)

    def fetch(self) -> bytes:
        held = bytes(self._held)
        self._held.clear()
        return held


def zip_stream(files: Iterable[tuple[str, Path]]) -> Iterator[bytes]:
    """Yield the bytes of a ZIP of ``files``: name in the archive, and file. Pictures are compressed already, so it does not.

    What cannot be read is named in ``missing.txt`` within the archive.
    """
    passing, missing = _Passing(), []
    with ZipFile(passing, "w", ZIP_STORED) as archive:
        for name, path in files:
            try:
                source = path.open("rb")
            except OSError as error:
                missing.append(f"{name}: {error.strerror or 'cannot be read'}")
                continue
            with source, archive.open(ZipInfo(name), "w") as target:
                while chunk := source.read(_CHUNK):
                    target.write(chunk)
                    yield passing.fetch()
            yield passing.fetch()
        if missing:
            archive.writestr("missing.txt", "\n".join(missing) + "\n")
    yield passing.fetch()
