"""A run under supervision: owned, alive, open to requests, and always left in a truthful state."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Event as Flag
from typing import final

from interfaces.errors import RunError
from interfaces.events import Listener, Notice
from interfaces.ports import RunQueue
from interfaces.runs import RunRecord, RunState
from storage.heartbeat import Heartbeat

__all__ = ["Control", "Stopped", "supervise"]


class Stopped(Exception):  # noqa: N818  # not an error: somebody asked for it
    """The run ends early, in this state, because somebody asked for it."""

    def __init__(self, state: RunState) -> None:
        self.state: RunState = state
        super().__init__(state)


@final
class Control:
    """What others want of a run under way: asked by this process's user, or by another process."""

    def __init__(self, record: RunRecord, queue: RunQueue, heartbeat: Heartbeat, cancelled: Flag) -> None:
        self.record = record
        """The run as it was when it was claimed."""
        self.state: RunState = "done"
        """How the run ends when it comes to its end."""
        self.message = ""
        self._queue = queue
        self._heartbeat = heartbeat
        self._cancelled = cancelled

    def note(self, done: int, timings: Mapping[str, float] | None = None) -> None:
        """Write down how much is done, and the seconds that each stage took so far; hear what others ask."""
        self._heartbeat.request = self._queue.beat(self.record.id, done=done, timings=timings)

    def check(self) -> None:
        """Return if the run shall go on.

        Raises:
            Stopped: it shall pause or end.
            RunError: another process has taken it over.
        """
        if self._heartbeat.lost:
            raise RunError(f"run {self.record.id} was taken over by another process; this one writes no more")
        if self._cancelled.is_set() or self._heartbeat.request == "cancel":
            raise Stopped("cancelled")
        if self._heartbeat.request == "pause":
            raise Stopped("paused")


@contextmanager
def supervise(
    queue: RunQueue, run: str, cancelled: Flag, listener: Listener | None = None
) -> Iterator[Control]:
    """Claim ``run``, keep its heartbeat, and write down how it ended, whatever happens.

    `Stopped` ends the block quietly; everything else is raised on.

    Raises:
        RunError: the run is done, or another process that is alive works on it.
    """
    record = queue.claim(run)
    with Heartbeat(queue, run) as heartbeat:
        control = Control(record, queue, heartbeat, cancelled)
        try:
            yield control
        except Stopped as stopped:
            control.state = stopped.state
        except (GeneratorExit, KeyboardInterrupt):
            control.state = "cancelled"
            raise
        except BaseException as error:
            control.state, control.message = "failed", str(error) or type(error).__name__
            raise
        finally:
            _finish(queue, control, listener)


def _finish(queue: RunQueue, control: Control, listener: Listener | None) -> None:
    try:
        queue.finish(control.record.id, control.state, control.message)
    except RunError as error:  # whoever took the run over answers for its state now
        if listener is not None:
            listener(Notice(level="warning", text=str(error)))
