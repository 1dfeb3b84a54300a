"""PNG and TIFF files that Pillow cannot write: sixteen bits a channel, and EXIF beside compressed pixels in TIFF."""

import io
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image

from components.imaging.chunks import PNG_SIGNATURE, chunk, read_chunks
from components.imaging.exif import Entry
from components.imaging.tiff_folders import described, place

__all__ = ["encode_png", "encode_tiff"]

_PNG_COLOURS = {1: 0, 2: 4, 3: 2, 4: 6}  # colour type by number of channels
_DEFLATE, _DIFFERENCES, _UNASSOCIATED = 8, 2, 2
_STRIP_OFFSET, _XMP, _ICC, _IPTC = 273, 700, 34675, 33723
_X_RESOLUTION, _Y_RESOLUTION, _UNIT, _INCH, _RATIO = 282, 283, 296, 2, 10_000
_KINDS, _RATIONAL, _UNDEFINED = {"H": 3, "I": 4}, 5, 7


def encode_png(values: np.ndarray, options: dict[str, Any], *, level: int) -> bytes:
    """Return a PNG of 16 bits a channel (ISO/IEC 15948).

    Args:
        values: uint16 (H, W, C): grey or RGB, with opacity as the last channel where C is even.
        options: what Pillow's PNG writer takes: ``pnginfo``, ``exif``, ``icc_profile``.
        level: of compression, 0 to 9.
    """
    height, width, channels = values.shape
    rows = values.astype(">u2").view(np.uint8).reshape(height, -1)
    filtered = np.empty((height, rows.shape[1] + 1), np.uint8)
    filtered[:, 0] = 2  # each byte less the one above it
    filtered[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
    header = struct.pack(">IIBBBBB", width, height, 16, _PNG_COLOURS[channels], 0, 0, 0)
    # Pillow writes the metadata, into a picture of one pixel whose other chunks are taken over
    carrier = io.BytesIO()
    Image.new("RGB" if channels > 2 else "L", (1, 1)).save(carrier, "PNG", **options)
    replaced = {b"IHDR": header, b"IDAT": zlib.compress(filtered.tobytes(), level)}
    made = carrier.getvalue()
    chunks = (
        chunk(kind, replaced.get(kind, made[start : end - 4])) for kind, _, start, end in read_chunks(made)
    )
    return PNG_SIGNATURE + b"".join(chunks)


def encode_tiff(
    values: np.ndarray,
    *,
    icc: bytes | None = None,
    exif: bytes | None = None,
    xmp: bytes | None = None,
    iptc: bytes | None = None,
    density: tuple[float, float] | None = None,
) -> bytes:
    """Return a TIFF of 8 or 16 bits a channel (TIFF 6.0), deflated in one strip.

    Args:
        values: uint8 or uint16 (H, W, C): grey or RGB, with opacity as the last channel where C is even.
        icc: ICC profile.
        exif: EXIF as a TIFF structure; its tags and its two folders become the file's own, their values as they are.
        xmp: XMP packet.
        iptc: IPTC datasets.
        density: pixels for each inch, where EXIF does not say it.
    """
    height, width, channels = values.shape
    order, entries, _ = described(exif)
    differences = values.astype(values.dtype.newbyteorder(order))
    differences[:, 1:] -= values[:, :-1]
    strip = zlib.compress(differences.tobytes(), 6)

    def put(tag: int, code: str, *numbers: int) -> None:
        entries[tag] = Entry(
            _KINDS[code], len(numbers), struct.pack(f"{order}{len(numbers)}{code}", *numbers)
        )

    put(256, "I", width)
    put(257, "I", height)
    put(258, "H", *(8 * values.dtype.itemsize,) * channels)
    put(259, "H", _DEFLATE)
    put(317, "H", _DIFFERENCES)
    put(262, "H", 2 if channels > 2 else 1)
    put(277, "H", channels)
    put(284, "H", 1)
    put(278, "I", height)
    put(279, "I", len(strip))
    if channels % 2 == 0:
        put(338, "H", _UNASSOCIATED)
    if density is not None and not {_X_RESOLUTION, _Y_RESOLUTION} & set(entries):
        for tag, dots in zip((_X_RESOLUTION, _Y_RESOLUTION), density, strict=True):
            ratio = struct.pack(f"{order}2I", round(dots * _RATIO), _RATIO)
            entries[tag] = Entry(_RATIONAL, 1, ratio)
        put(_UNIT, "H", _INCH)
    for tag, value in ((_XMP, xmp), (_ICC, icc), (_IPTC, iptc)):
        if value is not None:
            entries[tag] = Entry(_UNDEFINED, len(value), value)
    put(_STRIP_OFFSET, "I", 0)
    head = (b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08")[order == ">"]
    put(_STRIP_OFFSET, "I", len(head) + len(place(entries, order, len(head))))
    return head + place(entries, order, len(head)) + strip
