"""The segments of a JPEG file (ITU-T T.81, annex B), as bytes."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["Segment", "read_segments", "segment"]

_START_OF_SCAN, _END = 0xDA, 0xD9
_ALONE = {0x01, *range(0xD0, 0xD9)}
_LONGEST = 0xFFFF


class Segment(NamedTuple):
    """One segment before the pixels."""

    marker: int
    """Its second byte: 0xE1 for APP1, 0xFE for a comment."""
    body: bytes
    start: int
    end: int
    """Where it lies in the file."""


def read_segments(content: bytes) -> Iterator[Segment]:
    """Yield the segments up to the first scan, or up to where the file is damaged."""
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:  # a byte to fill
            at += 1
            continue
        if marker in (_START_OF_SCAN, _END):
            return
        if marker in _ALONE:
            at += 2
            continue
        length = struct.unpack_from(">H", content, at + 2)[0]
        end = at + 2 + length
        if length < 2 or end > len(content):
            return
        yield Segment(marker, content[at + 4 : end], at, end)
        at = end


def segment(marker: int, body: bytes) -> bytes:
    """Return a segment.

    Raises:
        ValueError: the body is too long for one.
    """
    if len(body) + 2 > _LONGEST:
        raise ValueError(f"a segment of a JPEG holds at most {_LONGEST - 2} bytes, got {len(body)}")
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body
