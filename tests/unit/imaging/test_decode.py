"""Numbers are read by the file's own tags: the same for training, for `enhance` and for the pipeline."""

import struct
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from components.imaging.decode import decode
from components.imaging.eight_bits import on_white
from components.imaging.picture_file import read_picture
from components.imaging.plain import is_plain
from components.preprocessing.square import SquareMaker
from interfaces.errors import DataError
from tests.unit.imaging.files import encode, png, sample, tiff

CLEAR = (0, 1000)


def squares(content: bytes, side: int) -> np.ndarray:
    """Return what training learns from."""
    made = SquareMaker(side, 3, True).make(content)
    return np.frombuffer(made, np.uint8).reshape(side, side, 3)


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
@pytest.mark.parametrize("colour_type", [0, 2])
def test_a_colour_that_means_clear_is_clear_in_every_depth(depth: int, colour_type: int) -> None:
    if colour_type == 2 and depth < 8:
        pytest.skip("PNG has no such pictures")
    channels = 3 if colour_type == 2 else 1
    bits = np.zeros((2, 2, channels, depth), np.uint8)
    bits[:, 1] = 1  # left black and clear, right white
    rows = [np.packbits(row.reshape(-1)).tobytes() for row in bits]
    content = png(depth, colour_type, rows, 2, (b"tRNS", bytes(2 * channels)))
    picture = read_picture(content)
    assert picture.alpha is not None
    assert picture.alpha[0, 0].tolist() == [[0, 1], [0, 1]]
    assert picture.image[0, :, 0, 1].tolist() == [1, 1, 1]
    assert picture.bits == (16 if depth == 16 else 8)
    assert (squares(content, 2) == 255).all(), "the hidden black is not learnt"
    assert not is_plain(content)


KINDS = [
    (bits, channels, photometric, planar, compression, order)
    for bits, (channels, photometric), planar, compression, order in product(
        (8, 16),
        ((1, "minisblack"), (1, "miniswhite"), (2, "minisblack"), (2, "miniswhite"), (3, "rgb"), (4, "rgb")),
        ("contig", "separate"),
        (None, "zlib", "lzw"),
        "<>",
    )
    if channels > 1 or planar == "contig"
]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_every_kind_of_tiff_gives_the_numbers_that_were_written(kind: tuple[Any, ...]) -> None:
    bits, channels, photometric, planar, compression, order = kind
    most = 2**bits - 1
    generator = np.random.default_rng(0)
    values = generator.integers(0, most + 1, (5, 7, channels)).astype(f"u{bits // 8}")
    content = tiff(
        values[..., 0] if channels == 1 else np.moveaxis(values, -1, 0) if planar == "separate" else values,
        photometric=photometric,
        planarconfig=planar if channels > 1 else None,
        extrasamples=["unassalpha"] if channels in (2, 4) else None,
        compression=compression,
        predictor=compression is not None,
        byteorder=order,
    )
    wanted = values.copy()
    if photometric == "miniswhite":
        wanted[..., 0] = most - values[..., 0]
    decoded = decode(content)
    assert decoded.pixels.dtype == values.dtype
    assert np.array_equal(decoded.pixels, wanted)


