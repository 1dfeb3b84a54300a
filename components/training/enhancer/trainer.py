"""Trains a network that enlarges pictures."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import final

import torch

from components.networks.squeezenet import SqueezeNetFeatures
from components.training.distributed.device import open_device, with_precision
from components.training.engine.interruption import Interruption
from components.training.engine.loop import run
from components.training.engine.recorder import Journal
from components.training.enhancer.crops import Crops, split
from components.training.enhancer.iteration import advance_enhancer
from components.training.enhancer.model import EnhancerView, describe_training, write_enhancer
from components.training.enhancer.settings import ENHANCER_PRESETS, EnhancerSettings
from components.training.enhancer.state import EnhancerState, new_enhancer_state
from components.training.enhancer.validation import Validation
from components.training.gan.collapse import Collapse
from components.training.settings.digests import file_digest
from interfaces.errors import SettingsError
from interfaces.events import Listener
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder, TrainingObserver
from interfaces.trained_enhancer import TrainedEnhancer

__all__ = ["EnhancerTrainer", "check_squares", "load_features"]

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
        check_squares(settings, data)
        digests = _digests(settings)
        fabric = open_device(settings)
        features = load_features(settings, fabric.device)
        rows, held = split(data)
        validation = Validation(data, held, settings.network.scale, fabric.device)
        state = new_enhancer_state(settings, fabric.device)
        journal = Journal(settings, data, folder, fabric.device, settings.steps, listener, digests)
        journal.open(state, resume=resume)
        with Crops(data, rows, settings, fabric.device) as crops, Interruption() as interruption:
            step = partial(advance_enhancer, state, crops, settings, fabric.autocast, features)
            run(_EnhancerCourse(state, settings, step, validation, journal), folder, observers, interruption)
        if interruption.asked:
            raise KeyboardInterrupt
        if state.step < settings.steps:
            return None
        measured = validation.measure(state.average)
        provenance = describe_training(state, settings, data, rows, journal)
        return write_enhancer(state, settings, folder, provenance, measured)


@dataclass
class _EnhancerCourse:
    """A `Course` that only ever goes on: numbers that are not finite end it."""

    state: EnhancerState
    settings: EnhancerSettings
    step: Callable[[], Mapping[str, float]]
    validation: Validation
    journal: Journal

    @property
    def total(self) -> int:
        return self.settings.steps

    def advance(self) -> EnhancerView:
        values = dict(self.step())
        self._check(values)
        if self.state.step % self.settings.validate_every == 0 or self.state.step == self.total:
            values |= self.validation.measure(self.state.average)
        self.journal.note(self.state, values)
        return EnhancerView(self.state, self.settings, values, self.validation)

    def save(self, *, now: bool) -> None:
        bad = self.journal.save(self.state, now=now)
        self._check({} if bad is None else {bad: float("nan")})

    def _check(self, values: Mapping[str, float]) -> None:
        """Let the journal answer the first value that is not finite, which ends the training."""
        for name, value in values.items():
            if not math.isfinite(value):
                self.journal.answer(self.state, Collapse("not-a-number", name, value, None, _ADVICE))


def check_squares(settings: EnhancerSettings, data: IPDT) -> None:
    """Compare the settings with the pack.

    Raises:
        SettingsError: they do not fit.
    """
    got = (data.side, int(data.images.shape[3]))
    if got != (settings.source_side, 3):
        raise SettingsError(
            f"side: wanted RGB squares of {settings.source_side} pixels, got {got[0]} pixels and {got[1]} channels in "
            f"the pack {data.dataset}"
        )
    made = None if data.targets is None else int(data.targets.shape[1])
    wanted = None if settings.teacher is None else settings.side
    if made != wanted:
        raise SettingsError(
            f"teacher: wanted {_teaching(wanted)}, got {_teaching(made)} in the pack {data.dataset}"
        )


def _teaching(side: int | None) -> str:
    return "squares without a teacher's enlargements" if side is None else f"enlargements of {side} pixels"


def load_features(settings: EnhancerSettings, device: torch.device) -> SqueezeNetFeatures | None:
    """Return SqueezeNet where its features count.

    Raises:
        WeightsError: its file cannot be read, or is of another network.
    """
    if not settings.uses_features:
        return None
    network = SqueezeNetFeatures()
    network.load(Path(settings.features))
    return network.to(device)


def _digests(settings: EnhancerSettings) -> dict[str, str]:
    digests = {}
    if settings.uses_features:
        digests["features"] = file_digest(
            settings.features, "features: wanted the path of a file of SqueezeNet 1.1"
        )
    if settings.teacher is not None:
        digests["teacher"] = file_digest(settings.teacher, "teacher: wanted the path of a file of weights")
    return digests
