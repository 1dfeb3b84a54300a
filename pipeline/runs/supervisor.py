"""A run under supervision: owned, alive, open to requests, and always left in a truthful state."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Event as Flag
from time import monotonic
from typing import final

from interfaces.errors import RunError, StorageError
from interfaces.events import Notice, RunFinished, RunStarted
from interfaces.ports import RunQueue
from interfaces.runs import RunProgress, RunRecord, RunState
from pipeline.runs.row_listener import RowListener
from storage.heartbeat import Heartbeat

__all__ = ["Control", "Stopped", "supervise"]

_LOG = logging.getLogger(__name__)

_STAYS: frozenset[RunState] = frozenset({"paused", "cancelled", "partial", "failed"})
"""States in which a run is left again where going on with it is refused."""


class Stopped(Exception):  # noqa: N818  # not an error: somebody asked for it
    """The run ends early, in this state, because somebody asked for it."""

    def __init__(self, state: RunState, message: str = "") -> None:
        self.state: RunState = state
        self.message = message
        super().__init__(state)


@final
class Control:
    """What others want of a run under way: asked by this process's user, or by another process. A `JobControl`."""

    def __init__(self, record: RunRecord, queue: RunQueue, heartbeat: Heartbeat, cancelled: Flag) -> None:
        self.state: RunState = "done"
        """How the run ends when it comes to its end."""
        self.message = ""
        self.begun = False
        """Whether it has come to write something, and an error is no refusal any more: from the first `note` on."""
        self._record = record
        self._queue = queue
        self._heartbeat = heartbeat
        self._cancelled = cancelled

    @property
    def record(self) -> RunRecord:
        """The run as it was when it was claimed."""
        return self._record

    def note(self, done: int, timings: Mapping[str, float] | None = None) -> None:
        """Write down how much is done, and the seconds that each stage took so far; hear what others ask."""
        self.begun = True
        self._heartbeat.request = self._queue.beat(self._record.id, done=done, timings=timings)

    def show(self, progress: RunProgress, message: str | None) -> None:
        """Write down how far the stage is. A table that cannot be written to for a moment is nothing to end a run for."""
        try:
            self._heartbeat.request = self._queue.beat(self._record.id, progress=progress, message=message)
        except RunError:
            self._heartbeat.lost = True
        except StorageError as error:
            _LOG.warning("run %s cannot say how far it is: %s", self._record.id, error)

    def check(self) -> None:
        """Return if the run shall go on.

        Raises:
            Stopped: it shall pause or end.
            RunError: another process has taken it over.
        """
        if self._heartbeat.lost:
            raise RunError(
                f"run {self._record.id} was taken over by another process; this one writes no more"
            )
        if self._cancelled.is_set() or self._heartbeat.request == "cancel":
            raise Stopped("cancelled")
        if self._heartbeat.request == "pause":
            raise Stopped("paused")


@contextmanager
def supervise(
    queue: RunQueue,
    claimed: RunRecord,
    cancelled: Flag,
    listener: RowListener,
    *,
    before: RunState = "queued",
) -> Iterator[Control]:
    """Keep the heartbeat of a run of this process, and write down how it ended, whatever happens.

    `Stopped` ends the block quietly; everything else is raised on.

    Args:
        queue: has the run.
        claimed: the run, which this process owns.
        cancelled: is set where the user of this process asks for the end.
        listener: is told how it began and ended; what the run tells it stands in the run's row, too.
        before: the run's state before it was claimed. It is left in that again where it is refused before it has begun.
    """
    started = monotonic()
    with Heartbeat(queue, claimed.id) as heartbeat:
        control = Control(claimed, queue, heartbeat, cancelled)
        listener.attach(control.show)
        listener(RunStarted(run=claimed.id, total=claimed.total, done=claimed.done))
        try:
            yield control
        except Stopped as stopped:
            control.state, control.message = stopped.state, stopped.message
        except (GeneratorExit, KeyboardInterrupt):
            control.state = "cancelled"
            raise
        except BaseException as error:
            control.state = before if before in _STAYS and not control.begun else "failed"
            control.message = str(error) or type(error).__name__
            raise
        finally:
            listener.attach(None)
            _finish(queue, control, listener)
            seconds = monotonic() - started
            ended = RunFinished(run=claimed.id, state=control.state, stored=listener.stored, seconds=seconds)
            listener(ended)


def _finish(queue: RunQueue, control: Control, listener: RowListener) -> None:
    refused = control.state != "done" and not control.begun and control.record.folder is None
    try:
        queue.finish(control.record.id, control.state, control.message, refused=refused)
    except RunError as error:  # whoever took the run over answers for its state now
        listener(Notice(level="warning", text=str(error)))
