"""One step of the critic and one of the generator, as functions of their parts."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import NamedTuple

import torch
from torch import Tensor, nn

from components.training.losses import wasserstein_critic_loss, wasserstein_generator_loss
from components.training.penalty import gradient_penalty

__all__ = ["Autocast", "CriticStep", "GeneratorStep", "average_weights", "critic_step", "generator_step"]

Autocast = Callable[[], AbstractContextManager[object]]
"""Opens the context in which convolutions run at the chosen precision."""


class CriticStep(NamedTuple):
    """What a step of the critic measured: scalars without a graph, on the device."""

    loss: Tensor
    """Wasserstein loss plus weighted penalty."""
    real_score: Tensor
    """Mean score of the real images."""
    fake_score: Tensor
    """Mean score of the generated ones."""
    penalty: Tensor
    """Gradient penalty before its weight."""
    gradient_norm: Tensor
    """Mean length of the critic's gradient between real and generated images."""

    @property
    def wasserstein(self) -> Tensor:
        """Estimate of the Wasserstein-1 distance, up to the critic's Lipschitz constant."""
        return self.real_score - self.fake_score


class GeneratorStep(NamedTuple):
    """What a step of the generator measured: a scalar without a graph, on the device."""

    loss: Tensor


def critic_step(
    generator: nn.Module,
    critic: nn.Module,
    optimizer: torch.optim.Optimizer,
    real: Tensor,
    latents: Tensor,
    *,
    penalty_weight: float,
    rng: torch.Generator,
    autocast: Autocast,
) -> CriticStep:
    """Update the critic once (Gulrajani et al. 2017, algorithm 1, lines 3 to 9).

    Args:
        generator: maps (N, Z) to (N, C, H, W); left as it is but for its batch statistics.
        critic: maps (N, C, H, W) to (N,); updated.
        optimizer: of the critic's weights.
        real: float32 (N, C, H, W) in [-1, 1].
        latents: float32 (N, Z).
        penalty_weight: λ.
        rng: for the penalty's points.
        autocast: the precision of all but the penalty.
    """
    optimizer.zero_grad(set_to_none=True)
    with torch.no_grad(), autocast():
        fake = generator(latents).float()  # (N, Z) -> (N, C, H, W)
    with autocast():
        real_scores, fake_scores = critic(real).float(), critic(fake).float()
    loss = wasserstein_critic_loss(real_scores, fake_scores)
    slope = gradient_penalty(critic, real, fake, rng)
    total = loss + penalty_weight * slope.penalty
    total.backward()
    optimizer.step()
    return CriticStep(
        total.detach(),
        real_scores.detach().mean(),
        fake_scores.detach().mean(),
        slope.penalty.detach(),
        slope.norm,
    )


def generator_step(
    generator: nn.Module,
    critic: nn.Module,
    optimizer: torch.optim.Optimizer,
    latents: Tensor,
    *,
    autocast: Autocast,
) -> GeneratorStep:
    """Update the generator once (algorithm 1, lines 11 and 12); the critic keeps weights and gradients.

    Args:
        generator: maps (N, Z) to (N, C, H, W); updated.
        critic: maps (N, C, H, W) to (N,).
        optimizer: of the generator's weights.
        latents: float32 (N, Z).
        autocast: the precision.
    """
    optimizer.zero_grad(set_to_none=True)
    critic.requires_grad_(False)  # saves the gradients of weights that this step does not change
    try:
        with autocast():
            scores = critic(generator(latents)).float()
        loss = wasserstein_generator_loss(scores)
        loss.backward()
    finally:
        critic.requires_grad_(True)
    optimizer.step()
    return GeneratorStep(loss.detach())


@torch.no_grad()
def average_weights(average: nn.Module, network: nn.Module, decay: float, step: int) -> None:
    """Move the running mean of a network's weights towards it, in place.

    The decay rises with the steps, (1 + step) / (10 + step) up to ``decay``, so that a short training does
    not keep its first weights.
    """
    weight = 1 - min(decay, (1 + step) / (10 + step))
    torch._foreach_lerp_(list(average.parameters()), list(network.parameters()), weight)
