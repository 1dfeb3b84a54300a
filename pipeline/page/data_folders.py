"""What there is to learn from: what lies in the folders that the server was told of, and the archives that were handed in."""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import final

from interfaces.errors import SettingsError, did_you_mean
from interfaces.page_uploads import KeptArchive
from interfaces.said import Said
from storage.training.sources import ARCHIVE_SUFFIXES

__all__ = ["DataFolders"]


@final
class DataFolders:
    """Sources of training pictures by name. What is asked for is compared with these names, and is never a path.

    Args:
        folders: in which the sources lie; where there are several, a name begins with that of its folder.
        handed_in: returns the archives that were handed in. One whose name another source has, too, has a part of its
            digest in its name.

    Raises:
        SettingsError: one is no folder, or two have the same name.
    """

    def __init__(
        self, folders: Sequence[Path], handed_in: Callable[[], Sequence[KeptArchive]] = tuple
    ) -> None:
        self._handed_in = handed_in
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
        return sorted({**dict(self._sources()), **self.archives()})

    def archives(self) -> Mapping[str, KeptArchive]:
        """Return the archives that were handed in, by name, the oldest first."""
        kept = self._handed_in()
        taken = Counter([*dict(self._sources()), *(each.path.name for each in kept)])
        return {
            each.path.name if taken[each.path.name] == 1 else f"{each.path.name} ({each.digest[:8]})": each
            for each in kept
        }

    def find(self, name: str) -> Path:
        """Return the source of that name.

        Raises:
            SettingsError: there is none, or a link in it leads out of the folder that the server was told of.
        """
        found = dict(self._sources())
        handed_in = self.archives().get(name)
        if handed_in is not None:
            return handed_in.path
        if name not in found:
            known = self.names()
            raise SettingsError(
                Said(
                    "source: there is no {0!r}: wanted one of {1}.{2}",
                    name,
                    ", ".join(known) or Said("none that there is"),
                    did_you_mean(name, known),
                )
            )
        folder, path = found[name]
        link = next(_leading_out(path, folder), None)
        if link is not None:
            raise SettingsError(
                Said(
                    "source: wanted pictures that lie in {0}, got a link that leads out of it: {1}",
                    name,
                    link,
                )
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
