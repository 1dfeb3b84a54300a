"""Whether the bytes of a file are a usable picture, by its header alone."""

import io
import logging
import struct
import zlib
from contextlib import suppress

import simplejpeg
from PIL import Image, UnidentifiedImageError

from interfaces.errors import DataError
from interfaces.itdt import MAX_PIXELS, PICTURE_FORMATS
from interfaces.picture_kinds import unread_kind

__all__ = ["check_picture"]


_PNG = b"\x89PNG\r\n\x1a\n"
_TIFF = {b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"}


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
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise DataError(f"is too large: {error}") from error
    except Exception as error:  # the readers of damaged files trip over anything
        size = _told_size(content)
        if size is not None:
            return size
        if not isinstance(error, UnidentifiedImageError):
            raise DataError(f"has a damaged header: {error}") from error
    if content.startswith(b"PK\x03\x04"):
        raise DataError("is an archive itself: pack its pictures, not the archive")
    kind = unread_kind(content)
    if kind is not None:
        raise DataError(f"is of the format {kind}: save it as JPEG, PNG or TIFF")
    raise DataError("is not a picture in a format that can be read, or its header is damaged")


def _told_size(content: bytes) -> tuple[int, int] | None:
    """Return the size that a header tells of a picture that Pillow does not know, or whose texts it finds too long."""
    if content.startswith(_PNG) and zlib.crc32(content[12:29]) == int.from_bytes(content[29:33]):
        is_whole = content.rfind(b"IEND") > 0
        return struct.unpack_from(">II", content, 16) if is_whole else None
    if content[:4] in _TIFF:
        import tifffile

        logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # it names no file
        with suppress(Exception), tifffile.TiffFile(io.BytesIO(content)) as file:
            page = file.pages.first
            return int(page.imagewidth), int(page.imagelength)
    return None
