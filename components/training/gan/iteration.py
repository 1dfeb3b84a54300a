"""One round of a training: some steps of the critic, and one of the generator."""

import time
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from components.networks.latents import draw_latents
from components.training.adversarial.augmentation import augment
from components.training.adversarial.losses import LOSSES, Loss
from components.training.adversarial.steps import (
    CriticStep,
    Fakes,
    GeneratorStep,
    critic_step,
    generator_step,
    shared_step,
)
from components.training.distributed.ranks import ALONE, Ranks
from components.training.engine.autocast import Autocast
from components.training.engine.averaging import average_weights
from components.training.engine.batches import Batches, mirror_half
from components.training.engine.optimizer_step import Update
from components.training.gan.settings import GanSettings
from components.training.gan.spectral_loss import SpectralLoss
from components.training.gan.state import TrainingState

__all__ = ["advance"]


def advance(
    state: TrainingState,
    batches: Batches,
    settings: GanSettings,
    autocast: Autocast,
    ranks: Ranks = ALONE,
    spectral: SpectralLoss | None = None,
) -> Mapping[str, float]:
    """Make ``critic_steps`` steps of the critic and one of the generator; return what the last ones measured.

    In the first steps of a training that began with a generator alone, that stays as it is.
    """
    begin = time.perf_counter()
    act = _share if settings.shares_images else _alternate
    critic, generator = act(state, batches, settings, autocast, ranks, spectral)
    measured = {}
    if generator is not None:
        age = state.step if settings.start is None else None
        average_weights(state.average, state.generator, settings.ema_decay, age)
        measured["generator_loss"] = generator.loss
        if spectral is not None:
            measured["spectral_loss"] = generator.besides
    measured["critic_loss"] = critic.loss
    if settings.loss == "wasserstein":
        measured["wasserstein"] = critic.wasserstein
    measured |= {"real_score": critic.real_score, "fake_score": critic.fake_score}
    if settings.penalises_slope:
        measured |= {"penalty": critic.penalty, "gradient_norm": critic.gradient_norm}
    # one transfer for all: each would wait for the accelerator
    means = ranks.mean(torch.stack(list(measured.values())))
    values = dict(zip(measured, means.tolist(), strict=True))
    state.step += 1
    state.seconds += time.perf_counter() - begin
    return values


def _share(
    state: TrainingState,
    batches: Batches,
    settings: GanSettings,
    autocast: Autocast,
    ranks: Ranks,
    spectral: SpectralLoss | None,
) -> tuple[CriticStep, GeneratorStep | None]:
    update_generator, update_critic = _updates(state, settings, ranks)
    real, labels = _take(state, batches, settings, ranks)
    loss = LOSSES[settings.loss]
    return shared_step(
        state.generator,
        state.critic,
        (None if state.critic_learns_alone else update_generator, update_critic),
        real,
        Fakes(_latents(state, settings, ranks), _fake_labels(state, loss, labels, settings, ranks)),
        autocast=autocast,
        loss=loss,
        labels=labels,
        change=_change(state, settings, ranks),
        penalty_weight=settings.penalty_weight if settings.penalises_slope else 0.0,
        own_loss=spectral,
    )


def _alternate(
    state: TrainingState,
    batches: Batches,
    settings: GanSettings,
    autocast: Autocast,
    ranks: Ranks,
    spectral: SpectralLoss | None,
) -> tuple[CriticStep, GeneratorStep | None]:
    update_generator, update_critic = _updates(state, settings, ranks)
    loss = LOSSES[settings.loss]
    change = _change(state, settings, ranks)
    for _ in range(settings.critic_steps):
        real, labels = _take(state, batches, settings, ranks)
        critic = critic_step(
            state.generator,
            state.critic,
            update_critic,
            real,
            _latents(state, settings, ranks),
            penalty_weight=settings.penalty_weight if settings.penalises_slope else 0.0,
            zero_centred=settings.correction == "zero-centred",
            rng=state.penalty,
            autocast=autocast,
            loss=loss,
            labels=labels,
            fake_labels=_fake_labels(state, loss, labels, settings, ranks),
            change=change,
            ranks=ranks,
        )
    if state.critic_learns_alone:
        return critic, None
    generator = generator_step(
        state.generator,
        state.critic,
        update_generator,
        _latents(state, settings, ranks),
        autocast=autocast,
        loss=loss,
        labels=_fake_labels(state, loss, labels, settings, ranks),
        real=real,
        change=change,
        own_loss=spectral,
    )
    return critic, generator


def _take(
    state: TrainingState, batches: Batches, settings: GanSettings, ranks: Ranks
) -> tuple[Tensor, Tensor | None]:
    real, labels, state.position = batches.take_labelled(state.position)
    if settings.flip:
        real = mirror_half(real, state.flip, ranks)
    return real, labels if settings.conditional else None


def _fake_labels(
    state: TrainingState, loss: Loss, labels: Tensor | None, settings: GanSettings, ranks: Ranks
) -> Tensor | None:
    if loss.relative:  # pairs of a real and a generated image are of one style
        return labels
    drawn = state.draw_labels(settings.batch)
    return None if drawn is None else ranks.rows(drawn)


def _latents(state: TrainingState, settings: GanSettings, ranks: Ranks) -> Tensor:
    return ranks.rows(draw_latents(settings.batch, settings.takes, state.latents))


def _change(state: TrainingState, settings: GanSettings, ranks: Ranks) -> Callable[[Tensor], Tensor]:
    view = state.critic.view(state.augmentation)

    def change(images: Tensor) -> Tensor:
        return view(augment(images, settings.augment, state.augmentation, ranks))

    return change


def _updates(state: TrainingState, settings: GanSettings, ranks: Ranks) -> tuple[Update, Update]:
    clip = settings.clip_gradients if settings.correction == "clipping" else None
    return (
        Update(state.generator_optimizer, clip, ranks=ranks),
        Update(state.critic_optimizer, clip, settings.clip_weights, ranks),
    )
