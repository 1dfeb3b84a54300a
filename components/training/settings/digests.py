"""Digests of the files that a training reads besides its data."""

from hashlib import sha256
from pathlib import Path

from components.training.settings.basic import BasicSettings
from interfaces.errors import SettingsError

__all__ = ["file_digests"]


def file_digests(settings: BasicSettings) -> dict[str, str]:
    """Return the SHA-256 of the files that a training reads besides its data, by the last part of the setting's name.

    That of a file which only a training without checkpoints reads, what it begins with, is not among them.

    Raises:
        SettingsError: one cannot be read.
    """
    found = {}
    for name, (mark, path) in settings.files().items():
        if mark.optional:
            continue
        try:
            found[name.rpartition(".")[2]] = sha256(Path(path).read_bytes()).hexdigest()
        except OSError as error:
            reason = error.strerror or error
            raise SettingsError(f"{name}: wanted the path of {mark.wanted}, got {path} ({reason})") from error
    return found
