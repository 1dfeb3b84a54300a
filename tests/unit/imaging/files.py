"""Picture files made by hand, byte for byte."""

import io
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

__all__ = ["encode", "png", "sample", "tiff"]


def png(
    depth: int, colour_type: int, rows: Sequence[bytes], width: int, *chunks: tuple[bytes, bytes]
) -> bytes:
    """Return a PNG of these rows, with more ``chunks`` before the pixels."""
    header = struct.pack(">IIBBBBB", width, len(rows), depth, colour_type, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows))
    parts = [(b"IHDR", header), *chunks, (b"IDAT", body), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(b)) + kind + b + struct.pack(">I", zlib.crc32(kind + b)) for kind, b in parts
    )


def tiff(values: np.ndarray, **options: Any) -> bytes:
    """Return a TIFF by an independent writer."""
    content = io.BytesIO()
    tifffile.imwrite(content, values, metadata=None, **options)
    return content.getvalue()


def encode(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """Return a file by Pillow."""
    content = io.BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


def sample(real_data: Path, name: str) -> bytes:
    """Return a file that somebody met; skips where those are absent."""
    path = real_data / "faults" / name
    if not path.is_file():
        pytest.skip(f"no {path}")
    return path.read_bytes()
