"""The gradient penalty of WGAN-GP."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

__all__ = ["GradientPenalty", "gradient_penalty"]


class GradientPenalty(NamedTuple):
    """How far the critic is from a slope of 1 between real and generated images."""

    penalty: Tensor
    """Scalar, E[(‖∇D‖ - 1)²]; differentiable with respect to the critic's weights."""
    norm: Tensor
    """Scalar, E[‖∇D‖], detached."""


def gradient_penalty(critic: nn.Module, real: Tensor, fake: Tensor, rng: torch.Generator) -> GradientPenalty:
    """Return E[(‖∇D(x̂)‖₂ - 1)²] on random lines between real and generated images, in float32.

    Gulrajani et al. 2017, algorithm 1, lines 4 to 7, by differentiating twice.

    Args:
        critic: maps (N, C, H, W) to scores (N,).
        real: float32 (N, C, H, W).
        fake: of the same shape, without a graph.
        rng: draws one ε in [0, 1) for each image, on the device of ``real``.
    """
    epsilon = torch.rand(len(real), 1, 1, 1, generator=rng, device=real.device, dtype=real.dtype)
    between = torch.lerp(fake, real, epsilon).requires_grad_()  # x̂ = ε·x + (1-ε)·x̃
    # half precision would round away the small differences of the norm from 1
    with torch.autocast(real.device.type, enabled=False):
        scores = critic(between)
        (slope,) = torch.autograd.grad(scores.sum(), between, create_graph=True)
        norms = slope.flatten(1).norm(dim=1)  # (N, C, H, W) -> (N,)
    return GradientPenalty(((norms - 1) ** 2).mean(), norms.detach().mean())
