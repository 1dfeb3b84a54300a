"""What is done to the pictures before the algorithm, and to the image after it."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from components.generation.style_transfer.composition import composed
from components.generation.style_transfer.denoising import denoised
from components.generation.style_transfer.original_colours import grey_pictures, with_colours
from components.imaging.alpha_fill import fill_clear
from components.imaging.picture_file import PictureFile
from interfaces.errors import DataError
from interfaces.igs import Stylize

__all__ = ["Prepared", "check_pictures", "prepare"]

SMALLEST_STYLE = 32
"""Shorter side of a style picture in pixels; below it the deepest maps have nothing in them."""
SMALLEST_IMAGE = 16
"""Shorter side of the image in pixels: what one pixel of the deepest maps sees."""

_NONE = 0.5 / 255
"""Half a step of eight bits."""


@dataclass(frozen=True)
class Prepared:
    """The pictures of one image, as the algorithm takes them (see `Task`)."""

    content: Tensor
    styles: tuple[Tensor, ...]
    regions: tuple[Tensor, ...]
    alpha: Tensor | None
    """float32 (1, 1, H, W) in [0, 1]: the opacity of the content at the size of the image; None where it is opaque."""
    colours: Tensor | None
    """float32 (1, 3, H, W) in [-1, 1]: the picture whose colours the image shall have; None where it has those of the styles."""
    settings: Stylize

    def finish(self, image: Tensor) -> Tensor:
        """Return the algorithm's image with what comes after it, float32 (1, 3, H, W) in [-1, 1]."""
        if self.colours is not None:
            image = with_colours(image, self.colours)
        return denoised(image.clamp(-1, 1), self.settings.denoise_after)


def prepare(
    settings: Stylize,
    content: PictureFile,
    styles: Sequence[PictureFile],
    masks: Sequence[PictureFile],
    name: str = "the content",
) -> Prepared:
    """Return the pictures at the sizes at which the algorithm takes them.

    What is clear in the content has the colours around it while the algorithm works, and is clear again in the image. Of a style picture
    counts what is opaque: it is cut to the smallest rectangle around that, and what is clear within is white.

    Args:
        settings: what is to be made.
        content: the picture of the content.
        styles: those of the styles.
        masks: where each style goes, or none.
        name: of the content, for an error.

    Raises:
        DataError: as `check_pictures` says, or the masks are black in all that is left of the picture.
    """
    check_pictures(settings, content, styles, masks, name)
    whole = composed(fill_clear(content.image, content.alpha), settings)
    side = _side(whole, settings)
    picture = _clean(whole, side, settings.denoise_before)
    regions = tuple(_region(composed(each.image, settings), side) for each in masks)
    if regions and not any(bool(each.any()) for each in regions):
        raise DataError(f"{name}: wanted masks with white in what is left of the picture, got only black")
    seen = tuple(_beside(_opaque(each), settings) for each in styles)
    grey = grey_pictures(picture, seen) if settings.original_colours else None
    return Prepared(
        content=grey[0] if grey else picture,
        styles=grey[1] if grey else seen,
        regions=regions,
        alpha=None
        if content.alpha is None
        else _resized(composed(content.alpha, settings), side).clamp(0, 1),
        colours=picture if grey else None,
        settings=settings,
    )


