"""The run queue: which work there is, who does it, and what others ask of it."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import final

from pydantic import JsonValue
from sqlalchemy import Connection, func, insert, select, update

from interfaces.errors import RunError
from interfaces.runs import RunKind, RunProgress, RunRecord, RunRequest, RunState
from interfaces.said import Said
from storage.index import Index
from storage.paths import inside
from storage.run_owner import (
    GIVEN_UP,
    STALE_AFTER_S,
    check_free,
    check_mine,
    is_left,
    is_orphaned,
    mine,
    taken_up,
)
from storage.schema import runs

__all__ = ["STALE_AFTER_S", "SqlRunQueue", "is_orphaned"]

_Change = Callable[[RunRecord], dict[str, object]]
_LOG = logging.getLogger(__name__)


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

    def create(
        self,
        kind: RunKind,
        settings: Mapping[str, JsonValue],
        total: int,
        *,
        folder: Path | None = None,
        claimed: bool = False,
    ) -> RunRecord:
        """Add a run at the end of the queue and return it. Its id begins with the time in UTC: ids sort by age.

        Args:
            kind: of the job.
            settings: of the job.
            total: how much there is to do; 0 where it is not known yet.
            folder: where it writes besides the result store.
            claimed: make this process its owner at once, so that no worker takes it.
        """
        now = datetime.now(UTC)
        with self._index.writing() as connection:
            record = RunRecord(
                id=f"{now:%Y%m%d-%H%M%S}-{token_hex(3)}",
                kind=kind,
                state="queued",
                created=now,
                updated=now,
                settings=dict(settings),
                total=total,
                folder=folder and inside(self.root, folder),
                position=_behind_all(connection),
            )
            if claimed:
                record = RunRecord.model_validate(dict(record) | mine())
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

    def list(self, limit: int | None = None) -> Sequence[RunRecord]:
        """Return all runs, or so many of them, newest first."""
        query = select(runs).order_by(runs.c.created.desc(), runs.c.id.desc()).limit(limit)
        with self._index.reading() as connection:
            return [RunRecord.model_validate(dict(row._mapping)) for row in connection.execute(query)]

    def claim(self, run: str) -> RunRecord:
        """Make this process the owner of a run, and the run ``running``.

        Raises:
            RunError: it is done, or a process that is alive owns it: of two who claim, one is refused.
        """

        def change(seen: RunRecord) -> dict[str, object]:
            check_free(seen)
            return mine()

        return self._change(run, change)

    def claim_next(self) -> RunRecord | None:
        """Claim the run whose turn it is: queued, or left by a process that died; None where nothing waits.

        What somebody had asked a dead process to do is done, and a run that ends worker after worker is left as failed.
        """
        query = select(runs).where(runs.c.state.in_(("queued", "running"))).order_by(*_TURN)
        with self._index.writing() as connection:
            # a server passes over the rows that other workers are just taking
            for row in connection.execute(query.with_for_update(skip_locked=True)).all():
                seen = RunRecord.model_validate(dict(row._mapping))
                if seen.state == "running" and not is_left(seen):
                    continue
                after = _write(connection, seen, mine() if seen.state == "queued" else taken_up(seen))
                if after.state == "running":
                    return after
                _LOG.warning("run %s is %s: %s", after.id, after.state, after.message or "as was asked")
        return None

    def move(self, run: str, place: int) -> RunRecord:
        """Let a queued run be the ``place``-th, from 1; the others keep their order.

        Raises:
            RunError: there is no such run, or it is not queued.
        """
        query = select(runs.c.id).where(runs.c.state == "queued").order_by(*_TURN).with_for_update()
        seen = self.get(run)
        with self._index.writing() as connection:
            waiting = list(connection.scalars(query))
            if run not in waiting:
                raise RunError(Said("run {0} is {1}: it has no place in the queue", run, Said(seen.state)))
            waiting.remove(run)
            waiting.insert(max(place, 1) - 1, run)
            for position, each in enumerate(waiting, start=1):
                connection.execute(update(runs).where(runs.c.id == each).values(position=position))
        return self.get(run)

    def requeue(self, run: str) -> RunRecord:
        """Put a run that was begun before at the end of the queue, for a worker to go on with.

        Raises:
            RunError: it is done, or somebody works on it.
        """
        with self._index.writing() as connection:
            seen = self._locked(connection, run)
            check_free(seen)
            anew = {"message": "", "taken_up": 0, "taken_up_at": 0}
            place = {"state": "queued", "position": _behind_all(connection), **anew}
            return _write(connection, seen, {**GIVEN_UP, **place})

    def describe(
        self,
        run: str,
        *,
        settings: Mapping[str, JsonValue] | None = None,
        total: int | None = None,
        folder: Path | None = None,
    ) -> RunRecord:
        """Write down what is known by now of a run of this process; None leaves what was known.

        Args:
            run: a run of this process.
            settings: definite ones.
            total: how much there is to do.
            folder: where it writes besides the result store.

        Raises:
            RunError: this process does not own the run (any more).
        """

        def change(seen: RunRecord) -> dict[str, object]:
            check_mine(seen)
            place = folder and inside(self.root, folder)
            return _given(settings=settings and dict(settings), total=total, folder=place)

        return self._change(run, change)

    def beat(
        self,
        run: str,
        *,
        done: int | None = None,
        timings: Mapping[str, float] | None = None,
        progress: RunProgress | None = None,
        message: str | None = None,
    ) -> RunRequest | None:
        """Renew the heartbeat, note the progress, and return what others have asked for. None leaves what was noted.

        Args:
            run: a run of this process.
            done: how much of ``total`` is done.
            timings: seconds spent in each stage so far, in place of those noted before.
            progress: of the stage under way.
            message: the last thing that the run said.

        Raises:
            RunError: this process does not own the run (any more).
        """

        def change(seen: RunRecord) -> dict[str, object]:
            check_mine(seen)
            noted = _given(done=done, timings=timings and dict(timings), message=message)
            return {"heartbeat": datetime.now(UTC)} | noted | (dict(progress) if progress else {})

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
                return {**GIVEN_UP, "state": target}
            raise RunError(
                Said("run {0} is {1}: there is nothing to {2}", run, Said(seen.state), Said(request))
            )

        return self._change(run, change)

    def finish(self, run: str, state: RunState, message: str = "", *, refused: bool = False) -> RunRecord:
        """Give a run of this process up, in ``state``.

        Args:
            run: a run of this process.
            state: how it ended.
            message: why.
            refused: it never came to write: what lies in its folder is another's, and its record names none.

        Raises:
            RunError: this process does not own the run (any more), or ``state`` is ``running``.
        """

        def change(seen: RunRecord) -> dict[str, object]:
            check_mine(seen)
            if state == "running":
                raise RunError(f"run {run} cannot be given up as running; wanted another state")
            left = {"folder": None} if refused else {}
            return {**GIVEN_UP, **left, "state": state, "message": message}

        return self._change(run, change)

    def _change(self, run: str, change: _Change) -> RunRecord:
        """Write what ``change`` makes of the run, with nobody between reading and writing."""
        with self._index.writing() as connection:
            seen = self._locked(connection, run)
            return _write(connection, seen, change(seen))

    def _locked(self, connection: Connection, run: str) -> RunRecord:
        # SQLite has locked the whole database by now, a server locks this row
        query = select(runs).where(runs.c.id == run).with_for_update()
        row = connection.execute(query).one_or_none()
        if row is None:
            raise self._index.no_such_run(run)
        return RunRecord.model_validate(dict(row._mapping))


_TURN = (runs.c.position, runs.c.created, runs.c.id)


def _given(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}


def _behind_all(connection: Connection) -> int:
    return int(connection.scalar(select(func.max(runs.c.position))) or 0) + 1


def _write(connection: Connection, seen: RunRecord, change: Mapping[str, object]) -> RunRecord:
    after = RunRecord.model_validate(dict(seen) | dict(change) | {"updated": datetime.now(UTC)})
    connection.execute(update(runs).where(runs.c.id == seen.id).values(dict(after)))
    return after
