"""Trains a generator against a critic."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import final

import torch
from lightning_fabric import Fabric

from components.networks.frozen_features import FROZEN_FEATURES
from components.networks.projected import ProjectedCritic
from components.training.distributed.process_group import open_ranks
from components.training.distributed.ranks import Order, Ranks
from components.training.engine.batches import Batches
from components.training.engine.interruption import Interruption
from components.training.engine.loop import run
from components.training.engine.recorder import Journal
from components.training.gan.best_model import BestModel
from components.training.gan.collapse_monitor import CollapseWatch
from components.training.gan.diversity import DiversityProbe
from components.training.gan.iteration import advance
from components.training.gan.model import StateView, portable, write_model
from components.training.gan.settings import PRESETS, GanSettings
from components.training.gan.spectral_loss import spectral_loss
from components.training.gan.state import TrainingState, new_state
from components.training.gan.weave import WeaveWatch
from components.training.settings.digests import file_digest
from interfaces.errors import SettingsError
from interfaces.events import Listener
from interfaces.igme import IGME
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder, TrainingObserver

__all__ = ["GanTrainer", "check_fit", "follow"]


@final
class GanTrainer:
    """Trains a GAN on a pack: a `Trainer`.

    Writes into the folder ``settings.json``, ``log.jsonl``, ``checkpoints/`` and at the end
    ``model.safetensors`` with ``model.json``. On one CPU with the same number of threads, a training that was
    killed and resumed makes the same bytes as one that was left alone.
    """

    def __init__(self, settings: GanSettings = PRESETS["wgan-gp"]) -> None:
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

        With several devices, rank 0 does all this and the others compute only: a process that torchrun started as
        one of them writes nothing, and returns None.

        Raises:
            SettingsError: the settings do not fit the pack, or let the losses diverge.
            DataError: the pack has no training images.
            CheckpointError: ``folder`` holds checkpoints of another configuration, only damaged ones, or any
                at all where ``resume`` is False.
            RunError: another of several processes ended before its time.
            KeyboardInterrupt: after Ctrl-C, when a checkpoint of the last whole step is written.
        """
        check_fit(self.settings, data)
        digests = _digests(self.settings)
        joined = open_ranks(self.settings, data, folder)
        with joined as (settings, fabric, ranks), Interruption() as interruption:
            if not ranks.leads:
                follow(settings, data, fabric, ranks)
                return None
            batches, begin = _begin(settings, data, fabric.device, ranks)
            spectral = spectral_loss(settings, batches, ranks)
            total = settings.total_steps(len(batches))
            journal = Journal(settings, data, folder, fabric.device, total, listener, digests)
            state = begin()
            journal.open(state, resume=resume)
            probe = DiversityProbe(data, settings, fabric.device)
            watch = CollapseWatch(settings, probe, journal, begin)
            best = BestModel(settings, data, folder, probe)
            best.open(state.step)
            weave = WeaveWatch(settings, data, listener)

            def step(state: TrainingState) -> Mapping[str, float]:
                with ranks.step(state):
                    return advance(state, batches, settings, fabric.autocast, ranks, spectral)

            course = _GanCourse(state, total, settings, len(data.styles), step, watch, best, weave, journal)
            run(course, folder, observers, interruption)
        if interruption.asked:
            raise KeyboardInterrupt
        state = course.state
        if state.step < total:
            return None
        kept = best.restore(state.average, listener)
        return write_model(state, settings, data, folder, journal.digests, kept, journal.earlier_data)


@dataclass
class _GanCourse:
    """A `Course` that goes back when the training collapses."""

    state: TrainingState
    total: int
    settings: GanSettings
    styles: int
    step: Callable[[TrainingState], Mapping[str, float]]
    watch: CollapseWatch
    best: BestModel
    weave: WeaveWatch
    journal: Journal

    def advance(self) -> StateView | None:
        values = dict(self.step(self.state))
        before, self.state = self.state, self.watch.look(self.state, values)
        if self.state is not before:
            return None
        view = StateView(self.state, self.settings, self.total, values, self.styles)
        self.best.consider(view, values)
        self.weave.consider(view, values)
        self.journal.note(self.state, values)
        return view

    def save(self, *, now: bool) -> None:
        self.state = self.watch.save(self.state, now=now)


def follow(settings: GanSettings, data: IPDT, fabric: Fabric, ranks: Ranks) -> None:
    """Make the steps that rank 0 makes, until it ends the training; write nothing."""
    batches, begin = _begin(settings, data, fabric.device, ranks)
    spectral = spectral_loss(settings, batches, ranks)
    state = begin()
    while (order := ranks.hear()) != Order.STOP:
        if order == Order.RESTORE:
            state = begin()
            state.unpack(ranks.receive())
        else:
            advance(state, batches, settings, fabric.autocast, ranks, spectral)


def _begin(
    settings: GanSettings, data: IPDT, device: torch.device, ranks: Ranks
) -> tuple[Batches, Callable[[], TrainingState]]:
    if ranks.count > 1:
        same = {"settings": portable(settings), "files": _digests(settings), "torch": torch.__version__}
        ranks.check_same({"data": data.fingerprint, **{name: json.dumps(v) for name, v in same.items()}})
    batches = Batches(data, settings.batch, settings.seed, device, ranks)
    return batches, partial(new_state, settings, device, batches.labels, len(data.styles), ranks)


def _digests(settings: GanSettings) -> dict[str, str]:
    """Return the SHA-256 of the files that a training reads besides its data, by what they are."""
    digests = {}
    if isinstance(settings.critic, ProjectedCritic):
        what = f"critic.features: wanted the path of a file of {' or '.join(FROZEN_FEATURES)}"
        digests["features"] = file_digest(settings.critic.features, what)
    return digests


def check_fit(settings: GanSettings, data: IPDT) -> None:
    """Compare the settings with the pack.

    Raises:
        SettingsError: they do not fit; all problems at once.
    """
    wanted = {"side": data.side, "channels": int(data.images.shape[3])}
    problems = [
        f"generator.{name}: wanted {value}, as in the pack {data.dataset}, got {getattr(settings.generator, name)}"
        for name, value in wanted.items()
        if getattr(settings.generator, name) != value
    ]
    if settings.conditional and len(data.styles) < 2:
        problems.append(
            f"conditional: wanted pictures of two styles at least, one folder for each, got {data.styles[0]!r} "
            f"alone in {data.dataset}"
        )
    if problems:
        raise SettingsError(*problems)
