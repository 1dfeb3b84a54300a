"""Lets a training stop when somebody asks its run to pause or end."""

from time import monotonic
from typing import final

from interfaces.ports import RunFolder, TrainingView
from interfaces.runs import RunState
from pipeline.runs.supervisor import Control, Stopped

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

    def __init__(self, control: Control, *, counts: bool) -> None:
        self._control = control
        self._counts = counts
        self._noted = monotonic()
        self.state: RunState = "done"
        """``paused`` or ``cancelled`` once it has asked the training to stop."""

    def observe(self, view: TrainingView, folder: RunFolder) -> bool:
        """Return False as soon as the run is asked to pause or end."""
        if self._counts and monotonic() - self._noted > NOTE_EVERY_S:
            self._control.note(view.step)
            self._noted = monotonic()
        try:
            self._control.check()
        except Stopped as stopped:
            self.state = stopped.state
            return False
        return True

    def finish(self, folder: RunFolder) -> None:
        """Do nothing: the run ends where it was begun."""
