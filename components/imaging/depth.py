"""Colours of more than eight bits in the formats of which Pillow shows eight: PPM, SGI, JPEG 2000, AVIF."""

import re
import struct

import numpy as np

__all__ = ["deep_pixels", "deeper_bits", "stretched"]

_CODESTREAM, _DEPTH_AT = (
    b"\xff\x4f\xff\x51",
    42,
)  # JPEG 2000: start, and SIZ with the depth of the first component
_BOXES, _AVIF = b"ftyp", re.compile(rb"av1C\x81.(.)", re.DOTALL)
_HIGH, _TWELVE = 0x40, 0x20
_BETWEEN = rb"(?:\s|#[^\n]*\n)+"
_PPM = re.compile(rb"P([36])" + _BETWEEN + rb"(\d+)" + _BETWEEN + rb"(\d+)" + _BETWEEN + rb"(\d+)\s")
_PLAIN, _COMMENT = b"3", re.compile(rb"#[^\n]*")
_SGI, _SGI_HEADER = struct.pack(">H", 474), 512
_MOST = 65535
_STEPS_APART = 1.0
"""Mean difference, in steps of eight bits, of two readers' pixels: the same numbers differ by their rounding."""


def deeper_bits(content: bytes) -> int | None:
    """Return the bits of each channel of colours where those are more than eight, else None.

    >>> deeper_bits(b"P6 1 1 65535 ......")
    16
    """
    bits = _bits(content)
    return bits if bits is not None and bits > 8 else None


def deep_pixels(content: bytes, bits: int, shown: np.ndarray) -> np.ndarray | None:
    """Return the pixels of a file with all of their bits.

    Args:
        content: of the file.
        bits: as `deeper_bits` says.
        shown: what Pillow shows of it, uint8 (H, W, C).

    Returns:
        uint16 (H, W, C), white at 65535; None where the file is of a kind that is not read so, or what was read is not
        what Pillow shows.
    """
    try:
        found = _read(content, bits)
    except (ValueError, RuntimeError):  # of a kind that Pillow alone reads
        return None
    if found is None or found.dtype != np.uint16 or np.atleast_3d(found).shape != shown.shape:
        return None
    deep = np.atleast_3d(found)
    apart = np.abs(deep / 257 - shown).mean()
    return deep if apart < _STEPS_APART else None


def stretched(values: np.ndarray, most: int, dtype: type[np.unsignedinteger] = np.uint16) -> np.ndarray:
    """Return values of 0 to ``most`` with the whole range of ``dtype``.

    >>> stretched(np.array([0, 512, 1023]), 1023).tolist()
    [0, 32800, 65535]
    """
    full = int(np.iinfo(dtype).max)
    if most == full:
        return np.ascontiguousarray(values, dtype)
    found: np.ndarray = (values.astype(np.float64) * (full / most)).round().clip(0, full).astype(dtype)
    return found


def _bits(content: bytes) -> int | None:
    if content.startswith((b"P3", b"P6")):
        found = _PPM.match(content)
        return int(found[4]).bit_length() if found else None
    if content.startswith(_SGI):
        return 8 * content[3]
    if content[4:8] == _BOXES:
        found = _AVIF.search(content)
        flags = found[1][0] if found else 0
        return 8 if not flags & _HIGH else 12 if flags & _TWELVE else 10
    start = content.find(_CODESTREAM, 0, 1 << 16)
    if start < 0 or len(content) <= start + _DEPTH_AT:
        return None
    return (content[start + _DEPTH_AT] & 0x7F) + 1


def _read(content: bytes, bits: int) -> np.ndarray | None:
    if content.startswith((b"P3", b"P6")):
        return _ppm(content)
    if content.startswith(_SGI):
        return _sgi(content)
    import imagecodecs

    decode = imagecodecs.avif_decode if content[4:8] == _BOXES else imagecodecs.jpeg2k_decode
    found: np.ndarray = decode(content)
    return stretched(found, 2**bits - 1) if found.dtype == np.uint16 else None


def _ppm(content: bytes) -> np.ndarray | None:
    head = _PPM.match(content)
    if head is None:
        return None
    width, height, most = (int(number) for number in head.groups()[1:])
    rest = content[head.end() :]
    if head[1] == _PLAIN:
        values = np.array(_COMMENT.sub(b"", rest).split()[: height * width * 3], np.int64)
    else:
        values = np.frombuffer(rest, ">u2", height * width * 3)
    return stretched(values.reshape(height, width, 3), most)


def _sgi(content: bytes) -> np.ndarray | None:
    is_packed, *shape = struct.unpack(">xxBxxxHHH", content[:12])
    if is_packed:
        return None
    width, height, channels = shape
    planes = np.frombuffer(content, ">u2", height * width * channels, _SGI_HEADER)
    return stretched(np.moveaxis(planes.reshape(channels, height, width)[:, ::-1], 0, -1), _MOST)
