"""What there is to learn from: the folders and archives that lie in the folders which the server was told of."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import final

from interfaces.errors import SettingsError, did_you_mean
from storage.training.sources import ARCHIVE_SUFFIXES

__all__ = ["DataFolders"]


@final
class DataFolders:
    """Sources of training pictures by name. What is asked for is compared with these names, and is never a path.

    Args:
        folders: in which the sources lie; where there are several, a name begins with that of its folder.

    Raises:
        SettingsError: one is no folder, or two have the same name.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = {folder.resolve().name: folder.resolve() for folder in folders}
        wrong = [
            f"--data: wanted a folder, got {folder}, which is none"
            for folder in folders
            if not folder.is_dir()
        ]
        if wrong:
            raise SettingsError(*wrong)
        if len(self._folders) < len(folders):
            raise SettingsError("--data: wanted folders of different names, got two of the same")

    @property
    def places(self) -> Sequence[Path]:
        """The folders."""
        return tuple(self._folders.values())

    def names(self) -> Sequence[str]:
        """Return the names of all sources, in order."""
        return sorted(dict(self._sources()))

    def find(self, name: str) -> Path:
        """Return the source of that name.

        Raises:
            SettingsError: there is none, or a link in it leads out of the folder that the server was told of.
        """
        found = dict(self._sources())
        if name not in found:
            known = sorted(found)
            raise SettingsError(
                f"source: there is no {name!r}: wanted one of {', '.join(known) or 'none that there is'}."
                f"{did_you_mean(name, known)}"
            )
        folder, path = found[name]
        link = next(_leading_out(path, folder), None)
        if link is not None:
            raise SettingsError(
                f"source: wanted pictures that lie in {name}, got a link that leads out of it: {link}"
            )
        return path

    def _sources(self) -> Iterator[tuple[str, tuple[Path, Path]]]:
        for name, folder in self._folders.items():
            prefix = f"{name}/" if len(self._folders) > 1 else ""
            for path in folder.iterdir() if folder.is_dir() else ():
                if (
                    not path.name.startswith(".")
                    and _is_source(path)
                    and path.resolve().is_relative_to(folder)
                ):
                    yield prefix + path.name, (folder, path)


def _is_source(path: Path) -> bool:
    return path.is_dir() or (path.is_file() and path.name.casefold().endswith(ARCHIVE_SUFFIXES))


def _leading_out(path: Path, folder: Path) -> Iterator[str]:
    """Yield the names of the links in ``path`` that lead out of ``folder``."""
    for place, folders, files in os.walk(path):
        for name in (*folders, *files):
            entry = Path(place, name)
            if entry.is_symlink() and not entry.resolve().is_relative_to(folder):
                yield entry.relative_to(path).as_posix()
