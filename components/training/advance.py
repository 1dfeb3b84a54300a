"""One round of a training: some steps of the critic, and one of the generator."""

import time
from collections.abc import Callable, Mapping
from functools import partial

import torch
from torch import Tensor

from components.training.augmentation import augment
from components.training.batches import Batches, mirror_half
from components.training.losses import LOSSES, Loss
from components.training.ranks import ALONE, Ranks
from components.training.settings import GanSettings
from components.training.state import TrainingState
from components.training.steps import (
    Autocast,
    CriticStep,
    Fakes,
    GeneratorStep,
    average_weights,
    critic_step,
    generator_step,
    shared_step,
)
from components.training.update import Update

__all__ = ["advance"]


def advance(
    state: TrainingState,
    batches: Batches,
    settings: GanSettings,
    autocast: Autocast,
    ranks: Ranks = ALONE,
) -> Mapping[str, float]:
    """Make ``critic_steps`` steps of the critic and one of the generator; return what the last ones measured."""
    begin = time.perf_counter()
    if settings.shares_images:
        critic, generator = _share(state, batches, settings, autocast, ranks)
    else:
        critic, generator = _alternate(state, batches, settings, autocast, ranks)
    average_weights(state.average, state.generator, settings.ema_decay, state.step)
    measured = {"generator_loss": generator.loss, "critic_loss": critic.loss}
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
    state: TrainingState, batches: Batches, settings: GanSettings, autocast: Autocast, ranks: Ranks
) -> tuple[CriticStep, GeneratorStep]:
    real, labels = _take(state, batches, settings, ranks)
    loss = LOSSES[settings.loss]
    return shared_step(
        state.generator,
        state.critic,
        _updates(state, settings, ranks),
        real,
        Fakes(
            _latents(state, settings, real.device, ranks), _fake_labels(state, loss, labels, settings, ranks)
        ),
        autocast=autocast,
        loss=loss,
        labels=labels,
        change=_change(state, settings, ranks),
        penalty_weight=settings.penalty_weight if settings.penalises_slope else 0.0,
    )


def _alternate(
    state: TrainingState, batches: Batches, settings: GanSettings, autocast: Autocast, ranks: Ranks
) -> tuple[CriticStep, GeneratorStep]:
    update_generator, update_critic = _updates(state, settings, ranks)
    loss = LOSSES[settings.loss]
    change = _change(state, settings, ranks) if settings.augment else None
    for _ in range(settings.critic_steps):
        real, labels = _take(state, batches, settings, ranks)
        critic = critic_step(
            state.generator,
            state.critic,
            update_critic,
            real,
            _latents(state, settings, real.device, ranks),
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
    generator = generator_step(
        state.generator,
        state.critic,
        update_generator,
        _latents(state, settings, real.device, ranks),
        autocast=autocast,
        loss=loss,
        labels=_fake_labels(state, loss, labels, settings, ranks),
        real=real,
        change=change,
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


def _latents(state: TrainingState, settings: GanSettings, device: torch.device, ranks: Ranks) -> Tensor:
    shape = (settings.batch, settings.generator.latent)
    return ranks.rows(torch.randn(shape, generator=state.latents, device=device))


def _change(state: TrainingState, settings: GanSettings, ranks: Ranks) -> Callable[[Tensor], Tensor]:
    return partial(augment, kinds=settings.augment, rng=state.augmentation, ranks=ranks)


def _updates(state: TrainingState, settings: GanSettings, ranks: Ranks) -> tuple[Update, Update]:
    clip = settings.clip_gradients if settings.correction == "clipping" else None
    return (
        Update(state.generator_optimizer, clip, ranks=ranks),
        Update(state.critic_optimizer, clip, settings.clip_weights, ranks),
    )
