"""One step of the critic and one of the generator, as functions of their parts."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from components.networks.build import Critic
from components.training.adversarial.gradient_penalty import gradient_penalty, judge_with_slopes
from components.training.adversarial.losses import LOSSES, Loss
from components.training.distributed.ranks import ALONE, Ranks
from components.training.engine.autocast import Autocast
from components.training.engine.optimizer_step import Update

__all__ = [
    "CriticStep",
    "Fakes",
    "GeneratorStep",
    "OwnLoss",
    "compare_scores",
    "critic_step",
    "generator_step",
    "shared_step",
]

OwnLoss = Callable[[Tensor], Tensor]
"""From generated images, float32 (N, C, H, W), to a scalar that the generator makes small besides."""
_WASSERSTEIN = LOSSES["wasserstein"]


class CriticStep(NamedTuple):
    """What a step of the critic measured: scalars without a graph, on the device."""

    loss: Tensor
    """Loss plus weighted penalty."""
    real_score: Tensor
    """Mean score of the real images."""
    fake_score: Tensor
    """Mean score of the generated ones."""
    penalty: Tensor
    """Of the critic's slope, before its weight; 0 where there is none."""
    gradient_norm: Tensor
    """Mean length of the critic's gradient where it is penalised; 0 where there is no penalty."""

    @property
    def wasserstein(self) -> Tensor:
        """Estimate of the Wasserstein-1 distance, up to the critic's Lipschitz constant."""
        return self.real_score - self.fake_score


class GeneratorStep(NamedTuple):
    """What a step of the generator measured: a scalar without a graph, on the device."""

    loss: Tensor
    besides: Tensor
    """What the images themselves cost besides; 0 where they cost nothing."""


class Fakes(NamedTuple):
    """What images are generated from."""

    latents: Tensor
    """float32 (N, Z)."""
    labels: Tensor | None = None
    """int64 (N,), for networks conditional on the style."""


def critic_step(
    generator: nn.Module,
    critic: nn.Module,
    optimizer: torch.optim.Optimizer | Update,
    real: Tensor,
    latents: Tensor,
    *,
    penalty_weight: float,
    zero_centred: bool = False,
    rng: torch.Generator,
    autocast: Autocast,
    loss: Loss = _WASSERSTEIN,
    labels: Tensor | None = None,
    fake_labels: Tensor | None = None,
    change: Callable[[Tensor], Tensor] | None = None,
    ranks: Ranks = ALONE,
) -> CriticStep:
    """Update the critic once (Gulrajani et al. 2017, algorithm 1, lines 3 to 9).

    Args:
        generator: maps (N, Z) to (N, C, H, W); left as it is but for its batch statistics.
        critic: maps (N, C, H, W) to (N,); updated.
        optimizer: of the critic's weights.
        real: float32 (N, C, H, W) in [-1, 1].
        latents: float32 (N, Z).
        penalty_weight: λ or γ; at 0 the penalty is not computed.
        zero_centred: penalise the slope at real and at generated images, in place of its distance from 1 between.
        rng: for the penalty's points.
        autocast: the precision of all but the penalty.
        loss: what the critic makes small besides.
        labels: int64 (N,), of the real images, for networks conditional on the style.
        fake_labels: int64 (N,), of the generated ones; the penalty's points, which lie between the two, take
            those of the real ones.
        change: the augmentation that the critic sees both through.
        ranks: of whose whole batch the images are this rank's share.
    """
    with torch.no_grad(), autocast():
        fake = _call(generator, latents, fake_labels).float()  # (N, Z) -> (N, C, H, W)
        if change is not None:
            real, fake = change(real), change(fake)
    if zero_centred:
        return _flatten(critic, optimizer, (real, fake), (labels, fake_labels), loss, penalty_weight)
    with autocast():
        real_scores = _call(critic, real, labels).float()
        fake_scores = _call(critic, fake, fake_labels).float()
    total = loss.critic(real_scores, fake_scores)
    penalty = norm = torch.zeros((), device=real.device)
    if penalty_weight:
        slope = gradient_penalty(critic, real, fake, rng, labels, ranks)
        penalty, norm = slope.penalty, slope.norm
        total = total + penalty_weight * penalty
    _update(optimizer)(total)
    return CriticStep(
        total.detach(), real_scores.detach().mean(), fake_scores.detach().mean(), penalty.detach(), norm
    )


