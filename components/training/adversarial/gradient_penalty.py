"""Penalties on the critic's slope, without second derivatives where the critic has none."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from components.training.adversarial.tangents import is_piecewise_linear, linearise
from components.training.distributed.ranks import ALONE, Ranks

__all__ = ["GradientPenalty", "SlopeJudgement", "gradient_penalty", "judge_with_slopes"]


class GradientPenalty(NamedTuple):
    """How far the critic is from a slope of 1 between real and generated images."""

    penalty: Tensor
    """Scalar, E[(‖∇D‖ - 1)²]; differentiable (once) with respect to the critic's weights."""
    norm: Tensor
    """Scalar, E[‖∇D‖], detached."""


def gradient_penalty(
    critic: nn.Module,
    real: Tensor,
    fake: Tensor,
    rng: torch.Generator,
    labels: Tensor | None = None,
    ranks: Ranks = ALONE,
) -> GradientPenalty:
    """Return E[(‖∇D(x̂)‖₂ - 1)²] on random lines between real and generated images, in float32.

    Gulrajani et al. 2017, algorithm 1, lines 4 to 7. Where `is_piecewise_linear` holds, tangents give the same
    value and gradient as differentiating twice, in about half of the time.

    Args:
        critic: maps (N, C, H, W), and ``labels`` where they are given, to scores (N,).
        real: float32 (N, C, H, W).
        fake: of the same shape, without a graph.
        rng: draws one ε in [0, 1) for each image, on the device of ``real``.
        labels: int64 (N,), for a conditional critic.
        ranks: of whose whole batch the images are this rank's share.
    """
    n = ranks.count * len(real)
    epsilon = ranks.rows(torch.rand(n, 1, 1, 1, generator=rng, device=real.device, dtype=real.dtype))
    between = torch.lerp(fake, real, epsilon)  # x̂ = ε·x + (1-ε)·x̃
    # half precision would round away the small differences of the norm from 1
    with torch.autocast(real.device.type, enabled=False):
        if not is_piecewise_linear(critic):
            norms = _differentiable_slopes(critic, between, labels)[1].norm(dim=1)
            return GradientPenalty(((norms - 1) ** 2).mean(), norms.detach().mean())
        near = linearise(critic, between, labels)
        norms = near.slope.flatten(1).norm(dim=1)  # (N, C, H, W) -> (N,)
        # with u = ∇D(x̂), the gradient of (‖u‖ - 1)² is that of D'(x̂)·t for the fixed t = 2 (‖u‖ - 1)/‖u‖·u;
        # at a slope of 0 the length has no derivative, and 0 serves, as it does for second derivatives
        factor = 2 * (norms - 1) / norms.clamp_min(torch.finfo(norms.dtype).tiny) / len(norms)
        penalty = ((norms - 1) ** 2).mean() + near.follow(near.slope * factor.view(-1, 1, 1, 1))
        return GradientPenalty(penalty, norms.mean())


class SlopeJudgement(NamedTuple):
    """Scores of images, and how steep the critic is at them."""

    total: Tensor
    """Scalar, loss of the scores plus weighted penalty; differentiable (once) with respect to the critic's weights."""
    scores: Tensor
    """(N,), detached."""
    penalty: Tensor
    """Scalar, E[‖∇D‖²], detached."""
    norm: Tensor
    """Scalar, E[‖∇D‖], detached."""


def judge_with_slopes(
    critic: nn.Module,
    images: Tensor,
    loss: Callable[[Tensor], Tensor],
    weight: float,
    labels: Tensor | None = None,
) -> SlopeJudgement:
    """Return ``loss`` of the scores plus ``weight`` times E[‖∇D(x)‖₂²], in float32.

    With real and generated images in equal numbers, γ E[‖∇D‖²] over both is R1 + R2 of Huang et al. 2024,
    equations 5 and 6, each with its γ/2 (Mescheder et al. 2018, equation 9, for the real ones).

    Where `is_piecewise_linear` holds, loss and penalty share one pass forwards, one backwards and one of tangents:
    value and gradient are those of differentiating twice, which takes three to five times as long.

    Args:
        critic: maps (N, C, H, W), and ``labels`` where they are given, to scores (N,), each image for itself.
        images: float32 (N, C, H, W), without a graph.
        loss: from scores (N,) to a scalar.
        weight: γ.
        labels: int64 (N,), for a conditional critic.
    """
    with torch.autocast(images.device.type, enabled=False):
        if not is_piecewise_linear(critic):
            scores, slopes = _differentiable_slopes(critic, images, labels)
            squares = slopes.square().sum(1)
            total = loss(scores) + weight * squares.mean()
            return _judged(total, scores.detach(), squares.detach())
        near = linearise(critic, images, labels)
        squares = near.slope.flatten(1).square().sum(1)  # (N, C, H, W) -> (N,)
        scores = near.scores.requires_grad_()
        lost = loss(scores)
        (weights,) = torch.autograd.grad(lost, scores)
        # with u = ∇D(x), the gradient of ‖u‖² is that of D'(x)·t for the fixed t = 2u
        pull = near.follow(near.slope * (2 * weight / len(images)), weights)
        total = lost.detach() + weight * squares.mean() + pull
        return _judged(total, scores.detach(), squares)


def _judged(total: Tensor, scores: Tensor, squares: Tensor) -> SlopeJudgement:
    return SlopeJudgement(total, scores, squares.mean(), squares.sqrt().mean())


def _differentiable_slopes(critic: nn.Module, points: Tensor, labels: Tensor | None) -> tuple[Tensor, Tensor]:
    """Return scores (N,) and slopes (N, C*H*W), both differentiable."""
    points = points.detach().requires_grad_()
    scores = critic(points) if labels is None else critic(points, labels)
    (slope,) = torch.autograd.grad(scores.sum(), points, create_graph=True)
    return scores, slope.flatten(1)
