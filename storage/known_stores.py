"""Where the user's result stores are, so that a run is found without naming its folder."""

import json
from hashlib import sha256
from pathlib import Path

from interfaces.errors import RunError, StorageError, did_you_mean
from interfaces.runs import RunRecord
from storage.index import INDEX_FILE
from storage.paths import data_folder
from storage.run_folder import DirectoryFolder
from storage.run_queue import SqlRunQueue

__all__ = ["MOST_STORES", "find_run", "folder_of", "known", "remember", "runs_of"]

MOST_STORES = 100
"""Beyond these, the store that was not used for longest is forgotten."""


def remember(root: Path) -> None:
    """Note that there is a result store in ``root``, used just now.

    Each store has a file of its own, so that processes that do this at once do not undo each other's notes.

    Raises:
        StorageError: the data folder cannot be written.
    """
    path = str(Path(root).absolute())
    name = f"{sha256(path.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}.json"
    folder = _folder()
    folder.write(name, json.dumps({"root": path}).encode())
    for old in _by_use(folder)[MOST_STORES:]:
        folder.delete(old)


def known() -> list[Path]:
    """Return the stores, the one used last first; those whose folder is gone are forgotten."""
    folder = _folder()
    roots = []
    for name in _by_use(folder):
        root = _root(folder, name)
        if root is not None and root.is_dir():
            roots.append(root)
        else:
            folder.delete(name)
    return roots


def runs_of(place: Path | None = None) -> list[tuple[RunRecord, Path]]:
    """Return all runs that are known, newest first, each with the root of the store that has it.

    Args:
        place: only those of this result store, or those that write to this folder, as a training does; None for
            those of all known stores. A store that was moved here is known from now on.

    Raises:
        StorageError: a store cannot be read.
    """
    found: list[tuple[RunRecord, Path]] = []
    for root in known() if place is None else _around(place.absolute()):
        found += [(record, root) for record in SqlRunQueue(root).list()]
    if place is not None:
        found = [(record, root) for record, root in found if _is_at(place.absolute(), record, root)]
    return sorted(found, key=lambda pair: pair[0].id, reverse=True)


def find_run(run: str, place: Path | None = None) -> Path:
    """Return the root of the store that holds ``run``.

    Args:
        run: id of a run.
        place: where to look, as in `runs_of`. A store whose index is not a file in it is passed over.

    Raises:
        RunError: no store has it; the message names the near match, and the stores that could not be read.
    """
    ids: list[str] = []
    faults: list[str] = []
    for root in known() if place is None else _around(place.absolute()):
        if not (root / INDEX_FILE).is_file():
            continue
        try:
            here = SqlRunQueue(root).list()
        except StorageError as error:
            faults.append(str(error))
            continue
        for record in here:
            if place is None or _is_at(place.absolute(), record, root):
                ids.append(record.id)
                if record.id == run:
                    return root
    where = "any known result store" if place is None else str(place)
    advice = did_you_mean(run, ids) or " `artgen runs list` shows all; `--out DIR` names another store."
    raise RunError("; ".join([f"there is no run {run!r} in {where}.{advice}", *faults]))


def folder_of(record: RunRecord, root: Path) -> Path | None:
    """Return the folder that a run of the store in ``root`` writes to besides the store, or None."""
    return None if record.folder is None else root.absolute() / record.folder


def _around(place: Path) -> list[Path]:
    """Return the store at ``place``, where there is one, and all others: a run of theirs may write to that place."""
    if (place / INDEX_FILE).is_file():
        remember(place)
    return known()


def _is_at(place: Path, record: RunRecord, root: Path) -> bool:
    folder = folder_of(record, root)
    return root == place or (folder is not None and folder.resolve() == place.resolve())


def _folder() -> DirectoryFolder:
    return DirectoryFolder(data_folder() / "stores")


def _by_use(folder: DirectoryFolder) -> list[str]:
    used = []
    for name in folder.names("*.json"):
        try:
            used.append(((folder.path / name).stat().st_mtime_ns, name))
        except FileNotFoundError:  # another process has just forgotten it
            continue
    return [name for _, name in sorted(used, reverse=True)]


def _root(folder: DirectoryFolder, name: str) -> Path | None:
    try:
        return Path(json.loads(folder.read(name))["root"])
    except (StorageError, ValueError, KeyError, TypeError):  # not a note of ours, or gone by now
        return None
