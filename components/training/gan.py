"""Trains a generator against a critic."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import final

import torch
from torch import Tensor

from components.networks.projected import ProjectedCritic
from components.training.augmentation import augment
from components.training.batches import Batches, mirror_half
from components.training.best import BestModel
from components.training.device import open_device
from components.training.diversity import DiversityProbe
from components.training.interruption import Interruption
from components.training.journal import Journal
from components.training.losses import LOSSES, Loss
from components.training.model import StateView, write_model
from components.training.settings import PRESETS, GanSettings
from components.training.state import TrainingState, new_state
from components.training.steps import (
    Autocast,
    CriticStep,
    Fakes,
    GeneratorStep,
    Update,
    average_weights,
    critic_step,
    generator_step,
    shared_step,
)
from components.training.watch import CollapseWatch
from interfaces.errors import SettingsError
from interfaces.events import Listener
from interfaces.igme import IGME
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder, TrainingObserver

__all__ = ["GanTrainer", "advance", "check_fit"]


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

        Raises:
            SettingsError: the settings do not fit the pack, or let the losses diverge.
            DataError: the pack has no training images.
            CheckpointError: ``folder`` holds checkpoints of another configuration, only damaged ones, or any
                at all where ``resume`` is False.
            KeyboardInterrupt: after Ctrl-C, when a checkpoint of the last whole step is written.
        """
        settings = self.settings
        check_fit(settings, data)
        digests = _digests(settings)
        fabric = open_device(settings)
        batches = Batches(data, settings.batch, settings.seed, fabric.device)
        total = settings.total_steps(len(batches))
        begin = partial(new_state, settings, fabric.device, batches.labels, len(data.styles))
        journal = Journal(settings, data, folder, fabric.device, total, listener, digests)
        state = begin()
        journal.open(state, resume=resume)
        probe = DiversityProbe(data, settings, fabric.device)
        watch = CollapseWatch(settings, probe, journal, begin)
        best = BestModel(settings, data, folder, probe)
        if not state.step:
            best.forget()
        with Interruption() as interruption:
            while state.step < total:
                values = dict(advance(state, batches, settings, fabric.autocast))
                before, state = state, watch.look(state, values)
                if state is not before:
                    continue
                view = StateView(state, settings, total, values, len(data.styles))
                best.consider(view, values)
                journal.note(state, values)
                answers = [observer.observe(view, folder) for observer in observers]
                stopping = interruption.asked or not all(answers)
                state = watch.save(state, now=stopping or state.step == total)
                if stopping:
                    break
            for observer in observers:
                observer.finish(folder)
            if interruption.asked:
                raise KeyboardInterrupt
        if state.step < total:
            return None
        kept = best.restore(state.average) if settings.final == "best" else None
        return write_model(state, settings, data, folder, digests, kept, journal.earlier_data)


def advance(
    state: TrainingState, batches: Batches, settings: GanSettings, autocast: Autocast
) -> Mapping[str, float]:
    """Make ``critic_steps`` steps of the critic and one of the generator; return what the last ones measured."""
    begin = time.perf_counter()
    if settings.shares_images:
        critic, generator = _share(state, batches, settings, autocast)
    else:
        critic, generator = _alternate(state, batches, settings, autocast)
    average_weights(state.average, state.generator, settings.ema_decay, state.step)
    measured = {"generator_loss": generator.loss, "critic_loss": critic.loss}
    if settings.loss == "wasserstein":
        measured["wasserstein"] = critic.wasserstein
    measured |= {"real_score": critic.real_score, "fake_score": critic.fake_score}
    if settings.penalises_slope:
        measured |= {"penalty": critic.penalty, "gradient_norm": critic.gradient_norm}
    # one transfer for all: each would wait for the accelerator
    values = dict(zip(measured, torch.stack(list(measured.values())).tolist(), strict=True))
    state.step += 1
    state.seconds += time.perf_counter() - begin
    return values


def _share(
    state: TrainingState, batches: Batches, settings: GanSettings, autocast: Autocast
) -> tuple[CriticStep, GeneratorStep]:
    real, labels = _take(state, batches, settings)
    loss = LOSSES[settings.loss]
    return shared_step(
        state.generator,
        state.critic,
        _updates(state, settings),
        real,
        Fakes(_latents(state, settings, real.device), _fake_labels(state, loss, labels, settings)),
        autocast=autocast,
        loss=loss,
        labels=labels,
        change=_change(state, settings),
        penalty_weight=settings.penalty_weight if settings.penalises_slope else 0.0,
    )


def _alternate(
    state: TrainingState, batches: Batches, settings: GanSettings, autocast: Autocast
) -> tuple[CriticStep, GeneratorStep]:
    update_generator, update_critic = _updates(state, settings)
    loss = LOSSES[settings.loss]
    change = _change(state, settings) if settings.augment else None
    for _ in range(settings.critic_steps):
        real, labels = _take(state, batches, settings)
        critic = critic_step(
            state.generator,
            state.critic,
            update_critic,
            real,
            _latents(state, settings, real.device),
            penalty_weight=settings.penalty_weight if settings.penalises_slope else 0.0,
            zero_centred=settings.correction == "zero-centred",
            rng=state.penalty,
            autocast=autocast,
            loss=loss,
            labels=labels,
            fake_labels=_fake_labels(state, loss, labels, settings),
            change=change,
        )
    generator = generator_step(
        state.generator,
        state.critic,
        update_generator,
        _latents(state, settings, real.device),
        autocast=autocast,
        loss=loss,
        labels=_fake_labels(state, loss, labels, settings),
        real=real,
        change=change,
    )
    return critic, generator


def _take(state: TrainingState, batches: Batches, settings: GanSettings) -> tuple[Tensor, Tensor | None]:
    real, labels, state.position = batches.take_labelled(state.position)
    if settings.flip:
        real = mirror_half(real, state.flip)
    return real, labels if settings.conditional else None


def _fake_labels(
    state: TrainingState, loss: Loss, labels: Tensor | None, settings: GanSettings
) -> Tensor | None:
    # pairs of a real and a generated image are of one style
    return labels if loss.relative else state.draw_labels(settings.batch)


def _latents(state: TrainingState, settings: GanSettings, device: torch.device) -> Tensor:
    return torch.randn(settings.batch, settings.generator.latent, generator=state.latents, device=device)


def _change(state: TrainingState, settings: GanSettings) -> Callable[[Tensor], Tensor]:
    return partial(augment, kinds=settings.augment, rng=state.augmentation)


def _updates(state: TrainingState, settings: GanSettings) -> tuple[Update, Update]:
    clip = settings.clip_gradients if settings.correction == "clipping" else None
    return (
        Update(state.generator_optimizer, clip),
        Update(state.critic_optimizer, clip, settings.clip_weights),
    )


def _digests(settings: GanSettings) -> dict[str, str]:
    """Return the SHA-256 of the files that a training reads besides its data, by what they are."""
    digests = {}
    if isinstance(settings.critic, ProjectedCritic):
        what = "critic.features: wanted the path of SqueezeNet 1.1's safetensors file"
        digests["features"] = _digest(settings.critic.features, what)
    if settings.start is not None:
        digests["start"] = _digest(
            settings.start, "start: wanted the path of a checkpoint's safetensors file"
        )
    return digests


def _digest(path: str, wanted: str) -> str:
    try:
        return sha256(Path(path).read_bytes()).hexdigest()
    except OSError as error:
        raise SettingsError(f"{wanted}, got {path} ({error.strerror or error})") from error


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
