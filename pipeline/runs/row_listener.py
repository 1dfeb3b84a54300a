"""Says in a run's row what the terminal shows, so that anybody who can read the table can show it, too."""

from collections.abc import Callable
from time import monotonic
from typing import Self, final

from interfaces.events import Event, ImageStored, Listener, Notice, Progress
from interfaces.runs import RunProgress

__all__ = ["RowListener"]

WRITE_EVERY_S = 1.0
"""A step may take milliseconds; whoever watches a table need not know of each."""

Write = Callable[[RunProgress, str | None], None]


@final
class RowListener:
    """A `Listener` that passes every event on, and writes how far the stage is once the run has a row.

    It is made before the run, because the components of the run are made with it.
    """

    def __init__(self, listener: Listener | None) -> None:
        self._listener = listener
        self._write: Write | None = None
        self._written = 0.0
        self._message: str | None = None
        self._begun = (0.0, 0)
        self._last = RunProgress()
        self.stored = 0
        """Pictures that were stored so far."""

    @classmethod
    def around(cls, listener: Listener | None) -> Self:
        """Return ``listener`` if it is one of these, otherwise one that passes on to it."""
        return listener if isinstance(listener, cls) else cls(listener)

    def attach(self, write: Write | None) -> None:
        """Write with ``write`` from now on; None writes no more."""
        self._write = write

    def __call__(self, event: Event) -> None:
        """Pass ``event`` on, and write what it says if it is time."""
        if self._listener is not None:
            self._listener(event)
        if isinstance(event, ImageStored):
            self.stored += 1
        elif isinstance(event, Notice):
            self._message = event.text
        elif isinstance(event, Progress):
            self._last = self._progress(event)
        else:
            return
        if self._write is not None and monotonic() - self._written >= WRITE_EVERY_S:
            self._written = monotonic()
            self._write(self._last, self._message)
            self._message = None

    def _progress(self, event: Progress) -> RunProgress:
        last, now = self._last, monotonic()
        if (event.stage, event.unit) != (last.stage, last.unit) or event.done < last.stage_done:
            self._begun = (now, event.done)  # another stage, or the next picture: its time counts from here
        since, done = self._begun
        return RunProgress(
            stage=event.stage,
            stage_done=event.done,
            stage_total=event.total,
            unit=event.unit,
            rate=(event.done - done) / (now - since) if event.done > done and now > since else None,
            detail=event.detail,
        )
