"""Reads a picture file whole: its pixels to the last bit, and what it carries besides."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

import numpy as np
import torch
from PIL import UnidentifiedImageError
from torch import Tensor

from components.imaging.decode import Decoded, decode, in_srgb, upright
from interfaces.attachments import Attachments
from interfaces.errors import DataError
from interfaces.picture_kinds import unread_kind
from interfaces.picture_warnings import librarys_warnings

__all__ = ["PictureFile", "read_picture"]


@dataclass(frozen=True)
class PictureFile:
    """A picture as it was in its file, the right way up, its colours in sRGB."""

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

    8 and 16 bit, grey, palette, RGB, CMYK, with or without opacity, of any format that Pillow reads; numbers that a
    profile or the file itself means in another space than sRGB are turned into that.

    Raises:
        DataError: it is no picture, damaged, an animation, too large, or of a kind of numbers whose range is unknown.
    """
    try:
        with librarys_warnings():
            return _picture(in_srgb(decode(content)), content)
    except DataError:
        raise
    except UnidentifiedImageError as error:
        kind = unread_kind(content)
        raise DataError(
            f"cannot be read as a picture: it is of the format {kind}; save it as JPEG, PNG or TIFF"
            if kind
            else "cannot be read as a picture: it is empty, damaged, or of an unknown format"
        ) from error
    # the readers of damaged files raise nearly anything
    except Exception as error:
        raise DataError(f"cannot be read as a picture: {error or type(error).__name__}") from error


def _picture(decoded: Decoded, content: bytes) -> PictureFile:
    pixels = upright(decoded.pixels, decoded.orientation)
    if pixels.dtype == np.float32:
        raise DataError("wanted 8 or 16 bit whole numbers, got floating-point pixels of unknown range")
    bits: Literal[8, 16] = 8 if pixels.dtype == np.uint8 else 16
    values = pixels.astype(np.float32) / np.float32(2**bits - 1)
    tensor = torch.from_numpy(values).permute(2, 0, 1)[None]  # (H, W, C) -> (1, C, H, W)
    colours = 1 if decoded.is_grey else 3
    alpha = tensor[:, colours:].contiguous()
    return PictureFile(
        image=(tensor[:, :colours] * 2 - 1).clamp(-1, 1).expand(-1, 3, -1, -1).contiguous(),
        alpha=None if bool((alpha == 1).all()) else alpha,
        format=decoded.format,
        bits=bits,
        is_grey=decoded.is_grey,
        attachments=decoded.attachments,
        sha256=sha256(content).hexdigest(),
    )
