"""Changes of the content's composition: mirrored, turned, cropped, extended; for all that goes with it alike."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from interfaces.crop import crop_box
from interfaces.igs import Stylize

__all__ = ["composed"]

_EXACT = 1e-9


def composed(images: Tensor, settings: Stylize) -> Tensor:
    """Return what `Stylize` says of the composition: flip, then rotate, crop and canvas.

    The same call on picture, opacity and masks keeps them in register: where a pixel goes depends on the size alone.

    Args:
        images: float32 (N, C, H, W).
        settings: of which ``flip``, ``rotate``, ``crop`` and ``canvas`` are read.

    Returns:
        float32 (N, C, h, w), of which no value is beyond those of ``images``; ``images`` itself where nothing changes.
    """
    changes: tuple[Callable[[Tensor], Tensor], ...] = (
        lambda found: _flipped(found, settings.flip),
        lambda found: _turned(found, settings.rotate),
        lambda found: _cropped(found, settings.crop),
        lambda found: _extended(found, settings.canvas),
    )
    for change in changes:
        images = change(images)
    return images


def _flipped(images: Tensor, flip: str) -> Tensor:
    axes = {"none": (), "horizontal": (3,), "vertical": (2,), "both": (2, 3)}[flip]
    return images.flip(axes) if axes else images


def _turned(images: Tensor, degrees: float) -> Tensor:
    """Return images turned counter-clockwise: by quarters with their frame and exactly, by the rest within the frame."""
    quarters = round(degrees / 90)
    rest = degrees - 90 * quarters
    images = torch.rot90(images, quarters, (2, 3)) if quarters % 4 else images
    if abs(rest) < _EXACT:
        return images
    height, width = images.shape[2:]
    angle = math.radians(rest)
    # where each pixel comes from, in [-1, 1] of width and height, which the aspect keeps from shearing
    back = torch.tensor(
        [
            [math.cos(angle), -math.sin(angle) * height / width, 0.0],
            [math.sin(angle) * width / height, math.cos(angle), 0.0],
        ],
        dtype=images.dtype,
    )
    grid = torch.nn.functional.affine_grid(
        back[None].expand(len(images), -1, -1), list(images.shape), align_corners=False
    )
    return torch.nn.functional.grid_sample(
        images, grid, mode="bilinear", padding_mode="reflection", align_corners=False
    )


def _cropped(images: Tensor, crop: str | None) -> Tensor:
    height, width = images.shape[2:]
    box = crop and crop_box(crop, width, height)
    if not box:
        return images
    (left, right), (top, bottom) = _whole(box[0], box[2], width), _whole(box[1], box[3], height)
    return images[:, :, top:bottom, left:right]


def _whole(start: float, end: float, length: int) -> tuple[int, int]:
    """Return where a stretch begins and ends in whole pixels, at least one."""
    count = max(1, round(end - start))
    first = min(round(start), length - count)
    return first, first + count


def _extended(images: Tensor, share: float) -> Tensor:
    height, width = images.shape[2:]
    border = round(share * max(height, width))
    return images[:, :, _mirrored(height, border)][:, :, :, _mirrored(width, border)] if border else images


def _mirrored(length: int, border: int) -> Tensor:
    """Return the indices of a stretch with a border at each end that repeats it backwards, and forwards again where it is short.

    >>> _mirrored(3, 4).tolist()
    [2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0]
    """
    places = torch.arange(-border, length + border) % (2 * length)
    return torch.where(places < length, places, 2 * length - 1 - places)
