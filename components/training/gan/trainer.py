"""Trains a generator against a critic."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import final

import torch
from lightning_fabric import Fabric

from components.networks.build import count_parameters
from components.training.distributed.device import open_device
from components.training.distributed.process_group import open_ranks, share_of_threads
from components.training.distributed.ranks import ALONE, Order, Ranks
from components.training.engine.batches import Batches
from components.training.engine.interruption import Interruption
from components.training.engine.loop import run
from components.training.engine.recorder import Recorder
from components.training.engine.trial import Trial
from components.training.gan.best_model import BestModel
from components.training.gan.collapse_monitor import CollapseWatch
from components.training.gan.diversity import DiversityProbe
from components.training.gan.iteration import advance
from components.training.gan.model import StateView, write_model
from components.training.gan.presets import PRESETS
from components.training.gan.rollback import Rollback, is_good, is_haven
from components.training.gan.settings import GanSettings
from components.training.gan.spectral_loss import spectral_loss
from components.training.gan.state import TrainingState, new_state
from components.training.gan.weave import WeaveWatch
from components.training.settings.digests import file_digests
from interfaces.events import Listener
from interfaces.igme import IGME
from interfaces.ipdt import IPDT
from interfaces.marks import with_values, without_paths
from interfaces.ports import RunFolder, TrainingObserver

__all__ = ["GanTrainer"]


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
        self.settings.check_fit(data)
        digests = file_digests(self.settings)
        joined = open_ranks(self.settings, data, folder)
        with joined as (settings, fabric, ranks), Interruption() as interruption:
            if not ranks.leads:
                GanTrainer(settings).follow(data, fabric, ranks)
                return None
            batches, begin = _begin(settings, data, fabric.device, ranks)
            spectral = spectral_loss(settings, batches, ranks)
            total = settings.total_steps(len(batches))
            recorder = Recorder(
                settings, data, folder, fabric.device, total, listener, digests, good=is_good, haven=is_haven
            )
            state, rollback = begin(), Rollback(settings, recorder, begin)
            recorder.open(state, resume=resume)
            rollback.open(state)
            probe = DiversityProbe(data, settings, fabric.device)
            watch = CollapseWatch(settings, probe, rollback)
            best = BestModel(settings, data, folder, probe)
            best.open(state.step)
            weave = WeaveWatch(settings, data, listener)

            def step(state: TrainingState) -> Mapping[str, float]:
                with ranks.step(state):
                    return advance(state, batches, settings, fabric.autocast, ranks, spectral)

            course = _GanCourse(state, total, settings, data, step, watch, best, weave, recorder)
            run(course, folder, observers, interruption, listener)
        if interruption.asked:
            raise KeyboardInterrupt
        state = course.state
        if state.step < total:
            return None
        kept = best.restore(state.average, listener)
        return write_model(state, settings, data, folder, recorder, kept)

    def follow(self, data: IPDT, fabric: Fabric, ranks: Ranks) -> None:
        """Make the steps that rank 0 makes, until it ends the training; write nothing."""
        settings = self.settings
        batches, begin = _begin(settings, data, fabric.device, ranks)
        spectral = spectral_loss(settings, batches, ranks)
        state = begin()
        while (order := ranks.hear()) != Order.STOP:
            if order == Order.RESTORE:
                state = begin()
                state.unpack(ranks.receive())
            else:
                advance(state, batches, settings, fabric.autocast, ranks, spectral)

    @contextmanager
    def try_out(self, data: IPDT) -> Iterator[Trial]:
        """Yield a training on one device that writes nothing, with its share of the batch.

        What several devices tell one another comes on top.

        Raises:
            SettingsError: the settings do not fit the pack or the machine.
            DataError: the pack has no training images.
        """
        settings = self.settings
        settings.check_fit(data)
        with share_of_threads(settings):
            fabric = open_device(settings)
            share = settings.batch // settings.processes.total
            one = with_values(settings, {"batch": share, "devices": 1, "nodes": 1})
            batches, begin = _begin(one, data, fabric.device, ALONE)
            images, state, spectral = len(batches), begin(), spectral_loss(one, batches)
            yield Trial(
                device=fabric.device,
                step=lambda: advance(state, batches, one, fabric.autocast, spectral=spectral),
                images=images,
                steps=settings.total_steps(images),
                steps_per_epoch=images // settings.batch / settings.critic_steps,
                parameters=count_parameters(state.generator),
                critic_parameters=count_parameters(state.critic),
            )


@dataclass
class _GanCourse:
    """A `Course` that goes back when the training collapses."""

    state: TrainingState
    total: int
    settings: GanSettings
    data: IPDT
    step: Callable[[TrainingState], Mapping[str, float]]
    watch: CollapseWatch
    best: BestModel
    weave: WeaveWatch
    recorder: Recorder

    def advance(self) -> StateView | None:
        values = dict(self.step(self.state))
        before, self.state = self.state, self.watch.look(self.state, values)
        if self.state is not before:
            return None
        view = StateView(self.state, self.settings, self.total, values, self.data)
        self.best.consider(view, values)
        self.weave.consider(view, values)
        self.recorder.note(self.state, values)
        return view

    def save(self, *, now: bool) -> None:
        self.state = self.watch.save(self.state, now=now)


def _begin(
    settings: GanSettings, data: IPDT, device: torch.device, ranks: Ranks
) -> tuple[Batches, Callable[[], TrainingState]]:
    if ranks.count > 1:
        same = {
            "settings": without_paths(settings),
            "files": file_digests(settings),
            "torch": torch.__version__,
        }
        ranks.check_same({"data": data.fingerprint, **{name: json.dumps(v) for name, v in same.items()}})
    batches = Batches(data, settings.batch, settings.seed, device, ranks)
    return batches, partial(new_state, settings, device, batches.labels, len(data.styles), ranks)
