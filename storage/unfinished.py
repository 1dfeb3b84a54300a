"""Images under way that take minutes: what is kept of each in the store, so that another process can go on with it."""

import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import final

from interfaces.errors import StorageError
from storage.run_folder import DirectoryFolder
from storage.run_queue import SqlRunQueue

__all__ = ["UNFINISHED", "Unfinished", "left_unfinished", "remove_unfinished"]

UNFINISHED = "unfinished"
"""Folder within the store, with a folder for each run."""


@final
class Unfinished:
    """What is kept of the images of one run: a state to go on with, and what the image looks like by now.

    Args:
        root: folder of the store.
        run: id of the run.
    """

    def __init__(self, root: Path, run: str) -> None:
        self._folder = DirectoryFolder(root / UNFINISHED / run)

    def keep(self, seed: int, state: bytes) -> None:
        """Keep what is needed to go on with the image of a seed.

        Raises:
            StorageError: the disk is full or cannot be written.
        """
        self._folder.write(f"seed{seed}.state", state)

    def kept(self, seed: int) -> bytes | None:
        """Return what was kept; None where there is nothing."""
        try:
            return self._folder.read(f"seed{seed}.state")
        except StorageError:
            return None

    def show(self, seed: int, png: bytes) -> Path:
        """Keep a picture of the image of a seed, and return where it is.

        Raises:
            StorageError: the disk is full or cannot be written.
        """
        return self._folder.write(f"seed{seed}.png", png)

    def settle(self, seeds: Iterable[int]) -> None:
        """Remove what is kept of images that are stored by now."""
        for seed in seeds:
            for ending in ("state", "png"):
                with suppress(StorageError):  # it is found as left over
                    self._folder.delete(f"seed{seed}.{ending}")
        with suppress(OSError):  # others are kept, or nothing ever was
            for half in self._folder.path.glob(
                ".*.partial"
            ):  # of a process that was killed: this one writes nothing now
                half.unlink()
            self._folder.path.rmdir()
            self._folder.path.parent.rmdir()


def remove_unfinished(root: Path, run: str) -> None:
    """Remove what is kept of the images of a run; what cannot be removed stays."""
    shutil.rmtree(root / UNFINISHED / run, ignore_errors=True)
    with suppress(OSError):
        (root / UNFINISHED).rmdir()


def left_unfinished(queue: SqlRunQueue) -> set[str]:
    """Return the runs that have images under way and will never go on with them: they are done, or gone."""
    found = {path.name for path in (queue.root / UNFINISHED).glob("*")}
    return found - {each.id for each in queue.list() if each.state != "done"} if found else found
