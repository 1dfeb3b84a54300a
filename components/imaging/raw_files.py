"""PNG and TIFF files that Pillow cannot write: sixteen bits a channel, and EXIF beside compressed pixels in TIFF."""

import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2
from PIL.TiffTags import LONG, UNDEFINED

__all__ = ["encode_png", "encode_tiff"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_COLOURS = {1: 0, 2: 4, 3: 2, 4: 6}  # colour type by number of channels
_DEFLATE, _DIFFERENCES, _UNASSOCIATED = 8, 2, 2
_STRIP_OFFSET, _XMP, _ICC, _IPTC = 273, 700, 34675, 33723
_SUBFOLDERS = (0x8769, 0x8825)  # EXIF, GPS


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
    chunks = (_chunk(kind, replaced.get(kind, body)) for kind, body in _chunks(carrier.getvalue()))
    return _SIGNATURE + b"".join(chunks)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at < len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        yield kind, content[at + 8 : at + 8 + length]
        at += 12 + length


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def encode_tiff(
    values: np.ndarray,
    *,
    icc: bytes | None = None,
    exif: bytes | None = None,
    xmp: bytes | None = None,
    iptc: bytes | None = None,
) -> bytes:
    """Return a TIFF of 8 or 16 bits a channel (TIFF 6.0), deflated in one strip.

    Args:
        values: uint8 or uint16 (H, W, C): grey or RGB, with opacity as the last channel where C is even.
        icc: ICC profile.
        exif: EXIF as a TIFF structure; its tags and its two folders become the file's own.
        xmp: XMP packet.
        iptc: IPTC datasets.
    """
    height, width, channels = values.shape
    differences = values.astype(values.dtype.newbyteorder("<"))
    differences[:, 1:] -= values[:, :-1]
    strip = zlib.compress(differences.tobytes(), 6)
    folder = _described(exif)
    bits = 8 * values.dtype.itemsize
    folder[256], folder[257], folder[258] = width, height, (bits,) * channels
    folder[259], folder[317] = _DEFLATE, _DIFFERENCES
    folder[262], folder[277], folder[284] = 2 if channels > 2 else 1, channels, 1
    folder[278], folder[279] = height, len(strip)
    if channels % 2 == 0:
        folder[338] = _UNASSOCIATED
    for tag, value in ((_XMP, xmp), (_ICC, icc), (_IPTC, iptc)):
        if value is not None:
            folder.tagtype[tag] = UNDEFINED
            folder[tag] = value
    folder.tagtype[_STRIP_OFFSET] = folder.tagtype[279] = LONG
    folder[_STRIP_OFFSET] = 0  # counted from the end of the folder, to which Pillow adds where that is
    return b"II*\x00" + struct.pack("<I", 8) + folder.tobytes(8) + strip


def _described(exif: bytes | None) -> ImageFileDirectory_v2:
    folder = ImageFileDirectory_v2(prefix=b"II")
    if exif is not None:
        found = Image.Exif()
        found.load(exif)
        for tag, value in found.items():
            folder[tag] = found.get_ifd(tag) if tag in _SUBFOLDERS else value
    return folder
