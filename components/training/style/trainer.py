"""Trains a network that gives pictures one style."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import final

import torch

from components.networks.build import count_parameters
from components.training.distributed.device import open_device, with_precision
from components.training.engine.batches import Batches
from components.training.engine.interruption import Interruption
from components.training.engine.loop import StraightCourse, run
from components.training.engine.recorder import Recorder
from components.training.engine.trial import Trial
from components.training.engine.view import PictureView
from components.training.settings.digests import file_digests
from components.training.style.iteration import advance_style
from components.training.style.losses import PerceptualLoss, load_features, read_style
from components.training.style.model import write_style
from components.training.style.settings import STYLE_PRESETS, StyleSettings
from components.training.style.state import new_style_state
from components.training.style.validation import Validation
from interfaces.events import Listener
from interfaces.igme import IGME
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder, TrainingObserver

__all__ = ["StyleTrainer"]

_ADVICE = (
    "the weights have grown beyond all bounds; train with a smaller learning_rate, or with precision=float32"
)


@final
class StyleTrainer:
    """Trains a network of one style on a pack of squares, which are the pictures that it gives the style.

    Writes into the folder what `GanTrainer` does. On one CPU with the same number of threads, a training that was killed and
    resumed makes the same bytes as one that was left alone.
    """

    def __init__(self, settings: StyleSettings = STYLE_PRESETS["style-feedforward"]) -> None:
        self.settings = settings

    def train(
        self,
        data: IPDT,
        folder: RunFolder,
        *,
        resume: bool = False,
        observers: Sequence[TrainingObserver] = (),
        listener: Listener | None = None,
    ) -> IGME | None:
        """Train to the end (the model), or until an observer asks to stop (None).

        Raises:
            SettingsError: the settings do not fit the pack, let the loss diverge, or the style picture cannot be read.
            DataError: the pack has no pictures to train on.
            WeightsError: VGG19 cannot be read.
            CheckpointError: ``folder`` holds checkpoints of another configuration, only damaged ones, or any at all where
                ``resume`` is False.
            KeyboardInterrupt: after Ctrl-C, when a checkpoint of the last whole step is written.
        """
        settings = with_precision(self.settings, folder)
        settings.check_fit(data)
        digests = file_digests(settings)
        fabric = open_device(settings)
        batches = Batches(data, settings.batch, settings.seed, fabric.device)
        total = settings.total_steps(len(batches))
        judge = _judge(settings, fabric.device)
        state = new_style_state(settings, fabric.device)
        validation = Validation(data, judge, fabric.device)
        recorder = Recorder(settings, data, folder, fabric.device, total, listener, digests)
        recorder.open(state, resume=resume)

        def view(values: Mapping[str, float]) -> PictureView:
            return PictureView(state, total, values, data, partial(validation.show, state.average))

        step = partial(advance_style, state, batches, judge, settings, fabric.autocast)
        with Interruption() as interruption:
            course = StraightCourse(state, total, step, view, recorder, _ADVICE)
            run(course, folder, observers, interruption, listener)
        if interruption.asked:
            raise KeyboardInterrupt
        if state.step < total:
            return None
        return write_style(state, settings, data, folder, recorder, validation.measure(state.average))

    @contextmanager
    def try_out(self, data: IPDT) -> Iterator[Trial]:
        """Yield a training that writes nothing.

        Raises:
            SettingsError: the settings do not fit the pack or the machine, or the style picture cannot be read.
            DataError: the pack has no pictures to train on.
            WeightsError: VGG19 cannot be read.
        """
        settings = self.settings
        settings.check_fit(data)
        settings.files()
        fabric = open_device(settings)
        batches = Batches(data, settings.batch, settings.seed, fabric.device)
        total = settings.total_steps(len(batches))
        state, judge = new_style_state(settings, fabric.device), _judge(settings, fabric.device)
        yield Trial(
            device=fabric.device,
            step=partial(advance_style, state, batches, judge, settings, fabric.autocast),
            images=len(batches),
            steps=total,
            steps_per_epoch=len(batches) / settings.batch,
            parameters=count_parameters(state.network),
            critic_parameters=0,
        )


def _judge(settings: StyleSettings, device: torch.device) -> PerceptualLoss:
    return PerceptualLoss(load_features(settings, device), read_style(settings, device), settings)
