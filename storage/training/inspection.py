"""Whether the bytes of a file are a usable picture, by its header alone."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import simplejpeg
from PIL import Image, UnidentifiedImageError

from interfaces.errors import DataError
from interfaces.itdt import MAX_PIXELS, PICTURE_FORMATS

__all__ = ["bombs_as_errors", "check_picture"]


@contextmanager
def bombs_as_errors() -> Iterator[None]:
    """Let Pillow raise where it would warn of a decompression bomb.

    Filters of warnings belong to the whole process: enter this once around many pictures.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def check_picture(content: bytes) -> None:
    """Look at the header of a picture file; nothing is decoded.

    Raises:
        DataError: it is no picture, cut off within its header, or too large; the message is the reason.
    """
    if not content:
        raise DataError("is empty (0 bytes)")
    width, height = _jpeg_size(content) or _size(content)
    if width * height > MAX_PIXELS:
        raise DataError(f"is too large: wanted at most {MAX_PIXELS:,} pixels, got {width} x {height}")


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    """Return what Pillow finds out too, in an eighth of the time; None for no JPEG, or one with a fault."""
    if not content.startswith(b"\xff\xd8\xff"):
        return None
    try:
        height, width, *_ = simplejpeg.decode_jpeg_header(content)
    except ValueError:
        return None
    return width, height


def _size(content: bytes) -> tuple[int, int]:
    try:
        with Image.open(io.BytesIO(content), formats=PICTURE_FORMATS) as image:
            return image.size
    except UnidentifiedImageError:
        raise DataError("is not a picture in a format that can be read, or its header is damaged") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise DataError(f"is too large: {error}") from error
    except Exception as error:  # the readers of damaged files trip over anything
        raise DataError(f"has a damaged header: {error}") from error
