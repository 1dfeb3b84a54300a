"""Small pictures of what runs are enlarging: in a folder of the store, for as long as the run works."""

import shutil
from contextlib import suppress
from pathlib import Path

from storage.run_folder import DirectoryFolder
from storage.run_owner import is_orphaned
from storage.run_queue import SqlRunQueue

__all__ = ["PREVIEWS", "clear_left", "left", "previews_of", "remove_previews"]

PREVIEWS = "previews"
"""Folder within the store, with a folder for each run."""


def previews_of(root: Path) -> DirectoryFolder:
    """Return the folder of all previews of the store in ``root``, which need not be there."""
    return DirectoryFolder(root / PREVIEWS)


def remove_previews(root: Path, run: str) -> None:
    """Remove the previews of a run, and what a crash has left half written; what cannot be removed stays."""
    shutil.rmtree(root / PREVIEWS / run, ignore_errors=True)
    with suppress(OSError):  # another run has some, or there were none
        (root / PREVIEWS).rmdir()


def clear_left(queue: SqlRunQueue) -> None:
    """Remove the previews that runs have left whose process died."""
    for run in left(queue):
        remove_previews(queue.root, run)


def left(queue: SqlRunQueue) -> set[str]:
    """Return the runs that have previews, and work no more."""
    found = {path.name for path in (queue.root / PREVIEWS).glob("*")}
    if not found:
        return found
    return found - {each.id for each in queue.list() if each.state == "running" and not is_orphaned(each)}
