"""Sliced Wasserstein distance of patches at several scales (Karras et al. 2018, section 5)."""

from collections.abc import Mapping, Sequence
from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor

from components.evaluation.sets import Measurement, PictureSets, Tell
from interfaces.ports import RunFolder

__all__ = ["SlicedWasserstein", "laplacian_pyramid", "patches", "sliced_distance"]

_PATCH = 7
_SMALLEST = 16
_CHUNK = 256
_SLICES = 32  # projections sorted at a time


@final
class SlicedWasserstein:
    """Compares 7x7 patches of a Laplacian pyramid along random directions, scale by scale, times 1000.

    As in Karras et al. (2018): each channel of the patches is normalised in each set by itself, so that a shift of
    all colours does not show, but structure does. The paper takes 128 patches of each of 16,384 pictures and 512
    directions; fewer patches raise all numbers alike, the floor too.

    Args:
        per_picture: patches of each picture and scale.
        directions: random projections.
        seed: of the places of the patches and of the directions.
    """

    def __init__(self, *, per_picture: int = 64, directions: int = 128, seed: int = 0) -> None:
        self._per_picture = per_picture
        self._directions = directions
        self._seed = seed

    def measure(self, sets: PictureSets, folder: RunFolder, tell: Tell) -> Sequence[Measurement]:
        """Return one distance for each scale, finest first, and their mean."""
        what = "sliced Wasserstein distance"
        descriptors = []
        for done, images in enumerate((sets.generated, sets.pictures(sets.real), sets.pictures(sets.other))):
            tell(f"{what}: patches", done, 3)
            descriptors.append(patches(images, self._per_picture, self._seed + done))
        found = []
        for done, scale in enumerate(descriptors[0]):
            tell(what, done, len(descriptors[0]))
            generated, real, other = (sample[scale] for sample in descriptors)
            value, floor = (
                1000 * sliced_distance(sample, real, self._directions, self._seed)
                for sample in (generated, other)
            )
            found.append(self._result(f"swd_{scale}", f"{what} at {scale} px, x1000", value, floor))
        tell(what, len(found), len(found))
        value, floor = (
            sum(numbers) / len(found)
            for numbers in ([m.value for m in found], [m.floor or 0.0 for m in found])
        )
        return [*found, self._result("swd_mean", f"{what}, mean of the scales, x1000", value, floor)]

    def _result(self, key: str, name: str, value: float, floor: float) -> Measurement:
        protocol = f"Karras et al. 2018: {_PATCH}x{_PATCH} patches of a Laplacian pyramid"
        return Measurement(
            key, name, value, "lower", floor=floor,
            details={
                "protocol": protocol, "patches_per_picture": self._per_picture,
                "directions": self._directions, "seed": self._seed,
            },
        )  # fmt: skip


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
    top = torch.randint(height - _PATCH + 1, (len(picture), 1, 1), generator=rng)
    left = torch.randint(width - _PATCH + 1, (len(picture), 1, 1), generator=rng)
    steps = torch.arange(_PATCH)
    # picked at (N·P, 7, 7) places, with the channels behind: (N·P, 7, 7, C) -> (N·P, C, 7, 7)
    return band.permute(0, 2, 3, 1)[picture, top + steps[:, None], left + steps].permute(0, 3, 1, 2)


def _normalised(cuts: Tensor) -> Tensor:
    deviation, mean = torch.std_mean(cuts, dim=(0, 2, 3), keepdim=True, correction=0)
    return ((cuts - mean) / deviation.clamp_min(1e-8)).flatten(1)


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
