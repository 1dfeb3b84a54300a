"""The chunks of a PNG file (ISO/IEC 15948), as bytes."""

import struct
import zlib
from collections.abc import Iterator

__all__ = ["PNG_SIGNATURE", "chunk", "inflate", "read_chunks"]

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def read_chunks(content: bytes) -> Iterator[tuple[bytes, int, int, int]]:
    """Yield kind, and where the chunk, its body and the next one begin; a chunk that is cut off ends it."""
    at = len(PNG_SIGNATURE)
    while at + 12 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        end = at + 12 + length
        if end > len(content):
            return
        yield kind, at, at + 8, end
        at = end


def chunk(kind: bytes, body: bytes) -> bytes:
    """Return a chunk with its checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def inflate(content: bytes, limit: int) -> bytes:
    """Return what was deflated.

    Raises:
        ValueError: it is damaged, or longer than ``limit``.
    """
    machine = zlib.decompressobj()
    try:
        found = machine.decompress(content, limit)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if machine.unconsumed_tail or not machine.eof:
        raise ValueError(f"wanted at most {limit} bytes in one piece")
    return found
