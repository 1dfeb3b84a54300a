"""What the page asks of the place where it keeps what is handed in.

Protocols without behaviour; `interfaces.page` hands them to the page.
"""

from pathlib import Path
from typing import NamedTuple, Protocol

__all__ = ["Incoming", "KeptArchive", "UploadStore"]


class KeptArchive(NamedTuple):
    """An archive that was handed in."""

    digest: str
    """SHA-256 of its content: by this it is told apart."""
    path: Path
    """Its last part is the name that it came with, as far as a file may have it."""
    size: int
    """Bytes."""


class Incoming(Protocol):
    """An archive on its way; what is not finished leaves nothing behind."""

    def write(self, chunk: bytes) -> None:
        """Take the next bytes.

        Raises:
            StorageError: there is no room for them.
        """
        ...

    def finish(self) -> KeptArchive:
        """Keep what was written; the same content once more is kept once, by its first name.

        Raises:
            DataError: it is neither a ZIP nor a TAR.
            StorageError: it cannot be written.
        """
        ...

    def close(self) -> None:
        """Give up what was not finished."""
        ...


class UploadStore(Protocol):
    """Keeps pictures and archives that are handed in, and no more of them than there is room for.

    Nothing is decoded or unpacked here.
    """

    def check_room(self, size: int) -> None:
        """Return if so many bytes more may come.

        Raises:
            StorageError: they may not; it says what to do.
        """
        ...

    def keep_picture(self, content: bytes) -> Path:
        """Keep an input picture, and return its place, whose name is its digest.

        Raises:
            StorageError: there is no room for it.
        """
        ...

    def receive(self, name: str, size: int = 0) -> Incoming:
        """Begin to take in an archive.

        Args:
            name: that it comes with.
            size: bytes that are said to come; 0 where nothing is said.

        Raises:
            StorageError: there is no room for it.
        """
        ...

    def remove(self, digest: str) -> None:
        """Remove an archive.

        Raises:
            RunError: a run that has not ended uses it.
            StorageError: there is none, or it cannot be removed.
        """
        ...
