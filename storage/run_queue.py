"""The run queue: which work there is, who does it, and what others ask of it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import final

from pydantic import JsonValue
from sqlalchemy import insert, select, update

from interfaces.errors import RunError
from interfaces.runs import RunKind, RunRecord, RunRequest, RunState
from storage.index import Index
from storage.process import is_gone, this_process
from storage.schema import runs

__all__ = ["STALE_AFTER_S", "SqlRunQueue", "is_orphaned"]

STALE_AFTER_S = 30.0
"""A run whose owner gave no sign of life for so long may be taken over."""

_Change = Callable[[RunRecord], dict[str, object]]


@final
class SqlRunQueue:
    """A `RunQueue` in the database of a result store; any number of processes may use it at once."""

    def __init__(self, root: Path, url: str | None = None) -> None:
        """Open the queue of the store in ``root``; an empty folder, or none yet, becomes a store.

        Args:
            root: the folder of the result store.
            url: another database than ``<root>/index.sqlite``; the same as the result store's.

        Raises:
            StorageError: ``root`` is no folder or cannot be written, the database cannot be reached, or a newer
                release made it.
        """
        self._index = Index(root, url)

    @property
    def root(self) -> Path:
        """Absolute path of the store's folder."""
        return self._index.root

    def create(self, kind: RunKind, settings: Mapping[str, JsonValue], total: int) -> RunRecord:
        """Add a queued run and return it. Its id begins with the time in UTC: ids sort by age."""
        now = datetime.now(UTC)
        record = RunRecord(
            id=f"{now:%Y%m%d-%H%M%S}-{token_hex(3)}",
            kind=kind,
            state="queued",
            created=now,
            updated=now,
            settings=dict(settings),
            total=total,
        )
        with self._index.writing() as connection:
            connection.execute(insert(runs).values(dict(record)))
        return record

    def get(self, run: str) -> RunRecord:
        """Return a run.

        Raises:
            RunError: there is none of that id; the message names the near match.
        """
        with self._index.reading() as connection:
            row = connection.execute(select(runs).where(runs.c.id == run)).one_or_none()
        if row is None:
            raise self._index.no_such_run(run)
        return RunRecord.model_validate(dict(row._mapping))

    def list(self) -> Sequence[RunRecord]:
        """Return all runs, newest first."""
        query = select(runs).order_by(runs.c.created.desc(), runs.c.id.desc())
        with self._index.reading() as connection:
            return [RunRecord.model_validate(dict(row._mapping)) for row in connection.execute(query)]

    def claim(self, run: str) -> RunRecord:
        """Make this process the owner of a run, and the run ``running``.

        Raises:
            RunError: it is done, or a process that is alive owns it: of two who claim, one is refused.
        """

        def change(seen: RunRecord) -> dict[str, object]:
            if seen.state == "done":
                raise RunError(f"run {run} is done: nothing is left to do")
            if seen.state == "running" and not is_orphaned(seen):
                raise RunError(f"run {run} cannot be taken: {_owner(seen)} is working on it")
            mine = {"state": "running", "owner": this_process(), "heartbeat": datetime.now(UTC)}
            return mine | {"request": None, "message": ""}

        return self._change(run, change)

    def beat(
        self, run: str, *, done: int | None = None, timings: Mapping[str, float] | None = None
    ) -> RunRequest | None:
        """Renew the heartbeat, note the progress, and return what others have asked for.

        Args:
            run: a run of this process.
            done: how much of ``total`` is done; None leaves it.
            timings: seconds spent in each stage so far, in place of those noted before; None leaves them.

        Raises:
            RunError: this process does not own the run (any more).
        """

        def change(seen: RunRecord) -> dict[str, object]:
            _check_mine(seen)
            noted = {"done": done, "timings": timings and dict(timings)}
            return {"heartbeat": datetime.now(UTC)} | {k: v for k, v in noted.items() if v is not None}

        return self._change(run, change).request

    def request(self, run: str, request: RunRequest) -> RunRecord:
        """Ask the owner to pause or cancel; where nobody owns the run, do it at once. The last request counts.

        Raises:
            RunError: there is no such run, or it has ended.
        """
        target: RunState = "paused" if request == "pause" else "cancelled"

        def change(seen: RunRecord) -> dict[str, object]:
            if seen.state == "running" and not is_orphaned(seen):
                return {"request": request}
            if seen.state in ("queued", "running", "paused", target):
                return {"state": target, "owner": None, "heartbeat": None, "request": None}
            raise RunError(f"run {run} is {seen.state}: there is nothing to {request}")

        return self._change(run, change)

    def finish(self, run: str, state: RunState, message: str = "") -> RunRecord:
        """Give a run of this process up, in ``state``.

        Raises:
            RunError: this process does not own the run (any more), or ``state`` is ``running``.
        """

        def change(seen: RunRecord) -> dict[str, object]:
            _check_mine(seen)
            if state == "running":
                raise RunError(f"run {run} cannot be given up as running; wanted another state")
            given_up = {"owner": None, "heartbeat": None, "request": None}
            return given_up | {"state": state, "message": message}

        return self._change(run, change)

    def _change(self, run: str, change: _Change) -> RunRecord:
        """Write what ``change`` makes of the run, with nobody between reading and writing."""
        with self._index.writing() as connection:
            # SQLite has locked the whole database by now, a server locks this row
            query = select(runs).where(runs.c.id == run).with_for_update()
            row = connection.execute(query).one_or_none()
            if row is None:
                raise self._index.no_such_run(run)
            seen = RunRecord.model_validate(dict(row._mapping))
            after = RunRecord.model_validate(dict(seen) | change(seen) | {"updated": datetime.now(UTC)})
            connection.execute(update(runs).where(runs.c.id == run).values(dict(after)))
        return after


def is_orphaned(record: RunRecord) -> bool:
    """Return whether nobody works on a ``running`` run: no sign of life for 30 s, or its process has ended."""
    if record.owner is None or record.heartbeat is None:
        return True
    silent_s = (datetime.now(UTC) - record.heartbeat).total_seconds()
    return silent_s > STALE_AFTER_S or is_gone(record.owner)


def _check_mine(seen: RunRecord) -> None:
    if seen.state != "running" or seen.owner != this_process():
        holder = _owner(seen) if seen.owner else "nobody"
        raise RunError(f"run {seen.id} is {seen.state} and not owned by this process: {holder} owns it")


def _owner(record: RunRecord) -> str:
    host, pid, _ = (record.owner or "//").rsplit("/", 2)
    return f"process {pid} on {host}"
