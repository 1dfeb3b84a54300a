"""Digests of files."""

from hashlib import file_digest
from pathlib import Path

from interfaces.errors import StorageError

__all__ = ["file_sha256"]


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file in lower-case hex, without holding the file in memory.

    Raises:
        StorageError: the file is gone or cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror or error}") from error
