"""Digests of the files that a training reads besides its data."""

from hashlib import sha256
from pathlib import Path

from interfaces.errors import SettingsError

__all__ = ["file_digest"]


def file_digest(path: str, wanted: str) -> str:
    """Return the SHA-256 of the file at ``path``.

    Raises:
        SettingsError: it cannot be read; the message begins with what is ``wanted``.
    """
    try:
        return sha256(Path(path).read_bytes()).hexdigest()
    except OSError as error:
        raise SettingsError(f"{wanted}, got {path} ({error.strerror or error})") from error
