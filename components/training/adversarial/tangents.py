"""Gradients of a piecewise linear critic's slope, by first derivatives alone."""

from collections.abc import Callable
from typing import NamedTuple, TypeGuard

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from components.networks.conv_gan import ConvCriticNet
from components.networks.labels import wanted_labels
from components.networks.residual_gan import ResidualBlock, ResidualCriticNet

__all__ = ["Linearisation", "is_piecewise_linear", "linearise"]

_WEIGHTED = (nn.Conv2d, nn.Linear)
_RECTIFIERS = (nn.ReLU, nn.LeakyReLU)
_LINEAR = (nn.Flatten, nn.Identity, nn.AvgPool2d)
_CONTAINERS = (nn.Sequential, ResidualBlock)
_PIECEWISE_LINEAR = {*_WEIGHTED, *_RECTIFIERS, *_LINEAR, *_CONTAINERS}

_Layers = ConvCriticNet | ResidualCriticNet


def is_piecewise_linear(critic: nn.Module) -> TypeGuard[_Layers]:
    """Return whether ``critic`` is made of layers that are linear but for the kinks of rectifiers.

    The exact types count, since a subclass may do anything: spectral normalisation is one.

    >>> from components.networks.conv_gan import ConvCritic
    >>> is_piecewise_linear(ConvCriticNet(ConvCritic(activation="leaky-relu"), side=8, channels=3))
    True
    >>> is_piecewise_linear(ConvCriticNet(ConvCritic(activation="tanh"), side=8, channels=3))
    False
    """
    return isinstance(critic, ConvCriticNet | ResidualCriticNet) and all(
        type(layer) in _PIECEWISE_LINEAR for layer in critic.layers.modules()
    )


class _Seen(NamedTuple):
    """What one layer made of the images."""

    layer: nn.Module
    before: Tensor
    after: Tensor


class Linearisation(NamedTuple):
    """A critic near some images, where it is linear."""

    critic: _Layers
    images: Tensor
    labels: Tensor | None
    scores: Tensor
    """(N,), detached."""
    slope: Tensor
    """∇D at each image, (N, C, H, W), detached."""
    seen: list[_Seen]
    deltas: list[Tensor]
    """Derivatives of the scores by what each weighted layer returned."""

    def follow(self, tangent: Tensor, weights: Tensor | None = None) -> Tensor:
        """Return a scalar 0 whose gradient is that of Σᵢ D'(xᵢ)·tᵢ, or of Σᵢ (cᵢ·D(xᵢ) + D'(xᵢ)·tᵢ).

        Both follow the same linear layers: a sum c·a + t of activations and their tangents goes through them as
        the activations do, but for biases, which count c times. The gradient by a layer's weights is the product
        of what reaches it and of the ``deltas`` that the slope was computed with.

        Args:
            tangent: t, a fixed direction for each image.
            weights: c (N,); None for the first form.
        """
        start = (
            tangent if weights is None else torch.addcmul(tangent, self.images.detach(), _column(weights, 4))
        )
        made, parameters, signals = self._pass_on(start, weights)
        gradients = torch.autograd.grad(made, parameters, signals)
        product = torch.stack([(w * g).sum() for w, g in zip(parameters, gradients, strict=True)]).sum()
        return product - product.detach()

    def _pass_on(
        self, start: Tensor, weights: Tensor | None
    ) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
        """Return what layers make of ``start``, their parameters, and the derivatives of the scores by the former."""
        made, parameters, signals = [], [], []
        seen, deltas = iter(self.seen), iter(self.deltas)
        reached = start

        def follow_layer(layer: nn.Module, values: Tensor) -> Tensor:
            nonlocal reached
            past, reached = next(seen), values
            if isinstance(layer, _RECTIFIERS):
                # it treats each number alone: a derivative passes it forwards as it does backwards
                (passed,) = torch.autograd.grad(past.after, past.before, values, retain_graph=True)
                return passed
            if not isinstance(layer, _WEIGHTED):
                result: Tensor = layer(values)
                return result
            made.append(_weigh(layer, values, weights))
            parameters.append(layer.weight)
            if layer.bias is not None and weights is not None:
                parameters.append(layer.bias)
            signals.append(next(deltas))
            return made[-1].detach()

        _run(self.critic.layers, start, follow_layer)
        if self.critic.style is not None:
            style = self.critic.style(wanted_labels(self.labels))  # (N,) -> (N, W)
            made.append((reached * style).sum(1))
            parameters.append(self.critic.style.weight)
            signals.append(torch.ones_like(made[-1]))
        return made, parameters, signals


def linearise(critic: _Layers, images: Tensor, labels: Tensor | None = None) -> Linearisation:
    """Return what ``critic`` is near ``images`` (N, C, H, W) with ``labels`` int64 (N,), by one pass and one back."""
    images = images.detach().requires_grad_()
    seen: list[_Seen] = []

    def note(layer: nn.Module, before: Tensor) -> Tensor:
        seen.append(_Seen(layer, before, layer(before)))
        return seen[-1].after

    scores = _run(critic.layers, images, note).squeeze(1)
    if critic.style is not None:
        scores = scores + (seen[-1].before * critic.style(wanted_labels(labels))).sum(1)
    weighted = [each.after for each in seen if isinstance(each.layer, _WEIGHTED)]
    slope, *deltas = torch.autograd.grad(scores.sum(), [images, *weighted], retain_graph=True)
    return Linearisation(critic, images, labels, scores.detach(), slope, seen, deltas)


def _run(module: nn.Module, x: Tensor, act: Callable[[nn.Module, Tensor], Tensor]) -> Tensor:
    """Return what ``module`` makes of ``x``, with ``act`` in the place of every layer in it."""
    if isinstance(module, ResidualBlock):
        return x + _run(module.layers, x, act)
    if isinstance(module, nn.Sequential):
        for layer in module:
            x = _run(layer, x, act)
        return x
    return act(module, x)


def _weigh(layer: nn.Conv2d | nn.Linear, values: Tensor, weights: Tensor | None) -> Tensor:
    """Return ``layer`` of ``values``, with its bias as often as ``weights`` say for each image."""
    if isinstance(layer, nn.Linear):
        result = F.linear(values, layer.weight)
    else:
        result = F.conv2d(
            values, layer.weight, None, layer.stride, layer.padding, layer.dilation, layer.groups
        )
    if layer.bias is None or weights is None:
        return result
    bias = layer.bias.view(1, -1, *[1] * (result.ndim - 2))
    return torch.addcmul(result, _column(weights, result.ndim), bias)


def _column(weights: Tensor, ndim: int) -> Tensor:
    return weights.view(-1, *[1] * (ndim - 1))
