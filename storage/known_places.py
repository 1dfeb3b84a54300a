"""Folders that the user has chosen somewhere, noted so that what lies there is found by its name."""

import json
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import final

from interfaces.errors import StorageError
from storage.paths import data_folder
from storage.run_folder import DirectoryFolder

__all__ = ["KnownPlaces"]


@final
class KnownPlaces:
    """The folders of one kind, as notes in the user's data folder.

    Each has a note of its own, so that processes that write them at once do not undo each other's.

    Args:
        kind: what lies there; the notes are in a folder of that name.
        most: beyond these, the one that was not used for longest is forgotten.
    """

    def __init__(self, kind: str, most: int) -> None:
        self._kind = kind
        self._most = most

    def remember(self, place: Path) -> None:
        """Note that ``place`` was used just now.

        Raises:
            StorageError: the data folder cannot be written.
        """
        path = str(Path(place).absolute())
        folder = self._folder()
        folder.write(_note_of(path), json.dumps({"root": path}).encode())
        for old in _by_use(folder)[self._most :]:
            folder.delete(old)

    def forget(self, place: Path) -> None:
        """Drop the note of ``place``, if there is one.

        Raises:
            StorageError: the data folder cannot be written.
        """
        self._folder().delete(_note_of(str(Path(place).absolute())))

    def known(self) -> list[Path]:
        """Return the places, the one used last first; those that are gone are forgotten."""
        folder = self._folder()
        places = []
        for name in _by_use(folder):
            place = _place(folder, name)
            if place is not None and place.is_dir():
                places.append(place)
                continue
            with suppress(StorageError):  # looking needs no data folder that can be written
                folder.delete(name)
        return places

    def _folder(self) -> DirectoryFolder:
        return DirectoryFolder(data_folder() / self._kind)


def _note_of(path: str) -> str:
    return f"{sha256(path.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}.json"


def _by_use(folder: DirectoryFolder) -> list[str]:
    used = []
    for name in folder.names("*.json"):
        try:
            used.append(((folder.path / name).stat().st_mtime_ns, name))
        except FileNotFoundError:  # another process has just forgotten it
            continue
    return [name for _, name in sorted(used, reverse=True)]


def _place(folder: DirectoryFolder, name: str) -> Path | None:
    try:
        return Path(json.loads(folder.read(name))["root"])
    except (StorageError, ValueError, KeyError, TypeError):  # not a note of ours, or gone by now
        return None
