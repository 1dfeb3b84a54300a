"""The short way for ordinary JPEG files: from bytes to pixels in one call that lets go of the interpreter."""

from math import ceil

import numpy as np
import simplejpeg

from components.imaging.colour import is_srgb
from components.imaging.jpeg_attachments import profile_of_jpeg

__all__ = ["decode_ordinary", "read_size"]

_START = b"\xff\xd8\xff"
_MAY_TURN = (b"Exif\x00\x00", b"tiff:Orientation")
_PROFILE = b"ICC_PROFILE\x00"
_MODES = {"YCbCr": "RGB", "Gray": "GRAY"}
_FRACTIONS = (8, 4, 2)
_LEAST_SIDE = 8
"""Of a smaller picture several fractions have as many pixels, and the library takes another one than Pillow."""


def read_size(content: bytes) -> tuple[int, int, str] | None:
    """Return width, height and the name of the pixels' form of an ordinary JPEG file, None for any other file.

    Ordinary is a picture in colour or grey, in sRGB, with nothing that might turn it, whose header has no fault.
    """
    if not content.startswith(_START) or any(mark in content for mark in _MAY_TURN):
        return None
    if _PROFILE in content and not is_srgb(profile_of_jpeg(content) or b""):
        return None
    try:
        height, width, colours, _ = simplejpeg.decode_jpeg_header(content)
    except ValueError:
        return None
    return (width, height, _MODES[colours]) if colours in _MODES else None


def decode_ordinary(
    content: bytes, size: tuple[int, int, str], least: int | None
) -> tuple[np.ndarray, int] | None:
    """Return the pixels, uint8 (H, W, 1 or 3), and by what the sides were divided; None for Pillow's turn.

    That is where the file is damaged, or a part of hardly any pixels is asked for. The pixels are those that Pillow decodes, which takes twice as long.

    Args:
        content: of the file.
        size: what `read_size` found.
        least: decode at 1/2, 1/4 or 1/8 of the size where both sides keep this many pixels; None for all pixels.
    """
    width, height, mode = size
    fits = [part for part in _FRACTIONS if least is not None and min(width, height) // least >= part]
    part = fits[0] if fits else 1
    if part > 1 and min(width, height) < _LEAST_SIDE:
        return None
    wanted = ceil(height / part), ceil(width / part)
    try:
        pixels = simplejpeg.decode_jpeg(content, mode, min_height=wanted[0], min_width=wanted[1])
    except ValueError:
        return None
    return (pixels, part) if pixels.shape[:2] == wanted else None