@pytest.mark.parametrize("bits", [8, 16])
def test_colours_that_were_multiplied_by_their_opacity_are_as_they_were(bits: int) -> None:
    most = 2**bits - 1
    dtype = np.uint8 if bits == 8 else np.uint16
    half = most // 2
    values = np.array([[[half, half // 2, 0, half], [0, 0, 0, 0]]], dtype)
    content = tiff(values, photometric="rgb", extrasamples=["assocalpha"])
    pixels = decode(content).pixels
    assert pixels[0, 0].tolist() == [most, pytest.approx(most / 2, abs=2), 0, half]
    assert pixels[0, 1].tolist() == [0, 0, 0, 0]
    assert (
        squares(tiff(values.repeat(2, 0), photometric="rgb", extrasamples=["assocalpha"]), 2)[0, 1].min()
        == 255
    )


def test_twelve_bits_reach_from_black_to_white() -> None:
    values = np.array([[0, 2048, 4095, 100]], np.uint16)
    packed = np.packbits(((values.reshape(-1, 1) >> np.arange(11, -1, -1)) & 1).astype(np.uint8)).tobytes()
    content = bare_tiff(4, 1, 12, packed)
    assert decode(content).pixels[0, :, 0].tolist() == [0, 32776, 65535, 1600]


def bare_tiff(width: int, height: int, bits: int, pixels: bytes, **tags: int) -> bytes:
    """Return a grey TIFF of one strip."""
    entries = {
        256: width,
        257: height,
        258: bits,
        259: 1,
        262: 1,
        273: 0,
        277: 1,
        278: height,
        279: len(pixels),
    }
    entries |= {int(tag): value for tag, value in tags.items()}
    entries[273] = 8 + 2 + 12 * len(entries) + 4
    folder = b"".join(struct.pack("<HHII", tag, 4, 1, entries[tag]) for tag in sorted(entries))
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + folder + bytes(4) + pixels


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            np.array([[-5, 9]], np.int16),
            r"got pixels of -5 to 9, whose range is unknown: 16 bits with a sign",
        ),
        (np.array([[5, 9]], np.uint32), r"got pixels of 5 to 9, whose range is unknown: 32 bits"),
    ],
    ids=["sign", "32 bits"],
)
def test_numbers_whose_range_nobody_knows_are_refused_by_name(values: np.ndarray, message: str) -> None:
    content = tiff(values, photometric="minisblack")
    with pytest.raises(DataError, match=message):
        read_picture(content)
    with pytest.raises(DataError, match=message):
        squares(content, 1)


def test_a_tiff_that_is_cut_off_is_no_black_picture() -> None:
    content = tiff(
        np.full((64, 64), 40_000, np.uint16), photometric="minisblack", compression="zlib", rowsperstrip=8
    )
    whole = bare_tiff(8, 8, 16, bytes(100))
    for damaged in (content[: len(content) - 40], whole):
        with pytest.raises(DataError, match="cannot be read as a picture"):
            read_picture(damaged)


def test_smaller_pages_are_no_animation_and_several_pictures_are_one() -> None:
    import io

    import tifffile

    main = np.full((8, 8, 3), 200, np.uint8)
    for order in ([main, main[:2, :2]], [main[:2, :2], main]):
        content = io.BytesIO()
        with tifffile.TiffWriter(content) as file:
            for page in order:
                file.write(page, photometric="rgb", subfiletype=int(len(page) < 8), metadata=None)
        picture = read_picture(content.getvalue())
        assert tuple(picture.image.shape) == (1, 3, 8, 8)
        assert picture.attachments.lost == ("1 smaller pages",)
    content = io.BytesIO()
    with tifffile.TiffWriter(content) as file:
        for _ in range(2):
            file.write(main, photometric="rgb", metadata=None)
    with pytest.raises(DataError, match="wanted a still picture, got an animation of 2 frames"):
        read_picture(content.getvalue())


def test_small_lies_of_a_file_cost_no_picture() -> None:
    long = bare_tiff(4, 2, 8, bytes(8)).replace(
        struct.pack("<HHII", 279, 4, 1, 8), struct.pack("<HHII", 279, 4, 1, 9999)
    )
    assert decode(long).pixels.shape == (2, 4, 1)
    fourth = tiff(np.full((2, 2, 4), 9, np.uint8), photometric="rgb", extrasamples=["unassalpha"])
    untold = fourth.replace(struct.pack("<HHI", 338, 3, 1), struct.pack("<HHI", 65000, 3, 1))
    assert decode(untold).pixels.shape == (2, 2, 4)
    jpeg = encode(Image.new("RGB", (8, 8)), "JPEG", comment="a comment of some length")
    at = jpeg.index(b"\xff\xfe") + 2
    shorter = jpeg[:at] + struct.pack(">H", 9) + jpeg[at + 2 :]  # what follows is skipped
    assert decode(shorter).pixels.shape == (8, 8, 3)


def test_sixteen_bits_are_rounded_for_training_and_clear_parts_are_white() -> None:
    deep = np.array([[[0, 128, 257, 65535], [65535, 0, 0, 0]]], np.uint16)
    assert on_white(deep).tolist() == [[[0, 0, 1], [255, 255, 255]]]
    half = np.array([[[0, 32768]]], np.uint16)
    assert on_white(half).tolist() == [[[127]]]


def test_what_any_reader_reads_alike_is_plain() -> None:
    image = Image.new("RGB", (4, 4), (9, 8, 7))
    for kind in ("PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP"):
        assert is_plain(encode(image, kind))
        assert is_plain(encode(image.convert("L"), kind))
    assert is_plain(encode(Image.new("I;16", (4, 4), 999)))
    assert not is_plain(tiff(np.zeros((4, 4), np.uint16), photometric="miniswhite"))


@pytest.mark.parametrize(
    "name",
    ["g16_trns.png", "rgb16_trns.png", "rgb8_trns.png", "g16_white0.tif", "g16_white0_zlib.tif", "ga16.tif"],
)
def test_files_that_people_met_are_read_right(name: str, real_data: Path) -> None:
    content = sample(real_data, name)
    picture = read_picture(content)
    left, right = (((picture.image[0, 0, 10, x] + 1) / 2).item() for x in (6, 20))
    if "trns" in name:
        assert picture.alpha is not None
        assert picture.alpha[0, 0, 10].tolist() == [0] * 14 + [1] * 14
        assert (squares(content, 20)[:, :9] == 255).all()
    else:
        assert 0 < left < right < 1, "the ramp rises"
        assert picture.bits == 16
        assert (picture.alpha is None) == ("white" in name)
