"""The course of every training: a step, a look by all observers, a checkpoint when it is time."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from components.training.checkpoints.state import Parts
from components.training.engine.interruption import Interruption
from components.training.engine.recorder import Recorder
from interfaces.events import Listener, Notice
from interfaces.ports import LatentView, RunFolder, TrainingObserver, TrainingView

__all__ = ["Course", "StraightCourse", "run"]


class Course(Protocol):
    """What differs from one kind of training to the other."""

    @property
    def state(self) -> Parts:
        """Of the training: changed by every step, and replaced where the training goes back."""
        ...

    @property
    def total(self) -> int:
        """Steps in all."""
        ...

    def advance(self) -> TrainingView | None:
        """Make a step and note it in the log; return what observers see, or None where the training went back."""
        ...

    def save(self, *, now: bool) -> None:
        """Write a checkpoint if it is time, or ``now``."""
        ...


@dataclass
class StraightCourse:
    """A `Course` that only ever goes on: numbers that are not finite end it.

    Args:
        state: of the training, which ``step`` changes in place.
        total: steps in all.
        step: makes a step, and returns what it measured.
        view: makes what observers see of it.
        recorder: of the training.
        advice: what to do where a number is not finite.
    """

    state: Parts
    total: int
    step: Callable[[], Mapping[str, float]]
    view: Callable[[Mapping[str, float]], TrainingView]
    recorder: Recorder
    advice: str

    def advance(self) -> TrainingView:
        """Make a step and note it in the log."""
        values = dict(self.step())
        self.recorder.check_finite(self.state, values, self.advice)
        self.recorder.note(self.state, values)
        return self.view(values)

    def save(self, *, now: bool) -> None:
        """Write a checkpoint if it is time, or ``now``."""
        bad = self.recorder.save(self.state, now=now)
        self.recorder.check_finite(self.state, {} if bad is None else {bad: math.nan}, self.advice)


def run(
    course: Course,
    folder: RunFolder,
    observers: Sequence[TrainingObserver],
    interruption: Interruption,
    listener: Listener | None = None,
) -> None:
    """Make steps to the end, or until an observer or Ctrl-C asks to stop; the last step is saved in any case.

    Observers that need a latent space are left out where the training has none, which the ``listener`` is told.
    """
    told = False
    while course.state.step < course.total:
        view = course.advance()
        if view is None:
            continue
        if not told:
            observers, told = _those_that_can_see(view, observers, listener), True
        answers = [observer.observe(view, folder) for observer in observers]
        stopping = interruption.asked or not all(answers)
        course.save(now=stopping or course.state.step == course.total)
        if stopping:
            break
    for observer in observers:
        observer.finish(folder)


def _those_that_can_see(
    view: TrainingView, observers: Sequence[TrainingObserver], listener: Listener | None
) -> Sequence[TrainingObserver]:
    if isinstance(view, LatentView):
        return observers
    blind = [observer for observer in observers if getattr(observer, "needs_latents", False)]
    if blind and listener is not None:
        names = ", ".join(observer.__class__.__name__ for observer in blind)
        text = f"{names} looks on no longer: it needs a model that makes pictures of noise, which this training has not"
        listener(Notice(level="warning", text=text))
    return [observer for observer in observers if observer not in blind]
