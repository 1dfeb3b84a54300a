"""Reads a picture file whole: its pixels to the last bit, and what it carries besides."""

import io
import sys
import warnings
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

import numpy as np
import torch
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError
from PIL.ImageFile import ImageFile
from torch import Tensor

from components.imaging.attachments import read_attachments
from interfaces.attachments import Attachments
from interfaces.errors import DataError

__all__ = ["PictureFile", "read_picture"]

_GREY_MODES = {"1", "L", "LA", "La", "I"}
_DEEP_GREY = "LA;16B"
"""Pillow's name for grey with opacity, two bytes each."""


@dataclass(frozen=True)
class PictureFile:
    """A picture as it was in its file, the right way up."""

    image: Tensor
    """float32 (1, 3, H, W) in [-1, 1]; grey pictures repeat their channel."""
    alpha: Tensor | None
    """float32 (1, 1, H, W) in [0, 1], or None where every pixel is opaque."""
    format: str
    """Pillow's name for it: ``PNG``, ``JPEG``, …"""
    bits: Literal[8, 16]
    """Of each channel."""
    is_grey: bool
    attachments: Attachments
    sha256: str
    """Of the file."""


def read_picture(content: bytes) -> PictureFile:
    """Return the picture in a file's ``content``.

    8 and 16 bit, grey, palette, RGB, with or without alpha, of any format that Pillow reads; CMYK becomes sRGB by the
    profile that is embedded, and by the plain formula where there is none.

    Raises:
        DataError: it is no picture, damaged, an animation, too large, or of a kind of numbers whose range is unknown.
    """
    try:
        return _read(content)
    except DataError:
        raise
    except UnidentifiedImageError as error:
        raise DataError(
            "cannot be read as a picture: it is empty, damaged, or of an unknown format"
        ) from error
    # Pillow's readers raise nearly anything on damaged files
    except Exception as error:
        raise DataError(f"cannot be read as a picture: {error}") from error


def _read(content: bytes) -> PictureFile:
    with _open(content) as opened:
        frames = getattr(opened, "n_frames", 1)
        # a phone's JPEG may carry a second view or a depth map behind the picture: that is no animation
        if frames > 1 and opened.format != "MPO":
            raise DataError(
                f"wanted a still picture, got an animation of {frames} frames; save the frames as files of their own"
            )
        is_deep = opened.mode in ("RGB", "RGBA") and ";16" in str(opened.tile)
        is_grey = (
            opened.mode in _GREY_MODES or opened.mode.startswith("I;16") or _DEEP_GREY in str(opened.tile)
        )
        upright = ImageOps.exif_transpose(opened)
        values = _deep_values(content, upright) if is_deep else _values(upright)
        attachments = read_attachments(opened, upright)
        bits: Literal[8, 16] = 16 if is_deep or opened.mode.startswith("I") else 8
        tensor = torch.from_numpy(values).permute(2, 0, 1)[None]  # (H, W, 4) -> (1, 4, H, W)
        alpha = tensor[:, 3:].contiguous()
        return PictureFile(
            image=(tensor[:, :3] * 2 - 1).clamp(-1, 1).contiguous(),
            alpha=None if bool((alpha == 1).all()) else alpha,
            format=opened.format or "",
            bits=bits,
            is_grey=is_grey,
            attachments=attachments,
            sha256=sha256(content).hexdigest(),
        )


def _open(content: bytes) -> ImageFile:
    with warnings.catch_warnings():
        # above 89 million pixels Pillow warns, above twice as many it raises
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        return Image.open(io.BytesIO(content))


def _values(image: Image.Image) -> np.ndarray:
    """Return float32 (H, W, 4) in [0, 1]: red, green, blue, opacity."""
    if image.mode == "F":
        raise DataError("wanted 8 or 16 bit whole numbers, got floating-point pixels of unknown range")
    if image.mode == "CMYK":
        image = _to_srgb(image)
    if not image.mode.startswith("I"):
        return np.asarray(image.convert("RGBA"), dtype=np.float32) / np.float32(255)
    grey = np.asarray(image, dtype=np.float32)[..., None]
    low, high = float(grey.min()), float(grey.max())
    if low < 0 or high > 65535:
        raise DataError(f"wanted 8 or 16 bit whole numbers, got pixels of {low:.0f} to {high:.0f}")
    grey = grey / np.float32(65535)
    return np.concatenate([grey, grey, grey, np.ones_like(grey)], axis=2)


def _to_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if not profile:
        return image.convert("RGB")
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        made = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (OSError, ImageCms.PyCMSError) as error:
        raise DataError(f"the colour profile of its CMYK pixels is damaged: {error}") from error
    assert made is not None, "it is not done in place"  # noqa: S101  # told to the type checker
    return made


def _deep_values(content: bytes, upright: Image.Image) -> np.ndarray:
    """Return float32 (H, W, 4) in [0, 1] of colours of 16 bit, of which Pillow shows the upper eight alone.

    Read a second time as if the two bytes of each number were in the other order, it shows the lower ones; grey with
    opacity is read as if its four bytes were red, green, blue and opacity.
    """
    with _open(content) as other:
        if _DEEP_GREY in str(other.tile):
            other.tile = [tile._replace(args="RGBA") for tile in other.tile]
            high_and_low = np.asarray(ImageOps.exif_transpose(other), dtype=np.float32)
            two = (high_and_low[..., ::2] * 256 + high_and_low[..., 1::2]) / np.float32(65535)
            return two[..., [0, 0, 0, 1]]
        other.tile = [tile._replace(args=_other_order(tile.args)) for tile in other.tile]
        low = np.asarray(ImageOps.exif_transpose(other), dtype=np.float32)
    both = np.asarray(upright, dtype=np.float32) * np.float32(256) + low
    colours = both / np.float32(65535)
    return colours if colours.shape[2] == 4 else np.pad(colours, ((0, 0), (0, 0), (0, 1)), constant_values=1)


def _other_order(arguments: Any) -> Any:
    """Return the arguments of one of Pillow's decoders with the bytes of 16-bit numbers swapped."""
    if isinstance(arguments, tuple):
        return tuple(_other_order(each) for each in arguments)
    if not isinstance(arguments, str):
        return arguments
    native = ";16B" if sys.byteorder == "little" else ";16L"
    for order, other in ((";16B", ";16L"), (";16L", ";16B"), (";16N", native)):
        if arguments.endswith(order):
            return arguments.removesuffix(order) + other
    return arguments
