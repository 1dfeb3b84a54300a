"""The short way for ordinary JPEG files finds the very pixels that Pillow decodes."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from components.imaging.jpeg import decode_ordinary, read_size
from tests.unit.preprocessing.test_square import photo


def decode(content: bytes, least: int | None) -> tuple[np.ndarray, int]:
    size = read_size(content)
    assert size is not None
    found = decode_ordinary(content, size, least)
    assert found is not None
    return found


def decode_by_pillow(content: bytes, least: int | None) -> np.ndarray:
    with Image.open(BytesIO(content)) as image:
        if least is not None:
            image.draft(None, (least, least))
        return np.atleast_3d(np.asarray(image))


def encode(image: Image.Image, **options: object) -> bytes:
    file = BytesIO()
    image.save(file, "JPEG", **options)
    return file.getvalue()


@settings(max_examples=60, deadline=None)
@given(
    st.integers(8, 400), st.integers(8, 400), st.sampled_from([0, 1, 2]), st.booleans(),
    st.sampled_from([None, 1, 16, 40]), st.sampled_from(["RGB", "L"]),
)  # fmt: skip
def test_pixels_are_those_of_pillow(
    width: int, height: int, subsampling: int, progressive: bool, least: int | None, mode: str
) -> None:
    image = photo(width, height, 1).convert(mode)
    content = encode(image, quality=85, subsampling=subsampling, progressive=progressive)
    pixels, _ = decode(content, least)
    assert np.array_equal(pixels, decode_by_pillow(content, least))


def test_of_a_picture_of_a_few_pixels_no_part_is_taken_that_pillow_does_not_take() -> None:
    for width, height in ((3, 3), (5, 5), (3, 200), (7, 7), (8, 8), (1, 1)):
        content = encode(photo(width, height, 1))
        size = read_size(content)
        assert size is not None
        found = decode_ordinary(content, size, 1)
        assert found is None or np.array_equal(found[0], decode_by_pillow(content, 1))
        assert np.array_equal(decode(content, None)[0], decode_by_pillow(content, None))


def test_pixels_of_real_paintings_are_those_of_pillow(real_data: Path) -> None:
    for path in sorted((real_data / "paintings-hires").glob("*.jpg"))[::4]:
        content = path.read_bytes()
        for least in (None, 256):
            assert np.array_equal(decode(content, least)[0], decode_by_pillow(content, least))


@pytest.mark.parametrize(("least", "part"), [(None, 1), (51, 1), (50, 2), (25, 4), (13, 4), (12, 8), (1, 8)])
def test_decodes_the_smallest_part_that_keeps_enough(least: int | None, part: int) -> None:
    assert decode(encode(photo(150, 100, 1)), least)[1] == part


def turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return encode(photo(20, 10, 1), exif=exif)


OTHERS: dict[str, Callable[[], bytes]] = {
    "turned": turned,
    "CMYK": lambda: encode(photo(20, 10, 1).convert("CMYK")),
    "cut off in the header": lambda: encode(photo(20, 10, 1))[:100],
    "three bytes": lambda: b"\xff\xd8\xff",
    "empty": lambda: b"",
    "PNG": lambda: b"\x89PNG\r\n",
}


@pytest.mark.parametrize("kind", OTHERS)
def test_leaves_everything_else_to_pillow(kind: str) -> None:
    assert read_size(OTHERS[kind]()) is None


def test_leaves_damaged_pictures_to_pillow() -> None:
    content = encode(photo(64, 64, 1))[:-200]
    size = read_size(content)
    assert size is not None
    assert decode_ordinary(content, size, None) is None