def generator_step(
    generator: nn.Module,
    critic: nn.Module,
    optimizer: torch.optim.Optimizer | Update,
    latents: Tensor,
    *,
    autocast: Autocast,
    loss: Loss = _WASSERSTEIN,
    labels: Tensor | None = None,
    real: Tensor | None = None,
    change: Callable[[Tensor], Tensor] | None = None,
    own_loss: OwnLoss | None = None,
) -> GeneratorStep:
    """Update the generator once (algorithm 1, lines 11 and 12); the critic keeps weights and gradients.

    Args:
        generator: maps (N, Z) to (N, C, H, W); updated.
        critic: maps (N, C, H, W) to (N,).
        optimizer: of the generator's weights.
        latents: float32 (N, Z).
        autocast: the precision.
        loss: what the generator makes small.
        labels: int64 (N,), for networks conditional on the style.
        real: float32 (N, C, H, W), of the same labels, where the loss is relative.
        change: the augmentation that the critic sees the images through.
        own_loss: of the images themselves.
    """
    critic.requires_grad_(False)  # saves the gradients of weights that this step does not change
    try:
        with autocast():
            images = _call(generator, latents, labels)
            scores = _call(critic, images if change is None else change(images), labels).float()
            if loss.relative and real is not None:
                with torch.no_grad():
                    rivals = _call(critic, real if change is None else change(real), labels).float()
                scores = scores - rivals
        lost, besides = loss.generator(scores), _besides(own_loss, images)
        _update(optimizer)(lost + besides)
    finally:
        critic.requires_grad_(True)
    return GeneratorStep(lost.detach(), besides.detach())


def shared_step(
    generator: nn.Module,
    critic: Critic,
    updates: tuple[Update | None, Update],
    real: Tensor,
    fakes: Fakes,
    *,
    autocast: Autocast,
    loss: Loss,
    labels: Tensor | None = None,
    change: Callable[[Tensor], Tensor],
    penalty_weight: float = 0.0,
    own_loss: OwnLoss | None = None,
) -> tuple[CriticStep, GeneratorStep | None]:
    """Update the critic, then the generator, with the same generated images: each is made only once.

    What the critic's frozen part makes of them serves both updates, too, and no gradient passes through it
    for the critic's own.

    Args:
        generator: maps (N, Z) to (N, C, H, W); updated.
        critic: updated.
        updates: of the generator, None where it stays as it is, and of the critic.
        real: float32 (N, C, H, W) in [-1, 1].
        fakes: what to generate from.
        autocast: the precision.
        loss: of both.
        labels: int64 (N,), of the real images, for networks conditional on the style.
        change: the augmentation that the critic sees all images through.
        penalty_weight: γ of the zero-centred penalty; at 0 it is not computed.
        own_loss: what the generator makes small besides, of the images themselves.
    """
    update_generator, update_critic = updates
    with torch.no_grad(), autocast():
        seen_real = critic.perceive(change(real))
    with torch.set_grad_enabled(update_generator is not None), autocast():
        images = _call(generator, fakes.latents, fakes.labels)
        seen_fake = critic.perceive(change(images))
    judged = tuple(part.detach() for part in seen_fake)
    if penalty_weight:
        shown, both = (*seen_real, *judged), (labels, fakes.labels)
        critic_values = _flatten(critic, update_critic, shown, both, loss, penalty_weight)
    else:
        with autocast():
            real_scores = critic.judge(seen_real, labels).float()
            fake_scores = critic.judge(judged, fakes.labels).float()
        critic_values = compare_scores(update_critic, real_scores, fake_scores, loss)
    if update_generator is None:
        return critic_values, None
    critic.requires_grad_(False)
    try:
        with autocast():
            scores = critic.judge(seen_fake, fakes.labels).float()
            if loss.relative:
                with torch.no_grad():
                    rivals = critic.judge(seen_real, labels).float()
                scores = scores - rivals
        lost, besides = loss.generator(scores), _besides(own_loss, images)
        update_generator(lost + besides)
    finally:
        critic.requires_grad_(True)
    return critic_values, GeneratorStep(lost.detach(), besides.detach())


def _besides(own_loss: OwnLoss | None, images: Tensor) -> Tensor:
    return images.new_zeros((), dtype=torch.float32) if own_loss is None else own_loss(images)


def compare_scores(update: Update, real_scores: Tensor, fake_scores: Tensor, loss: Loss) -> CriticStep:
    """Update the critic that gave these scores, of any shape, by its loss alone."""
    total = loss.critic(real_scores, fake_scores)
    update(total)
    nothing, means = torch.zeros_like(total), (real_scores.detach().mean(), fake_scores.detach().mean())
    return CriticStep(total.detach(), *means, nothing, nothing)


def _flatten(
    critic: nn.Module,
    optimizer: torch.optim.Optimizer | Update,
    images: tuple[Tensor, ...],
    labels: tuple[Tensor | None, Tensor | None],
    loss: Loss,
    weight: float,
) -> CriticStep:
    """Update the critic by its loss and the zero-centred penalty on real and on generated images."""
    of_real, of_fake = labels
    together = None if of_real is None or of_fake is None else torch.cat([of_real, of_fake])
    judged = judge_with_slopes(
        critic, torch.cat(images), lambda scores: loss.critic(*scores.chunk(2)), weight, together
    )
    _update(optimizer)(judged.total)
    real_score, fake_score = judged.scores.view(2, -1).mean(1)
    return CriticStep(judged.total.detach(), real_score, fake_score, judged.penalty, judged.norm)


def _call(network: nn.Module, inputs: Tensor, labels: Tensor | None) -> Tensor:
    # a network that is not conditional may be anybody's, and take one argument only
    result: Tensor = network(inputs) if labels is None else network(inputs, labels)
    return result


def _update(optimizer: torch.optim.Optimizer | Update) -> Update:
    return optimizer if isinstance(optimizer, Update) else Update(optimizer)
