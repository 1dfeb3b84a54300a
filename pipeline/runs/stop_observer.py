"""Lets a training stop when somebody asks its run to pause or end."""

from math import inf
from time import monotonic
from typing import final

from interfaces.jobs import JobControl
from interfaces.ports import RunFolder, TrainingView
from pipeline.runs.supervisor import Stopped

__all__ = ["StopWhenAsked"]

NOTE_EVERY_S = 2.0
"""A step may take milliseconds; the table of runs need not know of each."""


@final
class StopWhenAsked:
    """A `TrainingObserver` that measures nothing and looks at the run's control after every step.

    Args:
        control: of the run that trains.
        counts: whether the run counts training steps; a pipeline run counts pictures instead.
    """

    def __init__(self, control: JobControl, *, counts: bool) -> None:
        self._control = control
        self._counts = counts
        self._noted = -inf
        self.stopped: Stopped | None = None
        """Why it has asked the training to stop; None where it has not."""

    def observe(self, view: TrainingView, folder: RunFolder) -> bool:
        """Return False as soon as the run is asked to pause or end."""
        if self._counts and monotonic() - self._noted > NOTE_EVERY_S:
            self._control.note(view.step)
            self._noted = monotonic()
        try:
            self._control.check()
        except Stopped as stopped:
            self.stopped = stopped
            return False
        return True

    def why(self, reason: str = "") -> Stopped:
        """Return why a training that gave no model has stopped: somebody asked, or an observer had seen enough.

        Args:
            reason: of that observer, where it gave one.
        """
        told = "an observer stopped the training before its end"
        return self.stopped or Stopped("paused", f"{told}: {reason}" if reason else told)

    def finish(self, folder: RunFolder) -> None:
        """Do nothing: the run ends where it was begun."""
