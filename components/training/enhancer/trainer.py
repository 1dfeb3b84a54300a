"""Trains a network that enlarges pictures."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import final

import torch

from components.networks.build import count_parameters
from components.networks.squeezenet import SqueezeNetFeatures
from components.training.distributed.device import open_device, with_precision
from components.training.engine.interruption import Interruption
from components.training.engine.loop import StraightCourse, run
from components.training.engine.recorder import Recorder
from components.training.engine.trial import Trial
from components.training.engine.view import PictureView
from components.training.enhancer.crops import Crops, split
from components.training.enhancer.iteration import advance_enhancer
from components.training.enhancer.model import describe_training, write_enhancer
from components.training.enhancer.settings import ENHANCER_PRESETS, EnhancerSettings
from components.training.enhancer.state import new_enhancer_state
from components.training.enhancer.validation import Validation
from components.training.settings.digests import file_digests
from interfaces.events import Listener
from interfaces.ipdt import IPDT
from interfaces.marks import with_values
from interfaces.ports import RunFolder, TrainingObserver
from interfaces.trained_enhancer import TrainedEnhancer

__all__ = ["EnhancerTrainer"]

_ADVICE = (
    "the weights have grown beyond all bounds; train with a smaller learning_rate or clip_gradients, or "
    "precision=float32"
)


@final
class EnhancerTrainer:
    """Trains an enhancement network on a pack of squares.

    Writes into the folder what `GanTrainer` does, with ``enhancer.json`` in place of ``model.json``. On one CPU
    with the same number of threads, a training that was killed and resumed makes the same bytes as one that was
    left alone.
    """

    def __init__(self, settings: EnhancerSettings = ENHANCER_PRESETS["enhancer-x4"]) -> None:
        self.settings = settings

    def train(
        self,
        data: IPDT,
        folder: RunFolder,
        *,
        resume: bool = False,
        observers: Sequence[TrainingObserver] = (),
        listener: Listener | None = None,
    ) -> TrainedEnhancer | None:
        """Train to the end (the network), or until an observer asks to stop (None).

        Raises:
            SettingsError: the settings do not fit the pack, or let the loss diverge.
            DataError: the pack has no pictures to train on, or none to hold out.
            WeightsError: SqueezeNet, where its features count, cannot be read.
            CheckpointError: ``folder`` holds checkpoints of another configuration, only damaged ones, or any
                at all where ``resume`` is False.
            KeyboardInterrupt: after Ctrl-C, when a checkpoint of the last whole step is written.
        """
        settings = with_precision(self.settings, folder)
        settings.check_fit(data)
        digests = file_digests(settings)
        fabric = open_device(settings)
        features = _load_features(settings, fabric.device)
        rows, held = split(data)
        validation = Validation(data, held, settings.network.scale, fabric.device)
        state = new_enhancer_state(settings, fabric.device)
        recorder = Recorder(settings, data, folder, fabric.device, settings.steps, listener, digests)
        recorder.open(state, resume=resume)
        with Crops(data, rows, settings, fabric.device) as crops, Interruption() as interruption:

            def step() -> Mapping[str, float]:
                values = advance_enhancer(state, crops, settings, fabric.autocast, features)
                due = state.step % settings.validate_every == 0 or state.step == settings.steps
                return {**values, **validation.measure(state.average)} if due else values

            def view(values: Mapping[str, float]) -> PictureView:
                show = partial(validation.show, state.average)
                return PictureView(state, settings.steps, values, data, show)

            course = StraightCourse(state, settings.steps, step, view, recorder, _ADVICE)
            run(course, folder, observers, interruption, listener)
        if interruption.asked:
            raise KeyboardInterrupt
        if state.step < settings.steps:
            return None
        measured = validation.measure(state.average)
        training = describe_training(state, settings, data, rows, recorder)
        return write_enhancer(state, settings, folder, training, measured)

    @contextmanager
    def try_out(self, data: IPDT) -> Iterator[Trial]:
        """Yield a training that writes nothing, in which everything counts from the first step.

        Raises:
            SettingsError: the settings do not fit the pack or the machine.
            DataError: the pack has no pictures to train on, or none to hold out.
            WeightsError: SqueezeNet, where its features count, cannot be read.
        """
        settings = self.settings
        settings.check_fit(data)
        fabric = open_device(settings)
        features = _load_features(settings, fabric.device)
        rows, _ = split(data)
        whole = with_values(settings, {"perceptual_from": 0, "adversarial_from": 0})
        with Crops(data, rows, whole, fabric.device) as crops:
            state = new_enhancer_state(whole, fabric.device)
            yield Trial(
                device=fabric.device,
                step=lambda: advance_enhancer(state, crops, whole, fabric.autocast, features),
                images=len(rows),
                steps=settings.steps,
                steps_per_epoch=len(rows) / settings.batch,
                parameters=count_parameters(state.network),
                critic_parameters=0 if state.adversary is None else count_parameters(state.adversary.critic),
            )


def _load_features(settings: EnhancerSettings, device: torch.device) -> SqueezeNetFeatures | None:
    """Return SqueezeNet where its features count.

    Raises:
        WeightsError: its file cannot be read, or is of another network.
    """
    if not settings.uses_features:
        return None
    network = SqueezeNetFeatures()
    network.load(Path(settings.features))
    return network.to(device)
