"""A training that only ever goes on, on one device: all that it has in common with the others of its kind."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar, final

from lightning_fabric import Fabric
from torch import Tensor

from components.training.checkpoints.state import Parts
from components.training.distributed.device import open_device, with_precision
from components.training.engine.interruption import Interruption
from components.training.engine.loop import StraightCourse, run
from components.training.engine.recorder import Recorder
from components.training.engine.trial import Trial
from components.training.engine.view import PictureView
from components.training.settings.basic import BasicSettings
from components.training.settings.digests import file_digests
from interfaces.events import Listener
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder, TrainingObserver

__all__ = ["Lesson", "StraightTrainer"]

SettingsT = TypeVar("SettingsT", bound=BasicSettings)
ResultT = TypeVar("ResultT", covariant=True)


@dataclass(frozen=True)
class Lesson(Generic[ResultT]):
    """A training before its first step: what one kind of it has of its own."""

    state: Parts
    """Everything that the next step depends on; changed in place by every step."""
    steps: int
    """In all."""
    step: Callable[[], Mapping[str, float]]
    """Makes one; returns what it measured, by the names of the log."""
    show: Callable[[int], Tensor]
    """Makes that many pictures for observers, float32 (count, C, H, W) in [-1, 1], on the CPU."""
    finish: Callable[[RunFolder, Recorder], ResultT]
    """Writes what the training ends with."""
    images: int
    """Training images."""
    steps_per_epoch: float
    parameters: int
    """Of the network that the training ends with."""
    critic_parameters: int = 0
    """Of all others."""
    whole_from: int = 0
    """The first step that does all: a dry run measures no cheaper one before it."""
    captions: Sequence[str] = ()
    """What the pictures for observers are, in turn."""


class StraightTrainer(ABC, Generic[SettingsT, ResultT]):
    """Trains on one device; a kind of training says in `begin` what it has of its own.

    On one CPU with the same number of threads, a training that was killed and resumed makes the same bytes as one that was
    left alone.
    """

    settings: SettingsT
    advice: str = "the weights have grown beyond all bounds; train with a smaller learning_rate, or with precision=float32"
    """What to do where a number is not finite."""

    @abstractmethod
    def begin(
        self, settings: SettingsT, data: IPDT, fabric: Fabric
    ) -> AbstractContextManager[Lesson[ResultT]]:
        """Open a training on ``data``; it writes nothing yet.

        Args:
            settings: definite, and fitting the pack.
            data: the pack.
            fabric: where to compute, and how precisely.

        Raises:
            SettingsError: the settings do not fit what they name.
            DataError: the pack has no pictures to train on.
            WeightsError: a network that it looks through cannot be read.
        """

    @final
    def train(
        self,
        data: IPDT,
        folder: RunFolder,
        *,
        resume: bool = False,
        observers: Sequence[TrainingObserver] = (),
        listener: Listener | None = None,
    ) -> ResultT | None:
        """Train to the end (what the training ends with), or until an observer asks to stop (None).

        Raises:
            SettingsError: the settings do not fit the pack or the machine, let the loss diverge, or name what cannot be read.
            DataError: the pack has no pictures to train on.
            WeightsError: a network that it looks through cannot be read.
            CheckpointError: ``folder`` holds checkpoints of another configuration, only damaged ones, or any at all where
                ``resume`` is False.
            KeyboardInterrupt: after Ctrl-C, when a checkpoint of the last whole step is written.
        """
        settings = with_precision(self.settings, folder)
        settings.check_fit(data)
        digests = file_digests(settings)
        fabric = open_device(settings)
        with self.begin(settings, data, fabric) as lesson:
            state, steps = lesson.state, lesson.steps
            recorder = Recorder(settings, data, folder, fabric.device, steps, listener, digests)
            recorder.open(state, resume=resume)

            def view(values: Mapping[str, float]) -> PictureView:
                return PictureView(state, steps, values, data, lesson.show, lesson.captions)

            with Interruption() as interruption:
                course = StraightCourse(state, steps, lesson.step, view, recorder, self.advice)
                run(course, folder, observers, interruption, listener)
            if interruption.asked:
                raise KeyboardInterrupt
            return None if state.step < steps else lesson.finish(folder, recorder)

    @final
    @contextmanager
    def try_out(self, data: IPDT) -> Iterator[Trial]:
        """Yield a training that writes nothing, in which everything counts from the first step.

        Raises:
            SettingsError: the settings do not fit the pack or the machine, or name what cannot be read.
            DataError: the pack has no pictures to train on.
            WeightsError: a network that it looks through cannot be read.
        """
        settings = self.settings.from_the_first_step()
        settings.check_fit(data)
        settings.files()
        fabric = open_device(settings)
        with self.begin(settings, data, fabric) as lesson:
            lesson.state.step = lesson.whole_from
            yield Trial(
                device=fabric.device,
                step=lesson.step,
                images=lesson.images,
                steps=lesson.steps,
                steps_per_epoch=lesson.steps_per_epoch,
                parameters=lesson.parameters,
                critic_parameters=lesson.critic_parameters,
            )
