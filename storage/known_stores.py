"""Where the user's result stores are, so that a run is found without naming its folder."""

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from interfaces.errors import RunError, StorageError, did_you_mean
from storage.index import INDEX_FILE
from storage.paths import data_folder
from storage.run_folder import DirectoryFolder
from storage.run_queue import SqlRunQueue

__all__ = ["MOST_STORES", "find_run", "known", "remember"]

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


def find_run(run: str, roots: Sequence[Path] | None = None) -> Path:
    """Return the root of the store that holds ``run``.

    Args:
        run: id of a run.
        roots: where to look; None for all known stores. A store whose index is not a file in it is passed over.

    Raises:
        RunError: no store has it; the message names the near match, and the stores that could not be read.
    """
    ids: list[str] = []
    faults: list[str] = []
    for root in known() if roots is None else roots:
        if not (root / INDEX_FILE).is_file():
            continue
        try:
            here = [record.id for record in SqlRunQueue(root).list()]
        except StorageError as error:
            faults.append(str(error))
            continue
        if run in here:
            return root
        ids += here
    where = "any known result store" if roots is None else ", ".join(map(str, roots)) or "no result store"
    advice = did_you_mean(run, ids) or " `artgen runs list` shows all; `--out DIR` names another store."
    raise RunError("; ".join([f"there is no run {run!r} in {where}.{advice}", *faults]))


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
