"""What XMP says of the picture's place and size, set in its bytes; all else stays as it was written."""

import re

__all__ = ["fit_xmp", "orientation_of_xmp"]

_NUMBER = rb"""(%s\s*(?:=\s*["']|>)\s*)(\d+)"""
"""As an attribute or as an element."""
_ORIENTATION = re.compile(_NUMBER % rb"\btiff:Orientation")
_WIDTH = re.compile(_NUMBER % rb"\b(?:exif:PixelXDimension|tiff:ImageWidth)")
_HEIGHT = re.compile(_NUMBER % rb"\b(?:exif:PixelYDimension|tiff:ImageLength)")
_COLOUR_SPACE = re.compile(_NUMBER % rb"\bexif:ColorSpace")
_PROFILE = re.compile(rb"""(\bphotoshop:ICCProfile\s*(?:=\s*["']|>))([^<"']*)""")
_SRGB = b"sRGB IEC61966-2.1"


def orientation_of_xmp(xmp: bytes) -> int:
    """Return how a picture lies by its XMP, 1 (upright) to 8; 0 where that does not say so."""
    found = _ORIENTATION.search(xmp)
    number = int(found.group(2)[:3]) if found else 0
    return number if number in range(1, 9) else 0


def fit_xmp(xmp: bytes, *, size: tuple[int, int] | None = None, is_converted: bool = False) -> bytes:
    """Return ``xmp`` as it is, but of a picture that stands upright.

    Args:
        xmp: the packet.
        size: width and height that it shall say where it says any.
        is_converted: whether the colours have become sRGB.
    """
    fitted = _ORIENTATION.sub(rb"\g<1>1", xmp)
    if size is not None:
        fitted = _WIDTH.sub(rb"\g<1>%d" % size[0], fitted)
        fitted = _HEIGHT.sub(rb"\g<1>%d" % size[1], fitted)
    if is_converted:
        fitted = _COLOUR_SPACE.sub(rb"\g<1>1", fitted)
        fitted = _PROFILE.sub(rb"\g<1>" + _SRGB, fitted)
    return fitted
