"""What is done to the pictures before the algorithm, and to the image after it."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from components.imaging.picture_file import PictureFile
from interfaces.errors import DataError
from interfaces.igs import Stylize

__all__ = ["Prepared", "prepare"]

SMALLEST_STYLE = 32
"""Shorter side of a style picture in pixels; below it the deepest maps have nothing in them."""


@dataclass(frozen=True)
class Prepared:
    """The pictures of one image, as the algorithm takes them (see `Task`)."""

    content: Tensor
    styles: tuple[Tensor, ...]
    regions: tuple[Tensor, ...]
    alpha: Tensor | None
    """float32 (1, 1, H, W) in [0, 1]: the opacity of the content at the size of the image; None where it is opaque."""
    settings: Stylize

    def finish(self, image: Tensor) -> Tensor:
        """Return the algorithm's image with what comes after it, float32 (1, 3, H, W) in [-1, 1]."""
        return image.clamp(-1, 1)


def prepare(
    settings: Stylize, content: PictureFile, styles: Sequence[PictureFile], masks: Sequence[PictureFile]
) -> Prepared:
    """Return the pictures at the sizes at which the algorithm takes them.

    Raises:
        DataError: a style picture is too small, or a mask is not as large as the content.
    """
    for number, style in enumerate(styles, 1):
        if min(style.image.shape[2:]) < SMALLEST_STYLE:
            height, width = style.image.shape[2:]
            raise DataError(
                f"style {number}: wanted at least {SMALLEST_STYLE} px each way, got {width}x{height}"
            )
    for number, mask in enumerate(masks, 1):
        if mask.image.shape[2:] != content.image.shape[2:]:
            (height, width), (wanted_height, wanted_width) = mask.image.shape[2:], content.image.shape[2:]
            raise DataError(
                f"mask {number}: wanted it as large as the content, {wanted_width}x{wanted_height}, got {width}x{height}"
            )
    height, width = content.image.shape[2:]
    scale = settings.size / max(height, width)
    side = (max(1, round(height * scale)), max(1, round(width * scale)))
    return Prepared(
        content=_resized(content.image, side),
        styles=tuple(_resized(each.image, _style_side(each.image, settings)) for each in styles),
        regions=tuple(_resized(each.image, side).mean(1, keepdim=True) * 0.5 + 0.5 for each in masks),
        alpha=None if content.alpha is None else _resized(content.alpha, side).clamp(0, 1),
        settings=settings,
    )


def _style_side(image: Tensor, settings: Stylize) -> tuple[int, int]:
    """Return height and width of a style picture whose longer side is ``style_scale`` times that of the image."""
    height, width = image.shape[2:]
    scale = settings.size * settings.style_scale / max(height, width)
    return max(SMALLEST_STYLE, round(height * scale)), max(SMALLEST_STYLE, round(width * scale))


def _resized(images: Tensor, side: tuple[int, int]) -> Tensor:
    """Return images at another size; where they shrink, what is too fine is filtered out."""
    if tuple(images.shape[2:]) == side:
        return images
    return torch.nn.functional.interpolate(
        images, side, mode="bicubic", antialias=True, align_corners=False
    ).clamp(-1, 1)
