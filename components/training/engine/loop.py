"""The course of every training: a step, a look by all observers, a checkpoint when it is time."""

from collections.abc import Sequence
from typing import Protocol

from components.training.checkpoints.state import Parts
from components.training.engine.interruption import Interruption
from interfaces.events import Listener, Notice
from interfaces.ports import LatentObserver, LatentView, RunFolder, TrainingObserver, TrainingView

__all__ = ["Course", "run"]


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
    blind = [observer for observer in observers if isinstance(observer, LatentObserver)]
    if blind and listener is not None:
        names = ", ".join(type(observer).__name__ for observer in blind)
        text = f"{names} looks on no longer: it needs a model that makes pictures of noise, which this training has not"
        listener(Notice(level="warning", text=text))
    return [observer for observer in observers if observer not in blind]
