"""Pictures as they are: every kind of file becomes the right numbers, or is refused with the reason."""

import hashlib
import io
import struct
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pydantic import ValidationError

from components.generation import PicturesGenerator
from components.imaging.picture_file import read_picture
from interfaces.errors import DataError, SettingsError
from interfaces.igdt import IGDT
from interfaces.igs import IGS, Pictures
from tests.samples import paint

COLOUR = (200, 100, 50)


def generate(*paths: Path, seed: int = 0, count: int | None = None) -> list[IGDT]:
    """Return what comes of these pictures."""
    source = Pictures(paths=paths)
    return list(PicturesGenerator().generate(IGS(count=count or len(paths), seed=seed, source=source), None))


def write(path: Path, image: Image.Image, **options: object) -> Path:
    image.save(path, **options)  # type: ignore[arg-type]  # Pillow's options differ from format to format
    return path


def pixel(data: IGDT, x: int = 0, y: int = 0) -> list[int]:
    """Return one pixel as bytes."""
    return [round(float(v + 1) * 127.5) for v in data.images[0, :, y, x]]


def png_of_size(width: int, height: int) -> bytes:
    """Return a PNG file that claims a size and holds no pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    parts = [
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("ending", ["png", "bmp", "tiff", "gif", "webp", "ppm"])
def test_an_opaque_picture_keeps_every_value(ending: str, tmp_path: Path) -> None:
    options = {"lossless": True} if ending == "webp" else {}
    path = write(tmp_path / f"a.{ending}", Image.new("RGB", (6, 4), COLOUR), **options)
    (data,) = generate(path)
    assert tuple(data.images.shape) == (1, 3, 4, 6)
    assert pixel(data) == list(COLOUR)
    assert data.alpha is None


def test_black_and_white_reach_the_ends_of_the_range(tmp_path: Path) -> None:
    image = Image.new("RGB", (2, 1), (255, 255, 255))
    image.putpixel((1, 0), (0, 0, 0))
    (data,) = generate(write(tmp_path / "a.png", image))
    assert data.images[0, :, 0, 0].tolist() == [1.0, 1.0, 1.0]
    assert data.images[0, :, 0, 1].tolist() == [-1.0, -1.0, -1.0]


@pytest.mark.parametrize("ending", ["png", "tiff"])
def test_a_grey_picture_of_16_bit_keeps_all_of_them(ending: str, tmp_path: Path) -> None:
    values = np.array([[0, 1, 32768, 65535]], np.uint16)
    (data,) = generate(write(tmp_path / f"a.{ending}", Image.fromarray(values)))
    wanted = torch.tensor([0, 1, 32768, 65535]) / 65535 * 2 - 1
    for channel in data.images[0, :, 0]:
        torch.testing.assert_close(channel, wanted, rtol=0, atol=1e-7)
    assert data.images[0, 0, 0, 0] != data.images[0, 0, 0, 1]


def test_a_grey_picture_repeats_its_channel(tmp_path: Path) -> None:
    (data,) = generate(write(tmp_path / "a.png", Image.new("L", (3, 3), 77)))
    assert pixel(data) == [77, 77, 77]


def test_a_picture_of_one_bit_is_black_and_white(tmp_path: Path) -> None:
    (data,) = generate(write(tmp_path / "a.png", Image.new("1", (3, 3), 1)))
    assert pixel(data) == [255, 255, 255]


def test_a_palette_picture_shows_its_colours(tmp_path: Path) -> None:
    image = Image.new("RGB", (4, 4), COLOUR).convert("P", palette=Image.Palette.ADAPTIVE)
    (data,) = generate(write(tmp_path / "a.png", image))
    assert pixel(data) == list(COLOUR)


def test_a_palette_picture_with_a_clear_colour_is_clear_there(tmp_path: Path) -> None:
    image = Image.new("P", (2, 1), 0)
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.putpixel((1, 0), 1)
    (data,) = generate(write(tmp_path / "a.png", image, transparency=0))
    assert data.alpha is not None
    assert data.alpha[0, 0, 0].tolist() == [0.0, 1.0]
    assert pixel(data, x=1) == list(COLOUR)


@pytest.mark.parametrize("ending", ["jpg", "tiff"])
def test_a_cmyk_picture_becomes_rgb(ending: str, tmp_path: Path) -> None:
    image = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    (data,) = generate(write(tmp_path / f"a.{ending}", image))
    red, green, blue = pixel(data)
    assert red > 240
    assert max(green, blue) < 15


def cmyk_profile() -> bytes:
    """Return a printer's profile (ICC.1:2001-04, lut8Type): paper is white, and cyan ink alone a grey of L* 50."""
    ramp = bytes(range(256))
    corners = [(255, 128, 128)] + [(0, 128, 128)] * 15
    corners[8] = (128, 128, 128)  # the last ink counts first
    table = struct.pack(">4s4xBBBx9i", b"mft1", 4, 3, 2, *(65536 * (i % 4 == 0) for i in range(9)))
    table += ramp * 4 + bytes(sum(corners, ())) + ramp * 3
    white = struct.pack(">4s4x3i", b"XYZ ", 63190, 65536, 54061)
    blocks = {b"A2B0": table, b"wtpt": white}
    at, entries, body = 128 + 4 + 12 * len(blocks), b"", b""
    for name, block in blocks.items():
        entries += struct.pack(">4sII", name, at + len(body), len(block))
        body += block + b"\0" * (-len(block) % 4)
    head = struct.pack(">I4sI4s4s4s12x4s28x3i", at + len(body), b"", 0x02400000, b"prtr", b"CMYK", b"Lab ", b"acsp",
                       63190, 65536, 54061)  # fmt: skip
    return head.ljust(128, b"\0") + struct.pack(">I", len(blocks)) + entries + body


