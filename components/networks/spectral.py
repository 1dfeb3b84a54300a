"""Convolutions whose largest singular value is one."""

from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["SpectralConv2d"]

_EPSILON = 1e-12
_FIRST_ITERATIONS = 16


@final
class SpectralConv2d(nn.Module):
    """A convolution with its weight, as a matrix (out, in*k*k), divided by its largest singular value.

    Miyato et al. 2018, algorithm 1: one power iteration for every pass in training mode. The vector that it
    goes on from lies in the state; pass a whole step's images at once, so that there is one iteration a step.
    """

    left: Tensor

    def __init__(self, before: int, after: int, kernel: int, stride: int = 1, padding: int = 0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(after, before, kernel, kernel))
        self.bias = nn.Parameter(torch.empty(after))
        self.register_buffer("left", torch.empty(after))
        self._stride = stride
        self._padding = padding

    def forward(self, images: Tensor) -> Tensor:
        """Return (N, after, h, w) for ``images`` (N, before, H, W)."""
        return F.conv2d(
            images, self.weight / self.largest_singular_value(), self.bias, self._stride, self._padding
        )

    def largest_singular_value(self) -> Tensor:
        """Return the present estimate, a scalar that depends on the weight; a pass in training mode betters it.

        It is float32 whatever autocast does: in bfloat16 the vector would have three digits, and so would each weight.
        """
        matrix = self.weight.flatten(1)  # (out, in, k, k) -> (out, in*k*k)
        with torch.autocast(matrix.device.type, enabled=False):
            with torch.no_grad():
                right = _unit(matrix.T @ self.left)
                if self.training:
                    # a new tensor: the backward pass of an earlier forward pass still needs the old one
                    self.left = _unit(matrix @ right)
            return self.left @ (matrix @ right)

    @torch.no_grad()
    def reset(self, rng: torch.Generator) -> None:
        """Begin the power iteration anew, for a weight that was just drawn."""
        self.left = _unit(torch.randn(len(self.left), generator=rng))
        matrix = self.weight.flatten(1)
        for _ in range(_FIRST_ITERATIONS):
            self.left = _unit(matrix @ (matrix.T @ self.left))


def _unit(vector: Tensor) -> Tensor:
    return F.normalize(vector, dim=0, eps=_EPSILON)
