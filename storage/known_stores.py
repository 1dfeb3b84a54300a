"""Where the user's result stores are, so that a run is found without naming its folder."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from interfaces.errors import RunError, StorageError, did_you_mean
from interfaces.runs import RunRecord
from storage.index import INDEX_FILE
from storage.known_places import KnownPlaces
from storage.paths import DEFAULT_STORE
from storage.run_queue import SqlRunQueue

__all__ = ["MOST_STORES", "find_run", "folder_of", "is_at", "known", "remember", "runs_of"]

MOST_STORES = 100
"""Beyond these, the store that was not used for longest is forgotten."""


_LOG = logging.getLogger(__name__)
_STORES = KnownPlaces("stores", MOST_STORES)


def remember(root: Path) -> None:
    """Note that there is a result store in ``root``, used just now.

    Raises:
        StorageError: the data folder cannot be written.
    """
    _STORES.remember(root)


def known() -> list[Path]:
    """Return the stores, the one used last first; those whose folder is gone are forgotten."""
    return _STORES.known()


def runs_of(*places: Path) -> list[tuple[RunRecord, Path]]:
    """Return all runs that are known, newest first, each with the root of the store that has it.

    A store that cannot be read is left out with a warning in the log, unless it is one that is named.

    Args:
        places: only those of these result stores, or those that write to these folders, as trainings do; none for those
            of all known stores. A store that was moved here is known from now on.

    Raises:
        StorageError: a store that is named cannot be read.
    """
    whole = [place.absolute() for place in places]
    found: list[tuple[RunRecord, Path]] = []
    for root in _around(whole):
        try:
            found += [(record, root) for record in SqlRunQueue(root).list()]
        except StorageError as error:
            if root in whole:
                raise
            _LOG.warning("%s", error)
    if whole:
        found = [pair for pair in found if any(is_at(place, *pair) for place in whole)]
    return sorted(found, key=lambda pair: pair[0].id, reverse=True)


def find_run(run: str, place: Path | None = None) -> Path:
    """Return the root of the store that holds ``run``; no store behind that one is looked at.

    Args:
        run: id of a run.
        place: where to look, as in `runs_of`; None for the store in the working folder first, then all known ones. A store
            whose index is not a file in it is passed over.

    Raises:
        RunError: no store has it; the message names the near match, and the stores that could not be read.
    """
    whole = place and place.absolute()
    roots = _around([whole or DEFAULT_STORE.absolute()])
    faults: list[str] = []
    for root in roots:
        try:
            record = SqlRunQueue(root).get(run)
        except RunError:
            continue
        except StorageError as error:
            faults.append(str(error))
            continue
        if whole is None or is_at(whole, record, root):
            return root
    near: list[str] = []
    for root in roots:
        with suppress(StorageError):  # it was told above
            near += [
                each.id for each in SqlRunQueue(root).list() if whole is None or is_at(whole, each, root)
            ]
    where = "any known result store" if place is None else str(place)
    advice = did_you_mean(run, near) or " `artgen runs list` shows all; `--out DIR` names another store."
    raise RunError("; ".join([f"there is no run {run!r} in {where}.{advice}", *faults]))


def folder_of(record: RunRecord, root: Path) -> Path | None:
    """Return the folder that a run of the store in ``root`` writes to besides the store, or None."""
    return None if record.folder is None else root.absolute() / record.folder


def is_at(place: Path, record: RunRecord, root: Path) -> bool:
    """Return whether a run of the store in ``root`` belongs to ``place``: that store, or the folder that it writes to."""
    folder = folder_of(record, root)
    return root == place or (folder is not None and folder.resolve() == place.resolve())


def _around(places: Sequence[Path]) -> list[Path]:
    """Return the stores at ``places``, where there are any, and all others: runs of theirs may write to these places."""
    stores = [place for place in places if (place / INDEX_FILE).is_file()]
    for place in stores:
        with suppress(StorageError):  # looking needs no data folder that can be written
            remember(place)
    return [root for root in dict.fromkeys([*stores, *known()]) if (root / INDEX_FILE).is_file()]
