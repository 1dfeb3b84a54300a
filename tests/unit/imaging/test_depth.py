"""Colours of more than eight bits are read with all of them, or it is told that they are lost."""

import struct
from collections.abc import Callable

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from components.imaging.depth import deep_pixels
from components.imaging.picture_file import read_picture
from components.imaging.plain import is_plain
from tests.unit.imaging.files import encode


def _deep() -> np.ndarray:
    """Return RGB with opacity, uint16 (48, 64, 4), of which the upper eight bits are not all."""
    down, across = np.mgrid[0:48, 0:64]
    channels = [across * 1000 + down, down * 1300 + across * 3, (across + down) * 590, across * 900 + 5000]
    return np.stack(channels, axis=2).astype(np.uint16)


def _sgi(values: np.ndarray) -> bytes:
    height, width, channels = values.shape
    head = struct.pack(">HBBHHHH", 474, 0, 2, 3, width, height, channels)
    return head.ljust(512, b"\0") + np.moveaxis(values[::-1], -1, 0).astype(">u2").tobytes()


def _packed_sgi(values: np.ndarray) -> bytes:
    """Return an SGI file of one row of pixels, uint16 (W, 3), each channel in one run."""
    width = len(values)
    head = struct.pack(">HBBHHHH", 474, 1, 2, 3, width, 1, 3).ljust(512, b"\0")
    runs = [struct.pack(f">{width + 2}H", 0x80 | width, *values[:, channel], 0) for channel in range(3)]
    starts = [512 + 24 + sum(map(len, runs[:channel])) for channel in range(3)]
    return head + struct.pack(">6I", *starts, *map(len, runs)) + b"".join(runs)


DEEP: dict[str, Callable[[np.ndarray], bytes]] = {
    "PPM": lambda v: b"P6 64 48 65535\n" + v[..., :3].astype(">u2").tobytes(),
    "PPM of ten bits": lambda v: (
        b"P6 # of a scanner\n64\n48\n1023\n" + (v[..., :3] >> 6).astype(">u2").tobytes()
    ),
    "PPM in words": lambda v: b"P3 64 48 65535\n# words\n" + " ".join(map(str, v[..., :3].flat)).encode(),
    "PGM": lambda v: b"P5 64 48 65535\n" + v[..., 0].astype(">u2").tobytes(),
    "JPEG 2000": lambda v: bytes(imagecodecs.jpeg2k_encode(v[..., :3], level=0)),
    "JPEG 2000, bare": lambda v: bytes(imagecodecs.jpeg2k_encode(v[..., :3], level=0, codecformat="j2k")),
    "JPEG 2000 of twelve bits": lambda v: bytes(
        imagecodecs.jpeg2k_encode(v[..., :3] >> 4, level=0, bitspersample=12)
    ),
    "JPEG 2000 with opacity": lambda v: bytes(imagecodecs.jpeg2k_encode(v, level=0)),
    "JPEG 2000, grey with opacity": lambda v: bytes(imagecodecs.jpeg2k_encode(v[..., [0, 3]], level=0)),
    "AVIF of ten bits": lambda v: bytes(
        imagecodecs.avif_encode(v[..., :3] >> 6, level=100, bitspersample=10, speed=9)
    ),
    "AVIF of twelve bits with opacity": lambda v: bytes(
        imagecodecs.avif_encode(v >> 4, level=100, bitspersample=12, speed=9)
    ),
    "SGI": lambda v: _sgi(v[..., :3]),
    "SGI with opacity": lambda v: _sgi(v),
}


@pytest.mark.parametrize("kind", DEEP)
def test_colours_of_more_than_eight_bits_are_read_with_all_of_them(kind: str) -> None:
    values = _deep()
    content = DEEP[kind](values)
    picture = read_picture(content)
    wanted = values[..., :1].repeat(3, axis=2) if "grey" in kind or kind == "PGM" else values[..., :3]
    found = (picture.image[0].permute(1, 2, 0).numpy() + 1) / 2 * 65535
    least = 64 if "ten" in kind else 16 if "twelve" in kind else 0.1
    assert np.abs(found - wanted).max() <= least
    assert (picture.bits, picture.attachments.lost) == (16, ())
    if "opacity" in kind:
        assert picture.alpha is not None
        assert np.abs(picture.alpha[0, 0].numpy() * 65535 - values[..., 3]).max() <= least
    else:
        assert picture.alpha is None
    assert kind == "PGM" or not is_plain(content)


def test_bits_that_nothing_here_reads_are_named() -> None:
    content = _packed_sgi(np.array([[0, 257, 65535], [9000, 300, 2], [65535, 0, 1]], np.uint16))
    picture = read_picture(content)
    assert (picture.bits, picture.attachments.lost) == (8, ("16 bits, 8 are left",))
    for kind in ("JPEG2000", "AVIF", "PPM", "SGI"):
        plain = read_picture(encode(Image.new("RGB", (64, 64)), kind))
        assert (plain.bits, plain.attachments.lost) == (8, ())


def test_pixels_that_another_reader_sees_otherwise_are_not_taken() -> None:
    values = _deep()[..., :3]
    content = DEEP["PPM"](values)
    assert deep_pixels(content, 16, (values >> 8).astype(np.uint8)) is not None
    assert deep_pixels(content, 16, (values[..., ::-1] >> 8).astype(np.uint8)) is None
    assert deep_pixels(content[:-9], 16, (values >> 8).astype(np.uint8)) is None
