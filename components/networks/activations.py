"""What stands between layers, and layers that draw: all randomness of a network follows from its weights file."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from interfaces.igme import DrawnActivation

__all__ = ["ACTIVATIONS", "DrawingLayer", "Dropout", "RandomLeakyReLU"]

_LEAST_SLOPE, _MOST_SLOPE = 1 / 8, 1 / 3
"""Xu et al. 2015, "Empirical evaluation of rectified activations", section 2.4."""
_BETWEEN = 1_000_003
"""Seeds lie so far apart from one step to the next, so that layers of one network do not draw alike."""


class DrawingLayer(nn.Module):
    """A layer that draws numbers in training, other ones at every pass, which follow from how many passes there were.

    torch's own take them from a randomness that all of a process shares: a training that goes on after a stop would draw others.
    """

    passes: Tensor

    def __init__(self, place: int = 0) -> None:
        super().__init__()
        self._place = place
        self.register_buffer("passes", torch.zeros((), dtype=torch.int64))

    def reset_parameters(self) -> None:
        """Begin to draw anew."""
        self.passes.zero_()

    def _draw(self, like: Tensor) -> Tensor:
        """Return numbers in [0, 1) of the shape of ``like``."""
        rng = torch.Generator(like.device).manual_seed(int(self.passes) * _BETWEEN + self._place)
        self.passes += 1
        return torch.rand(like.shape, generator=rng, device=like.device)


class Dropout(DrawingLayer):
    """Sets a share of the numbers to 0 in training, and enlarges the others so that their mean stays (Srivastava et al. 2014).

    Args:
        share: of the numbers.
        place: of the layer in its network; others draw other numbers.
    """

    def __init__(self, share: float, place: int = 0) -> None:
        super().__init__(place)
        self._share = share

    def forward(self, x: Tensor) -> Tensor:
        """Return a tensor of the shape of ``x``."""
        if not self.training:
            return x
        return x * (self._draw(x) >= self._share) / (1 - self._share)


class RandomLeakyReLU(DrawingLayer):
    """A leaky rectifier whose slope below 0 is drawn for each number from U(1/8, 1/3) in training, and their mean after (Xu et al. 2015)."""

    def forward(self, x: Tensor) -> Tensor:
        """Return a tensor of the shape of ``x``."""
        if not self.training:
            return F.leaky_relu(x, (_LEAST_SLOPE + _MOST_SLOPE) / 2)
        slopes = _LEAST_SLOPE + (_MOST_SLOPE - _LEAST_SLOPE) * self._draw(x)
        return torch.where(x >= 0, x, x * slopes)


ACTIVATIONS: dict[DrawnActivation, Callable[[], nn.Module]] = {
    "linear": nn.Identity,
    "relu": nn.ReLU,
    "leaky-relu": lambda: nn.LeakyReLU(0.2),
    "rrelu": RandomLeakyReLU,
    "prelu": nn.PReLU,
    "elu": nn.ELU,
    "tanh": nn.Tanh,
}
"""By name; each call makes a new layer."""
