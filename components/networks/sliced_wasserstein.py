"""Patches of pictures at several scales, and the Wasserstein distance of two sets along random directions."""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["PATCH", "laplacian_pyramid", "patches", "sliced_distance"]

PATCH = 7
"""Side of a patch in pixels."""
_SMALLEST = 16
_LEAST_DEVIATION = 1e-3
"""Of 255 steps: less is the rounding of float32, which would be blown up to a difference where all pictures are flat."""
_CHUNK = 256
_SLICES = 32  # projections sorted at a time


def laplacian_pyramid(images: Tensor) -> list[Tensor]:
    """Return the band-pass images of halving size, from the finest to at least 16 pixels (Burt & Adelson 1983).

    Args:
        images: float (N, C, S, S).

    Returns:
        (N, C, S, S), (N, C, S/2, S/2), …; the last one holds what is left of the picture itself.
    """
    bands = []
    while images.shape[-1] // 2 >= _SMALLEST:
        smaller = _blur(images)[:, :, ::2, ::2]
        enlarged = torch.zeros_like(images)
        enlarged[:, :, ::2, ::2] = smaller * 4  # three of four places are empty
        bands.append(images - _blur(enlarged))
        images = smaller
    return [*bands, images]


def _blur(images: Tensor) -> Tensor:
    channels = images.shape[1]
    taps = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0], dtype=images.dtype) / 16
    kernel = torch.outer(taps, taps).expand(channels, 1, 5, 5)
    return F.conv2d(F.pad(images, (2, 2, 2, 2), mode="reflect"), kernel, groups=channels)


def patches(images: Tensor, per_picture: int, seed: int) -> Mapping[int, Tensor]:
    """Return patches of random places at every scale, each channel with mean 0 and deviation 1.

    Args:
        images: uint8 (N, C, S, S), S at least 7.
        per_picture: patches of each picture and scale.
        seed: of the places.

    Returns:
        By side of the scale: float32 (N·per_picture, C·7·7).
    """
    rng = torch.Generator().manual_seed(seed)
    taken: dict[int, list[Tensor]] = {}
    for chunk in images.split(_CHUNK):
        for band in laplacian_pyramid(chunk.float()):
            taken.setdefault(band.shape[-1], []).append(_cut(band, per_picture, rng))
    return {side: _normalised(torch.cat(cuts)) for side, cuts in taken.items()}


def _cut(band: Tensor, per_picture: int, rng: torch.Generator) -> Tensor:
    n, _, height, width = band.shape
    picture = torch.arange(n).repeat_interleave(per_picture)[:, None, None]  # (N·P, 1, 1)
    top = torch.randint(height - PATCH + 1, (len(picture), 1, 1), generator=rng)
    left = torch.randint(width - PATCH + 1, (len(picture), 1, 1), generator=rng)
    steps = torch.arange(PATCH)
    # picked at (N·P, 7, 7) places, with the channels behind: (N·P, 7, 7, C) -> (N·P, C, 7, 7)
    return band.permute(0, 2, 3, 1)[picture, top + steps[:, None], left + steps].permute(0, 3, 1, 2)


def _normalised(cuts: Tensor) -> Tensor:
    deviation, mean = torch.std_mean(cuts, dim=(0, 2, 3), keepdim=True, correction=0)
    return ((cuts - mean) / deviation.clamp_min(_LEAST_DEVIATION)).flatten(1)


def sliced_distance(a: Tensor, b: Tensor, directions: int, seed: int) -> float:
    """Return the mean Wasserstein-1 distance of ``a`` and ``b`` along random directions (Rabin et al. 2011).

    Args:
        a: float32 (M, D).
        b: float32 (M, D), as many.
        directions: how many, drawn evenly from the sphere.
        seed: of the directions.

    >>> points = torch.eye(3)
    >>> sliced_distance(points, points.flip(0), 8, 0)
    0.0
    """
    rng = torch.Generator().manual_seed(seed)
    units = F.normalize(torch.randn(directions, a.shape[1], generator=rng), dim=1)
    total = 0.0
    for some in units.split(_SLICES):
        gaps = (some @ a.T).sort(dim=1).values - (some @ b.T).sort(dim=1).values  # (slices, M)
        total += gaps.abs().mean(dim=1).sum().item()
    return total / directions
