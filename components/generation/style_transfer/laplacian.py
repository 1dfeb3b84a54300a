"""Steps in a Laplacian pyramid: coarse shapes and colours move as easily as single pixels."""

from collections.abc import Mapping, Sequence
from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor

from components.generation.style_transfer.steppers import Stepper

__all__ = ["LaplacianStepper", "collapsed"]

_LEVELS = 5


@final
class LaplacianStepper:
    """Moves an image by moving the levels of its Laplacian pyramid (Burt & Adelson 1983).

    The image is a linear function of the levels. So the levels need not be kept: their gradient is that of the image brought back
    through that function, and their move is brought to the image by it.

    Args:
        inner: moves the levels.
    """

    def __init__(self, inner: Stepper) -> None:
        self._inner = inner

    def step(self, image: Tensor, gradient: Tensor, done: float) -> Tensor:
        """Return the next image (1, C, H, W)."""
        sides = _sides(image)
        with torch.enable_grad():
            levels = [image.new_zeros((*image.shape[:2], *side)).requires_grad_() for side in sides]
            gradients = torch.autograd.grad(collapsed(levels), levels, gradient)
        flat = torch.cat([each.flatten() for each in gradients])
        moves = self._inner.step(torch.zeros_like(flat), flat, done)
        parts = moves.split([each.numel() for each in levels])
        return image + collapsed([part.view_as(each) for part, each in zip(parts, levels, strict=True)])

    def renew(self) -> None:
        """Know that the next gradients are those of another loss."""
        self._inner.renew()

    def state(self) -> dict[str, Tensor]:
        """Return what decides the next steps."""
        return self._inner.state()

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a `state`."""
        self._inner.restore(state)


def collapsed(levels: Sequence[Tensor]) -> Tensor:
    """Return the image of a pyramid's ``levels``, the finest first: each is enlarged and the next finer one added."""
    image = levels[-1]
    for level in reversed(levels[:-1]):
        image = F.interpolate(image, level.shape[2:], mode="bilinear", align_corners=False) + level
    return image


def _sides(image: Tensor) -> list[tuple[int, int]]:
    """Return height and width of each level, halved from one to the next."""
    height, width = image.shape[2:]
    return [(max(1, height >> level), max(1, width >> level)) for level in range(_LEVELS)]
