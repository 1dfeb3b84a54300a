"""Whose a run is, and when it may be taken."""

from collections.abc import Mapping
from datetime import UTC, datetime

from interfaces.errors import RunError
from interfaces.runs import RunProgress, RunRecord
from interfaces.said import Said
from storage.process import is_alive, is_gone, this_process

__all__ = [
    "GIVEN_UP",
    "STALE_AFTER_S",
    "check_free",
    "check_mine",
    "is_left",
    "is_orphaned",
    "mine",
    "taken_up",
]

STALE_AFTER_S = 30.0
"""A run whose owner gave no sign of life for so long may be taken over."""

MOST_TAKEN_UP = 3
"""So often workers take a run up that comes no further; then it is likely what ends them."""

GIVEN_UP: Mapping[str, object] = {"owner": None, "heartbeat": None, "request": None, **dict(RunProgress())}
"""What a run's row says of a process where none works on it."""


def mine() -> dict[str, object]:
    """Return what a run's row says where this process has begun to work on it."""
    return {
        "state": "running", "owner": this_process(), "heartbeat": datetime.now(UTC), "request": None, "message": "",
        "taken_up": 0, "taken_up_at": 0,
    }  # fmt: skip


def taken_up(seen: RunRecord) -> dict[str, object]:
    """Return what becomes of a run whose owner has died, where a worker finds it.

    It is the worker's, unless somebody had asked its owner to pause or end, or it was taken up too often without coming
    further.
    """
    if seen.request is not None:
        return {**GIVEN_UP, "state": "paused" if seen.request == "pause" else "cancelled"}
    times = 1 if seen.done > seen.taken_up_at else seen.taken_up + 1
    if times > MOST_TAKEN_UP:
        why = (
            f"left alone: {MOST_TAKEN_UP} workers have taken it up after its process died, and died at it too, with "
            f"{seen.done} of {seen.total} done; `artgen runs resume {seen.id}` tries again"
        )
        return {**GIVEN_UP, "state": "failed", "message": why}
    message = f"taken up after {_owner(seen)} had died at it" if seen.owner else ""
    return {**mine(), "message": message, "taken_up": times, "taken_up_at": max(seen.done, seen.taken_up_at)}


def is_orphaned(record: RunRecord) -> bool:
    """Return whether nobody works on a ``running`` run: no sign of life for 30 s, or its process has ended."""
    if record.owner is None or record.heartbeat is None:
        return True
    silent_s = (datetime.now(UTC) - record.heartbeat).total_seconds()
    return silent_s > STALE_AFTER_S or is_gone(record.owner)


def is_left(record: RunRecord) -> bool:
    """Return whether a worker may take a ``running`` run up without being asked: nobody works on it.

    A process of this host that is silent and has not ended may have slept with the machine. It keeps its run; who resumes
    that by hand may know better.
    """
    return is_orphaned(record) and not (record.owner and is_alive(record.owner))


def check_mine(seen: RunRecord) -> None:
    """Return if this process owns the run.

    Raises:
        RunError: another one does, or nobody.
    """
    if seen.state != "running" or seen.owner != this_process():
        holder = _owner(seen) if seen.owner else "nobody"
        raise RunError(f"run {seen.id} is {seen.state} and not owned by this process: {holder} owns it")


def _owner(record: RunRecord) -> Said:
    host, pid, _ = (record.owner or "//").rsplit("/", 2)
    return Said("process {0} on {1}", pid, host)


def check_free(seen: RunRecord) -> None:
    """Return if a process may claim the run.

    Raises:
        RunError: it is done, or somebody works on it.
    """
    if seen.state == "done":
        raise RunError(Said("run {0} is done: nothing is left to do", seen.id))
    if seen.state == "running" and not is_orphaned(seen):
        raise RunError(Said("run {0} cannot be taken: {1} is working on it", seen.id, _owner(seen)))
