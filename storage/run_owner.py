"""Whose a run is, and when it may be taken."""

from datetime import UTC, datetime

from interfaces.errors import RunError
from interfaces.runs import RunRecord
from storage.process import is_gone, this_process

__all__ = ["STALE_AFTER_S", "check_free", "check_mine", "is_orphaned"]

STALE_AFTER_S = 30.0
"""A run whose owner gave no sign of life for so long may be taken over."""


def is_orphaned(record: RunRecord) -> bool:
    """Return whether nobody works on a ``running`` run: no sign of life for 30 s, or its process has ended."""
    if record.owner is None or record.heartbeat is None:
        return True
    silent_s = (datetime.now(UTC) - record.heartbeat).total_seconds()
    return silent_s > STALE_AFTER_S or is_gone(record.owner)


def check_mine(seen: RunRecord) -> None:
    """Return if this process owns the run.

    Raises:
        RunError: another one does, or nobody.
    """
    if seen.state != "running" or seen.owner != this_process():
        holder = _owner(seen) if seen.owner else "nobody"
        raise RunError(f"run {seen.id} is {seen.state} and not owned by this process: {holder} owns it")


def _owner(record: RunRecord) -> str:
    host, pid, _ = (record.owner or "//").rsplit("/", 2)
    return f"process {pid} on {host}"


def check_free(seen: RunRecord) -> None:
    """Return if a process may claim the run.

    Raises:
        RunError: it is done, or somebody works on it.
    """
    if seen.state == "done":
        raise RunError(f"run {seen.id} is done: nothing is left to do")
    if seen.state == "running" and not is_orphaned(seen):
        raise RunError(f"run {seen.id} cannot be taken: {_owner(seen)} is working on it")
