"""Networks see sRGB, whatever space the numbers of a file are meant in; what becomes of the profile is told."""

import io
import struct
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PIL import Image, ImageCms

from components.imaging.colour import is_srgb
from components.imaging.picture_file import read_picture
from components.imaging.plain import is_plain
from components.preprocessing.square import SquareMaker
from interfaces.errors import DataError
from tests.unit.imaging.files import encode, png, sample, tiff

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
ADOBE = imagecodecs.cms_profile("adobergb")
GREY = imagecodecs.cms_profile("gray", whitepoint=[0.3457, 0.3585, 1], gamma=1.8)
NUMBERS = (150, 100, 50)


def pixel(content: bytes) -> list[int]:
    return [round(float(v + 1) * 127.5) for v in read_picture(content).image[0, :, 0, 0]]


def learnt(content: bytes) -> list[int]:
    return list(SquareMaker(1, 3, True).make(content))


def meant(profile: bytes) -> list[int]:
    """What the numbers mean in sRGB, by Pillow."""
    image = Image.new("RGB", (1, 1), NUMBERS)
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    made = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"))
    assert made is not None
    return [int(value) for value in np.asarray(made)[0, 0]]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_numbers_of_another_space_become_those_of_srgb(kind: str) -> None:
    options = {"lossless": True} if kind == "WEBP" else {"quality": 100} if kind == "JPEG" else {}
    content = encode(Image.new("RGB", (16, 16), NUMBERS), kind, icc_profile=ADOBE, **options)
    assert pixel(content) == pytest.approx(meant(ADOBE), abs=2)
    assert pixel(content) != pytest.approx(NUMBERS, abs=2)
    assert learnt(content) == pytest.approx(meant(ADOBE), abs=2)
    attachments = read_picture(content).attachments
    assert attachments.icc is None
    assert attachments.lost == (
        "the colour space Adobe RGB (compatible) (converted to sRGB)",
    ) or "converted" in str(attachments.lost)
    assert not is_plain(content)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_srgb_by_a_profile_stays_as_it_is(kind: str) -> None:
    image = Image.new("RGB", (16, 16), NUMBERS)
    content = encode(image, kind, icc_profile=SRGB)
    assert is_srgb(SRGB)
    assert pixel(content) == pixel(encode(image, kind))
    assert SquareMaker(4, 3, True).make(content) == SquareMaker(4, 3, True).make(encode(image, kind))
    assert read_picture(content).attachments.icc == SRGB
    assert is_plain(content)


def test_sixteen_bits_stay_sixteen_in_another_space() -> None:
    ramp = np.arange(0, 65536, 13, dtype=np.uint16).reshape(1, -1, 1).repeat(3, 2)
    content = tiff(ramp, photometric="rgb", iccprofile=ADOBE)
    image = read_picture(content).image
    assert len(set(image[0, 0, 0].tolist())) > 4000


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("deep", [False, True])
def test_grey_of_another_curve_becomes_that_of_srgb(alpha: bool, deep: bool) -> None:
    level = 100 / 255
    full, code = (65535, ">H") if deep else (255, ">B")
    row = struct.pack(code, round(level * full)) + struct.pack(code, full // 2) * alpha
    profile = b"g\0\0" + zlib.compress(GREY)
    content = png(16 if deep else 8, 4 if alpha else 0, [row], 1, (b"iCCP", profile))
    light = level**1.8
    wanted = round((1.055 * light ** (1 / 2.4) - 0.055) * 255)
    assert pixel(content) == pytest.approx([wanted] * 3, abs=2)
    assert read_picture(content).is_grey
    assert read_picture(content).attachments.icc is None


def test_a_png_may_tell_its_space_by_chunks() -> None:
    row = bytes(NUMBERS)
    linear = png(8, 2, [row], 1, (b"gAMA", struct.pack(">I", 100_000)))
    wanted = [round((1.055 * (v / 255) ** (1 / 2.4) - 0.055) * 255) for v in NUMBERS]
    assert pixel(linear) == pytest.approx(wanted, abs=2)
    assert learnt(linear) == pytest.approx(wanted, abs=2)
    usual = png(8, 2, [row], 1, (b"gAMA", struct.pack(">I", 45455)))
    assert pixel(usual) == list(NUMBERS)
    assert read_picture(usual).attachments.chunks == (b"gAMA" + struct.pack(">I", 45455),)
    display = png(8, 2, [row], 1, (b"cICP", bytes((12, 13, 0, 1))))
    assert pixel(display) == pytest.approx(
        [158, 98, 39], abs=4
    )  # more saturated than the same numbers of sRGB
    bright = png(8, 2, [row], 1, (b"cICP", bytes((9, 16, 0, 1))))
    with pytest.raises(
        DataError, match="wanted colours that can be turned into sRGB, got code points 9/16/0"
    ):
        read_picture(bright)


@pytest.mark.parametrize("profile", [b"nonsense", SRGB[:200], GREY], ids=["nonsense", "cut", "of grey"])
def test_a_profile_that_does_not_fit_costs_no_picture_and_is_named(profile: bytes) -> None:
    content = encode(Image.new("RGB", (4, 4), NUMBERS), icc_profile=profile)
    assert pixel(content) == list(NUMBERS)
    attachments = read_picture(content).attachments
    assert attachments.icc is None
    assert "the colour profile (it is" in attachments.lost[0]


def test_a_picture_twice_in_two_spaces_is_learnt_once(real_data: Path) -> None:
    one, other = (
        np.frombuffer(
            SquareMaker(16, 3, True).make(sample(real_data, f"train-icc/{name}.png")), np.uint8
        ).astype(int)
        for name in ("prophoto", "srgb")
    )
    assert abs(one - other).max() <= 3
    assert abs(one - other).mean() < 0.5
