"""How many bits a channel has in the formats of which Pillow shows eight."""

import re
import struct

__all__ = ["deeper_bits"]

_CODESTREAM, _DEPTH_AT = (
    b"\xff\x4f\xff\x51",
    42,
)  # JPEG 2000: start, and SIZ with the depth of the first component
_AVIF = re.compile(rb"av1C\x81.(.)", re.DOTALL)
_HIGH, _TWELVE = 0x40, 0x20
_PPM = re.compile(rb"P6(?:\s|#[^\n]*\n)+\d+(?:\s|#[^\n]*\n)+\d+(?:\s|#[^\n]*\n)+(\d+)")
_SGI = struct.pack(">H", 474)


def deeper_bits(content: bytes) -> int | None:
    """Return the bits of each channel of colours where those are more than eight, else None.

    >>> deeper_bits(b"P6 1 1 65535 ......")
    16
    """
    bits = _bits(content)
    return bits if bits is not None and bits > 8 else None


def _bits(content: bytes) -> int | None:
    if content.startswith(b"P6"):
        found = _PPM.match(content)
        return int(found[1]).bit_length() if found else None
    if content.startswith(_SGI):
        return 8 * content[3]
    if content[4:8] == b"ftyp":
        found = _AVIF.search(content)
        flags = found[1][0] if found else 0
        return 8 if not flags & _HIGH else 12 if flags & _TWELVE else 10
    start = content.find(_CODESTREAM, 0, 1 << 16)
    if start < 0 or len(content) <= start + _DEPTH_AT:
        return None
    return (content[start + _DEPTH_AT] & 0x7F) + 1