def check_pictures(
    settings: Stylize,
    content: PictureFile,
    styles: Sequence[PictureFile],
    masks: Sequence[PictureFile],
    name: str = "the content",
) -> None:
    """Return if an image can be made of these pictures; this takes no time beside `prepare`, whose arguments it has.

    Raises:
        DataError: a style picture is too small or wholly clear, a mask is not as large as the content or all are black, or the
            content is so elongated that nothing is left of its shorter side.
    """
    for number, mask in enumerate(masks, 1):
        if mask.image.shape[2:] != content.image.shape[2:]:
            raise DataError(
                f"mask {number}: wanted it as large as the content, {_size(content.image)}, got {_size(mask.image)}"
            )
    if masks and all(float(each.image.amax()) <= -1 for each in masks):
        raise DataError("masks: wanted white where a style goes, got only black")
    for number, style in enumerate(styles, 1):
        _check_style(style, f"style {number} ({settings.styles[number - 1].name})")
    # only quarters change the frame, and turning by less takes long
    quarters = settings.model_copy(update={"rotate": 90.0 * round(settings.rotate / 90)})
    whole = composed(content.image[:, :1].bool(), quarters)
    side = _side(whole, settings)
    if min(side) < SMALLEST_IMAGE:
        height, width = whole.shape[2:]
        least = -(-SMALLEST_IMAGE * max(height, width) // min(height, width))
        raise DataError(
            f"{name}: wanted at least {SMALLEST_IMAGE} px each way of the image, got {side[1]}x{side[0]} of a picture of "
            f"{_size(whole)}; make it larger (size {least}), or crop it"
        )


def _check_style(picture: PictureFile, name: str) -> None:
    if picture.alpha is not None and not bool(picture.alpha.any()):
        raise DataError(f"{name}: wanted a picture that can be seen, got one that is wholly clear")
    image = _opaque(picture)
    if min(image.shape[2:]) < SMALLEST_STYLE:
        raise DataError(f"{name}: wanted at least {SMALLEST_STYLE} px each way, got {_size(image)}")


def _side(image: Tensor, settings: Stylize) -> tuple[int, int]:
    """Return height and width of the image: its longer side is that of the settings."""
    height, width = image.shape[2:]
    scale = settings.size / max(height, width)
    return max(1, round(height * scale)), max(1, round(width * scale))


def _clean(image: Tensor, side: tuple[int, int], strength: float) -> Tensor:
    """Return the image at its size without noise, which is looked for where the image is smaller: enlarged, it is none any more."""
    if side[0] > image.shape[2]:
        return _resized(denoised(image, strength), side)
    return denoised(_resized(image, side), strength)


def _region(mask: Tensor, side: tuple[int, int]) -> Tensor:
    """Return where a mask is white, float32 (1, 1, H, W) in [0, 1]."""
    share = _resized(mask, side).mean(1, keepdim=True) * 0.5 + 0.5
    # what resizing leaves of black is no region, and of white no gap
    return torch.where(share < _NONE, 0.0, torch.where(share > 1 - _NONE, 1.0, share))


def _opaque(picture: PictureFile) -> Tensor:
    """Return what is opaque of a picture, in the smallest rectangle around that, with white where it is clear within."""
    if picture.alpha is None:
        return picture.image
    rows, columns = ((picture.alpha > 0).any(axis).flatten().nonzero() for axis in (3, 2))
    laid = picture.image * picture.alpha + (1 - picture.alpha)
    return laid[:, :, int(rows[0]) : int(rows[-1]) + 1, int(columns[0]) : int(columns[-1]) + 1]


def _beside(style: Tensor, settings: Stylize) -> Tensor:
    """Return a style picture at the size beside the image that the settings say.

    That is as much larger as keeps the shorter side of a very elongated one from vanishing.
    """
    height, width = style.shape[2:]
    scale = settings.size * settings.style_scale / max(height, width)
    scale = max(scale, SMALLEST_STYLE / min(height, width))
    return _resized(style, (round(height * scale), round(width * scale)))


def _size(image: Tensor) -> str:
    height, width = image.shape[2:]
    return f"{width}x{height}"


def _resized(images: Tensor, side: tuple[int, int]) -> Tensor:
    """Return images at another size; where they shrink, what is too fine is filtered out."""
    if tuple(images.shape[2:]) == side:
        return images.contiguous()
    return torch.nn.functional.interpolate(
        images, side, mode="bicubic", antialias=True, align_corners=False
    ).clamp(-1, 1)
