"""The resources of Photoshop, among which IPTC lies."""

import struct
from collections.abc import Iterator

__all__ = ["PHOTOSHOP", "iptc_of", "iptc_resource"]

PHOTOSHOP = b"Photoshop 3.0\0"
"""What such a segment of a JPEG begins with."""

_SIGNATURE = b"8BIM"
_IPTC = 0x0404
_TOLD_ELSEWHERE = {0x03ED, 0x0409, 0x040C, 0x040F, 0x0422, 0x0423, 0x0424, 0x0425}
"""Resolution, thumbnails, ICC, EXIF, XMP, digest of IPTC."""


def iptc_of(resources: bytes) -> tuple[bytes | None, bool]:
    """Return the IPTC among ``resources``, and whether there are others that are told nowhere else."""
    iptc, others = None, False
    for number, content in _resources(resources):
        if number == _IPTC:
            iptc = content or None
        else:
            others |= number not in _TOLD_ELSEWHERE
    return iptc, others


def iptc_resource(iptc: bytes) -> bytes:
    """Return ``iptc`` as the only resource, with what a segment of a JPEG begins with."""
    return PHOTOSHOP + struct.pack(">4sHHI", _SIGNATURE, _IPTC, 0, len(iptc)) + iptc + b"\0" * (len(iptc) % 2)


def _resources(content: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 7 <= len(content) and content[at : at + 4] == _SIGNATURE:
        number, length = struct.unpack_from(">HB", content, at + 4)
        at += 6 + (length + 2) // 2 * 2  # the name is filled up to an even number of bytes
        if at + 4 > len(content):
            return
        size = struct.unpack_from(">I", content, at)[0]
        yield number, content[at + 4 : at + 4 + size]
        at += 4 + size + size % 2
