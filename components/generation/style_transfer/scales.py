"""Coarse to fine: at which sizes an image is made, and how many steps each of them gets."""

from collections.abc import Sequence
from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor

__all__ = ["SHORTEST", "Scale", "plan_scales", "resized", "side_at"]

SHORTEST = 16
"""Shorter side in pixels at which the deepest maps have one value left."""


class Scale(NamedTuple):
    """A size, and the steps there."""

    side: int
    """Longer side in pixels."""
    steps: int


def plan_scales(size: int, smallest: int, steps: int) -> Sequence[Scale]:
    """Return the scales from ``smallest`` to ``size``, each at most twice as large as the one before, and the steps of each.

    All get the same share of ``steps``, the coarsest what is left over. Where there are fewer steps than scales, the coarsest are
    left out.

    >>> [tuple(each) for each in plan_scales(512, 128, 70)]
    [(128, 24), (256, 23), (512, 23)]
    """
    count = 1
    while min(smallest, size) * 2 ** (count - 1) < size:
        count += 1
    ratio = (size / min(smallest, size)) ** (1 / max(1, count - 1))
    sides = [round(size / ratio**behind) for behind in reversed(range(min(count, steps)))]
    given, left = divmod(steps, len(sides))
    return [Scale(side, given + (number < left)) for number, side in enumerate(sides)]


def side_at(image: Tensor, factor: float) -> tuple[int, int]:
    """Return height and width of ``image`` (N, C, H, W) times ``factor``, no side below `SHORTEST`, or its own where it is shorter."""
    height, width = (max(min(SHORTEST, side), round(side * factor)) for side in image.shape[2:])
    return height, width


def resized(image: Tensor, side: tuple[int, int]) -> Tensor:
    """Return ``image`` (N, C, H, W) at another height and width; where it shrinks, what is too fine is filtered out."""
    if tuple(image.shape[2:]) == side:
        return image
    return F.interpolate(image, side, mode="bicubic", antialias=True, align_corners=False)