@pytest.mark.parametrize("ending", ["jpg", "tiff"])
def test_a_cmyk_picture_becomes_rgb_by_its_own_profile(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{ending}"
    Image.new("CMYK", (8, 8), (255, 0, 0, 0)).save(path, icc_profile=cmyk_profile())
    (data,) = generate(path)
    assert pixel(data) == pytest.approx([119, 119, 119], abs=3)  # sRGB of L* 50; without profile it were cyan
    assert read_picture(path.read_bytes()).attachments.icc is None


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_opacity_comes_beside_the_colours(mode: str, tmp_path: Path) -> None:
    image = Image.new("RGBA", (3, 2), (*COLOUR, 51)).convert(mode)
    (data,) = generate(write(tmp_path / "a.png", image))
    assert data.alpha is not None
    assert tuple(data.alpha.shape) == (1, 1, 2, 3)
    assert float(data.alpha[0, 0, 0, 0]) == pytest.approx(0.2)


def test_opacity_that_is_whole_everywhere_is_none(tmp_path: Path) -> None:
    (data,) = generate(write(tmp_path / "a.png", Image.new("RGBA", (3, 2), (*COLOUR, 255))))
    assert data.alpha is None


def test_a_photograph_held_upright_stands_upright(tmp_path: Path) -> None:
    image = Image.new("RGB", (4, 2), COLOUR)
    image.paste((0, 0, 0), (0, 0, 2, 2))
    exif = image.getexif()
    exif[0x0112] = 6  # turn by 90° clockwise
    (data,) = generate(write(tmp_path / "a.png", image, exif=exif))
    assert tuple(data.images.shape) == (1, 3, 4, 2)
    assert pixel(data, y=0) == [0, 0, 0]
    assert pixel(data, y=3) == list(COLOUR)


def test_a_phone_picture_with_a_second_view_is_its_first_view(tmp_path: Path) -> None:
    first, second = Image.new("RGB", (8, 8), COLOUR), Image.new("RGB", (8, 8), (0, 0, 0))
    path = write(tmp_path / "a.jpg", first, format="MPO", save_all=True, append_images=[second])
    (data,) = generate(path)
    assert max(abs(a - b) for a, b in zip(pixel(data), COLOUR, strict=True)) < 8


@pytest.mark.parametrize("ending", ["gif", "png", "webp", "tiff"])
def test_refuses_an_animation(ending: str, tmp_path: Path) -> None:
    frames = [Image.new("RGB", (4, 4), (90 * i, 0, 0)) for i in range(3)]
    path = write(tmp_path / f"a.{ending}", frames[0], save_all=True, append_images=frames[1:])
    with pytest.raises(DataError, match=r"a\.\w+: wanted a still picture, got an animation of 3 frames"):
        generate(path)


@pytest.mark.parametrize("side", [10_000, 20_000], ids=["warning", "error"])
def test_refuses_a_decompression_bomb_before_decoding_it(side: int, tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png_of_size(side, side))
    with pytest.raises(DataError, match=rf"bomb\.png.*{side * side} pixels"):
        generate(path)


def test_refuses_floating_point_pixels_whose_range_nobody_knows(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tiff", Image.fromarray(np.ones((2, 2), np.float32)))
    with pytest.raises(DataError, match=r"a\.tiff: wanted 8 or 16 bit whole numbers, got floating-point"):
        generate(path)


def test_refuses_whole_numbers_of_more_than_16_bit(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tiff", Image.fromarray(np.full((2, 2), 70_000, np.int32)))
    with pytest.raises(DataError, match=r"wanted 8 or 16 bit whole numbers, got pixels of 70000 to 70000"):
        generate(path)


def test_names_a_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"absent\.png cannot be read: No such file"):
        generate(tmp_path / "absent.png")


def test_names_a_folder_given_as_a_picture(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        generate(tmp_path)


@pytest.mark.parametrize("content", [b"", b"Dear painter", png_of_size(4, 4)], ids=["empty", "text", "cut"])
def test_names_a_file_that_is_no_picture(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"a\.png: cannot be read as a picture"):
        generate(path)


def test_seeds_and_origins_follow_the_order_of_the_paths(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{name}.png", paint(seed=i)) for i, name in enumerate("ba")]
    found = generate(*paths, seed=40)
    assert [data.seeds for data in found] == [(40,), (41,)]
    assert [data.origins[0].name for data in found] == ["b.png", "a.png"]
    for path, data in zip(paths, found, strict=True):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        assert data.origins[0].sha256 == data.provenance[0].digests["picture"] == digest


def test_takes_only_as_many_as_are_asked_for(tmp_path: Path) -> None:
    good = write(tmp_path / "a.png", paint())
    assert len(generate(good, tmp_path / "absent.png", count=1)) == 1


def test_refuses_a_count_above_the_number_of_pictures(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="count: wanted at most the 1 pictures, got 2"):
        generate(tmp_path / "a.png", count=2)


def test_refuses_another_source() -> None:
    with pytest.raises(SettingsError, match="source: wanted pictures, got noise"):
        list(PicturesGenerator().generate(IGS(), None))


def _files() -> dict[str, bytes]:
    files = {}
    for kind in ("PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP"):
        buffer = io.BytesIO()
        paint(12, 9, seed=3).save(buffer, kind)
        files[kind] = buffer.getvalue()
    return files


FILES = _files()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), kind=st.sampled_from(sorted(FILES)))
def test_a_damaged_file_gives_a_picture_or_a_data_error(
    data: st.DataObject, kind: str, tmp_path: Path
) -> None:
    content = bytearray(FILES[kind])
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "a.img"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    with suppress(DataError):
        assert len(generate(path)) == 1


def test_a_picture_is_called_as_people_call_it_and_made_the_same_bytes_of(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{number}.png", Image.new("RGB", (3, 2))) for number in range(3)]
    source = Pictures(paths=tuple(paths), names=("cat.png", "dog.png", "../owl.png"))
    part = IGS(count=3, source=source).source.part(1, 2)
    named = list(PicturesGenerator().generate(IGS(count=2, source=part), None))
    assert [data.origins[0].name for data in named] == ["dog.png", "../owl.png"]
    [plain] = generate(paths[1])
    assert named[0].provenance == plain.provenance  # a name decides nothing


def test_a_fault_is_told_by_the_name_that_people_know_and_without_the_place(tmp_path: Path) -> None:
    (tmp_path / "0f").write_bytes(b"no picture")
    source = Pictures(paths=(tmp_path / "0f",), names=("cat.png",))
    with pytest.raises(DataError, match=r"^cat\.png: cannot be read as a picture"):
        list(PicturesGenerator().generate(IGS(source=source), None))


def test_names_are_as_many_as_there_are_pictures(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="names: wanted none or one for each of the 2 pictures, got 1"):
        Pictures(paths=(tmp_path / "a", tmp_path / "b"), names=("cat.png",))
