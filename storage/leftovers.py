"""What lies in a result store and is nobody's any more: the disk has its room when somebody says so."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, final

from interfaces.errors import SettingsError, did_you_mean
from storage.cache import Cached, empty, look
from storage.gallery import TRASH, SqlGallery
from storage.previews import PREVIEWS, clear_left, left
from storage.result_store import UPLOADS
from storage.run_deletion import check_at_rest
from storage.run_queue import SqlRunQueue
from storage.unfinished import UNFINISHED, left_unfinished, remove_unfinished
from storage.uploads import Uploads

__all__ = ["LEFTOVERS", "TRIALS", "Leftovers"]

TRIALS = "trials"
"""Folder within the store of what was tried on the page."""


class _Kind(NamedTuple):
    what: str
    find: Callable[["Leftovers"], Cached]
    remove: Callable[["Leftovers"], None]


@final
class Leftovers:
    """What is left over in the store in ``root``.

    Raises:
        StorageError: the store cannot be opened.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self._gallery = SqlGallery(self.root)
        self._uploads = Uploads(self.root, 0)

    def find(self, kinds: Collection[str] = ()) -> Sequence[Cached]:
        """Return what there is of these kinds, or of all where none is named.

        Raises:
            SettingsError: there is no such kind.
        """
        unknown = [kind for kind in kinds if kind not in LEFTOVERS]
        if unknown:
            problems = (
                f"wanted {', '.join(LEFTOVERS)}, got {kind!r}.{did_you_mean(kind, LEFTOVERS)}"
                for kind in unknown
            )
            raise SettingsError(*problems)
        return [each.find(self) for kind, each in LEFTOVERS.items() if not kinds or kind in kinds]

    def remove(self, found: Collection[Cached]) -> None:
        """Remove what was found, and what has come to it since.

        Raises:
            RunError: a run of the store is under way, which may be writing a trial.
            StorageError: it cannot be removed, or not all of it.
        """
        for each in found:
            LEFTOVERS[each.kind].remove(self)

    def _trash(self) -> Cached:
        return self._counted("trash", TRASH, self._gallery.trash())

    def _empty_trash(self) -> None:
        self._gallery.empty_trash()

    def _trials(self) -> Cached:
        return look("trials", self.root / TRIALS, LEFTOVERS["trials"].what)

    def _remove_trials(self) -> None:
        for run in SqlRunQueue(self.root).list():
            check_at_rest(run)
        empty([self._trials()])

    def _previews(self) -> Cached:
        folder = self.root / PREVIEWS
        runs = left(SqlRunQueue(self.root))
        return self._counted(
            "previews", PREVIEWS, [path for run in runs for path in (folder / run).glob("*")]
        )

    def _remove_previews(self) -> None:
        clear_left(SqlRunQueue(self.root))

    def _unfinished(self) -> Cached:
        folder = self.root / UNFINISHED
        runs = left_unfinished(SqlRunQueue(self.root))
        return self._counted(
            "unfinished", UNFINISHED, [path for run in runs for path in (folder / run).glob("*")]
        )

    def _remove_unfinished(self) -> None:
        for run in left_unfinished(SqlRunQueue(self.root)):
            remove_unfinished(self.root, run)

    def _unneeded(self) -> Cached:
        return self._counted("uploads", UPLOADS, [each.path for each in self._uploads.unneeded()])

    def _remove_unneeded(self) -> None:
        for each in self._uploads.unneeded():
            self._uploads.discard(each)

    def _counted(self, kind: str, folder: str, paths: Sequence[Path]) -> Cached:
        size = sum(path.stat().st_size for path in paths)
        return Cached(kind, self.root / folder, len(paths), size, LEFTOVERS[kind].what)


LEFTOVERS: Mapping[str, _Kind] = {
    "trash": _Kind("pictures that were deleted in the gallery", Leftovers._trash, Leftovers._empty_trash),
    "trials": _Kind(
        "parts of pictures that were tried on the page", Leftovers._trials, Leftovers._remove_trials
    ),
    "previews": _Kind(
        "small pictures of runs whose process died", Leftovers._previews, Leftovers._remove_previews
    ),
    "unfinished": _Kind(
        "images under way, of runs that are done or gone",
        Leftovers._unfinished,
        Leftovers._remove_unfinished,
    ),
    "uploads": _Kind(
        "what was handed in more than a day ago, and no run names",
        Leftovers._unneeded,
        Leftovers._remove_unneeded,
    ),
}
"""Of each kind what it is, how it is found, and how it is removed."""
