"""Test-time augmentation: the mean of what a network makes of a picture's eight symmetries."""

from collections.abc import Callable
from itertools import product

import torch
from torch import Tensor

__all__ = ["VIEWS", "averaged"]

VIEWS = 8
"""How often the network runs for one picture."""


def averaged(network: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """Return a network that gives the mean over the four flips of a picture and of the picture transposed.

    The eight together are the symmetries of the square (Timofte et al., 2016, "Seven ways to improve example-based
    single image super resolution", section 3.6). What depends on the direction of a pattern averages out, and so
    do artefacts: softer, and truer to the input.

    Args:
        network: (B, 3, h, w) → (B, 3, scale·h, scale·w), the sides in either order.
    """

    def mean(tiles: Tensor) -> Tensor:
        total: Tensor | None = None
        for flips, transposed in product(((), (2,), (3,), (2, 3)), (False, True)):
            seen = tiles.transpose(2, 3) if transposed else tiles
            made = network(seen.flip(flips).contiguous(memory_format=torch.channels_last)).flip(flips)
            made = made.transpose(2, 3) if transposed else made
            total = made if total is None else total + made
        assert total is not None, "there are eight of them"  # noqa: S101  # told to the type checker
        return total / VIEWS

    return mean
