"""Which pictures any reader reads alike."""

import io
from typing import Any

from PIL import Image

from components.imaging.attachments import read_attachments
from components.imaging.chunks import PNG_SIGNATURE, read_chunks
from components.imaging.colour import told_space
from components.imaging.depth import deeper_bits
from components.imaging.exif import orientation_of
from components.imaging.tiff_folders import TiffPages, read_pages
from components.imaging.xmp import orientation_of_xmp
from interfaces.attachments import Attachments
from interfaces.errors import DataError

__all__ = ["is_plain"]

_JPEG = b"\xff\xd8\xff"
_GREY, _PALETTE = 0, 3
_BITS, _PHOTOMETRIC, _CHANNELS, _PLANES, _SAMPLE_FORMAT, _WHOLE = 258, 262, 277, 284, 339, 1


def is_plain(content: bytes) -> bool:
    """Say whether a picture's numbers are told by its mode alone; nothing is decoded.

    They are not where a colour means clear, colours have more than eight bits, or a profile, chunk or tag says what the numbers
    mean. Of such pictures artgen 0.1 made other squares.
    """
    try:
        pages = read_pages(content)
        attachments = read_attachments(content, _info(content, pages), pages)
        if told_space(attachments, is_grey=False) is not None or _lies_by_xmp(attachments):
            return False
        if pages is not None:
            return _is_plain_tiff(pages)
        if content.startswith(PNG_SIGNATURE):
            return _is_plain_png(content)
        return deeper_bits(content) is None
    except DataError:
        return False
    except Exception:  # of a file that no reader reads, no square was made
        return True


def _info(content: bytes, pages: TiffPages | None) -> dict[Any, Any]:
    if pages is not None or content.startswith((PNG_SIGNATURE, _JPEG)):
        return {}
    with Image.open(io.BytesIO(content)) as image:
        return dict(image.info)


def _lies_by_xmp(attachments: Attachments) -> bool:
    lies = bool(attachments.xmp) and orientation_of_xmp(attachments.xmp or b"") > 1
    return lies and not orientation_of(attachments.exif or b"")


def _is_plain_png(content: bytes) -> bool:
    depth, colour_type = content[24], content[25]
    is_clear = colour_type != _PALETTE and any(kind == b"tRNS" for kind, *_ in read_chunks(content))
    return not is_clear and (depth <= 8 or colour_type == _GREY)


def _is_plain_tiff(pages: TiffPages) -> bool:
    entries, order = pages.folders[pages.main].entries, pages.header.order

    def number(tag: int, otherwise: int) -> int:
        found = entries[tag].number(order) if tag in entries else None
        return otherwise if found is None else found

    photometric, channels, bits = number(_PHOTOMETRIC, 0), number(_CHANNELS, 1), number(_BITS, 1)
    if pages.main or number(_SAMPLE_FORMAT, _WHOLE) == 2:  # with a sign
        return False
    if photometric > 2:
        return True
    return (
        (bits in (1, 8) or (bits == 16 and channels == 1 and photometric == 1))
        and channels in (1, 3)
        and (channels == 1 or number(_PLANES, 1) == 1)
    )
