"""Differentiable augmentation: the critic sees real and generated images through the same random changes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import torch
from torch import Tensor

from components.training.distributed.ranks import ALONE, Ranks

__all__ = ["Augmentation", "augment"]

Augmentation = Literal["colour", "shift", "cutout"]

_FARTHEST_SHIFT = 1 / 8
_CUTOUT = 1 / 2


def augment(
    images: Tensor, kinds: Sequence[Augmentation], rng: torch.Generator, ranks: Ranks = ALONE
) -> Tensor:
    """Return ``images`` (N, C, H, W), each changed in its own random way (Zhao et al. 2020, section 4).

    Every change is differentiable with respect to the images, and none looks at what they show; so a
    generator learns the images themselves and not their changed forms.

    Args:
        images: in [-1, 1]; colours may leave the range.
        kinds: what to do: brightness, saturation and contrast; a shift by up to an eighth of the side, black
            where nothing is; a square of half the side cut out.
        rng: on the device of ``images``.
        ranks: of whose whole batch ``images`` are this rank's share.
    """
    # half precision would round the pixels, of the real images too
    with torch.autocast(images.device.type, enabled=False):
        images = images.float()
        for kind in kinds:
            images = _CHANGES[kind](images, rng, ranks)
    return images


def _change_colour(images: Tensor, rng: torch.Generator, ranks: Ranks) -> Tensor:
    n = ranks.count * len(images)
    drawn = torch.rand(3, n, 1, 1, 1, generator=rng, device=images.device)
    brightness, saturation, contrast = ranks.rows(drawn, dim=1)
    # one factor for the difference from the pixel's grey, one for that of the grey from the image's mean
    grey = images.mean(1, keepdim=True)  # (N, C, H, W) -> (N, 1, H, W)
    mean = grey.mean((2, 3), keepdim=True)
    contrast = contrast + 0.5
    coloured = (images - grey) * (2 * saturation * contrast)
    changed: Tensor = coloured + (grey - mean) * contrast + (mean + brightness - 0.5)
    return changed


def _shift(images: Tensor, rng: torch.Generator, ranks: Ranks) -> Tensor:
    _, _, height, width = images.shape
    rows = _shifted_rows(height, images, rng, ranks)
    columns = _shifted_rows(width, images, rng, ranks)
    # as two products of matrices of 0 and 1, whose gradient is as cheap as they are
    return rows @ images @ columns.mT  # (N, 1, H, H) (N, C, H, W) (N, 1, W, W)


def _shifted_rows(side: int, images: Tensor, rng: torch.Generator, ranks: Ranks) -> Tensor:
    """Return 0/1 matrices (N, 1, side, side) that shift each image's rows by a random number."""
    most = int(side * _FARTHEST_SHIFT + 0.5)
    n = ranks.count * len(images)
    by = ranks.rows(torch.randint(-most, most + 1, (n, 1, 1), generator=rng, device=images.device))
    place = torch.arange(side, device=images.device)
    return (place[None, :, None] == place[None, None, :] + by).to(images.dtype)[:, None]


def _cut_out(images: Tensor, rng: torch.Generator, ranks: Ranks) -> Tensor:
    n, _, *sides = images.shape
    n *= ranks.count
    inside = []
    for side in sides:
        length = int(side * _CUTOUT + 0.5)
        drawn = torch.randint(0, side + (1 - length % 2), (n, 1), generator=rng, device=images.device)
        centre = ranks.rows(drawn)
        place = torch.arange(side, device=images.device)
        inside.append((place >= centre - length // 2) & (place < centre - length // 2 + length))
    rows, columns = inside
    return images * ~(rows[:, None, :, None] & columns[:, None, None, :])


_CHANGES: Mapping[Augmentation, Callable[[Tensor, torch.Generator, Ranks], Tensor]] = {
    "colour": _change_colour,
    "shift": _shift,
    "cutout": _cut_out,
}
