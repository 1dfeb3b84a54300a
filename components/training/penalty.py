"""The gradient penalty of WGAN-GP, without second derivatives where the critic has none."""

from itertools import pairwise
from typing import NamedTuple, TypeGuard

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from components.networks.conv_gan import ConvCriticNet
from components.networks.labels import wanted_labels

__all__ = ["GradientPenalty", "gradient_penalty", "is_piecewise_linear"]

_WEIGHTED = (nn.Conv2d, nn.Linear)
_PIECEWISE_LINEAR = {*_WEIGHTED, nn.Flatten, nn.Identity, nn.ReLU, nn.LeakyReLU}


class GradientPenalty(NamedTuple):
    """How far the critic is from a slope of 1 between real and generated images."""

    penalty: Tensor
    """Scalar, E[(‖∇D‖ - 1)²]; differentiable (once) with respect to the critic's weights."""
    norm: Tensor
    """Scalar, E[‖∇D‖], detached."""


def gradient_penalty(
    critic: nn.Module, real: Tensor, fake: Tensor, rng: torch.Generator, labels: Tensor | None = None
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
    """
    epsilon = torch.rand(len(real), 1, 1, 1, generator=rng, device=real.device, dtype=real.dtype)
    between = torch.lerp(fake, real, epsilon).requires_grad_()  # x̂ = ε·x + (1-ε)·x̃
    # half precision would round away the small differences of the norm from 1
    with torch.autocast(real.device.type, enabled=False):
        if is_piecewise_linear(critic):
            return _penalise_by_tangents(critic, between, labels)
        return _penalise_by_second_derivatives(critic, between, labels)


def is_piecewise_linear(critic: nn.Module) -> TypeGuard[ConvCriticNet]:
    """Return whether ``critic`` is a chain of layers that are linear but for the kinks of rectifiers.

    The exact types count, since a subclass may do anything: spectral normalisation is one.

    >>> from components.networks.conv_gan import ConvCritic
    >>> is_piecewise_linear(ConvCriticNet(ConvCritic(activation="leaky-relu"), side=8, channels=3))
    True
    >>> is_piecewise_linear(ConvCriticNet(ConvCritic(activation="tanh"), side=8, channels=3))
    False
    """
    return isinstance(critic, ConvCriticNet) and all(
        type(layer) in _PIECEWISE_LINEAR for layer in critic.layers
    )


def _penalise_by_second_derivatives(
    critic: nn.Module, points: Tensor, labels: Tensor | None
) -> GradientPenalty:
    scores = critic(points) if labels is None else critic(points, labels)
    (slope,) = torch.autograd.grad(scores.sum(), points, create_graph=True)
    norms = slope.flatten(1).norm(dim=1)  # (N, C, H, W) -> (N,)
    return GradientPenalty(((norms - 1) ** 2).mean(), norms.detach().mean())


def _penalise_by_tangents(critic: ConvCriticNet, points: Tensor, labels: Tensor | None) -> GradientPenalty:
    """Return the same with the gradients of a linear network, which the critic is near each x̂.

    With u = ∇D(x̂), the gradient of (‖u‖ - 1)² is that of D'(x̂)·t for the fixed tangent t = 2 (‖u‖ - 1)/‖u‖·u.
    """
    layers = [layer for layer in critic.layers if not isinstance(layer, nn.Identity)]
    values = [points]
    for layer in layers:
        values.append(layer(values[-1]))
    style = None if critic.style is None else critic.style(wanted_labels(labels))  # (N,) -> (N, W)
    score = values[-1].sum()
    if style is not None:
        score = score + (values[-2] * style).sum()
    slope, *deltas = torch.autograd.grad(score, values, retain_graph=True)
    norms = slope.flatten(1).norm(dim=1)  # (N, C, H, W) -> (N,)
    penalty = ((norms - 1) ** 2).mean()
    # at a slope of 0 the length has no derivative, and 0 serves, as it does for second derivatives
    factor = 2 * (norms - 1) / norms.clamp_min(torch.finfo(norms.dtype).tiny) / len(norms)
    outputs, signals = _follow(slope * factor.view(-1, 1, 1, 1), layers, values, deltas, style)
    weights = [layer.weight for layer in layers if isinstance(layer, _WEIGHTED)]
    if critic.style is not None:
        weights.append(critic.style.weight)
    gradients = torch.autograd.grad(outputs, weights, signals)
    product = torch.stack([(w * g).sum() for w, g in zip(weights, gradients, strict=True)]).sum()
    return GradientPenalty(
        penalty + (product - product.detach()), norms.mean()
    )  # adds 0 that has the gradient


def _follow(
    tangent: Tensor, layers: list[nn.Module], values: list[Tensor], deltas: list[Tensor], style: Tensor | None
) -> tuple[list[Tensor], list[Tensor]]:
    """Return what the weighted layers make of ``tangent``, and the derivative of the score by each of these.

    Biases are left out and rectifiers stay on the side where ``values`` have them. The derivatives are the
    ``deltas`` that the slope was computed with: both follow the same linear network.
    """
    outputs, signals = [], []
    for layer, (before, after), delta in zip(layers, pairwise(values), deltas, strict=True):
        reached = tangent
        if isinstance(layer, _WEIGHTED):
            outputs.append(_without_bias(layer, reached))
            signals.append(delta)
            tangent = outputs[-1].detach()
        elif isinstance(layer, nn.Flatten):
            tangent = layer(reached)
        else:
            # a rectifier treats each number alone: a derivative passes it forwards as it does backwards
            (tangent,) = torch.autograd.grad(after, before, reached)
    if style is not None:
        outputs.append(style)
        signals.append(reached)
    return outputs, signals


def _without_bias(layer: nn.Conv2d | nn.Linear, tangent: Tensor) -> Tensor:
    if isinstance(layer, nn.Linear):
        return F.linear(tangent, layer.weight)
    return F.conv2d(tangent, layer.weight, None, layer.stride, layer.padding, layer.dilation, layer.groups)
