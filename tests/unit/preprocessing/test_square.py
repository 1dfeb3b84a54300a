"""Every kind of picture becomes the square that a person would expect."""

import io
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from PIL import Image, ImageOps

from components.preprocessing.square import DRAFT_MARGIN, SquareMaker
from interfaces.errors import DataError
from tests.samples import make_painting, paint

SIDE = 16


def encode(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def square(content: bytes, *, side: int = SIDE, channels: int = 3, draft: bool = False) -> np.ndarray:
    assert channels in (1, 3)
    made = SquareMaker(side, 3 if channels == 3 else 1, draft).make(content)
    return np.frombuffer(made, np.uint8).reshape(side, side, channels)


def reference(image: Image.Image, side: int = SIDE) -> np.ndarray:
    """What the square must be, by Pillow alone."""
    width, height = image.size
    short = min(width, height)
    left, top = (width - short) // 2, (height - short) // 2
    centre = image.crop((left, top, left + short, top + short))
    return np.asarray(centre.resize((side, side), Image.Resampling.BICUBIC))


def furthest(a: np.ndarray, b: np.ndarray) -> int:
    """Largest difference in grey levels."""
    return int(abs(a.astype(int) - b).max())


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    error = np.mean((a.astype(float) - b.astype(float)) ** 2)
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


@pytest.mark.parametrize(("width", "height"), [(48, 32), (32, 48), (33, 48), (16, 16), (8, 12), (500, 20)])
def test_crops_the_centre_and_shrinks_it(width: int, height: int) -> None:
    image = paint(width, height)
    assert furthest(square(encode(image)), reference(image)) <= 1


def test_shrinks_a_very_large_picture_as_well_as_a_small_one() -> None:
    image = paint(2000, 1500)
    assert furthest(square(encode(image, "BMP"), side=8), reference(image, 8)) <= 1
    grey = image.convert("L")
    assert furthest(square(encode(grey, "BMP"), side=8, channels=1)[..., 0], reference(grey, 8)) <= 1


def test_drops_equal_strips_at_both_sides() -> None:
    image = Image.new("RGB", (40, 20), "red")
    image.paste("blue", (10, 0, 30, 20))
    made = square(encode(image), side=5)
    assert (made == (0, 0, 255)).all()


def test_does_not_alias_fine_stripes() -> None:
    stripes = np.zeros((256, 256), np.uint8)
    stripes[:, ::2] = 255
    made = square(encode(Image.fromarray(stripes)), side=32)
    assert abs(made[:, 1:-1].astype(int) - 127.5).max() < 2


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_turns_pictures_upright(orientation: int, kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else {"quality": 95} if kind == "JPEG" else {}
    content = encode(paint(40, 24, seed=3), kind, exif=exif, **options)
    with Image.open(io.BytesIO(content)) as opened:
        wanted = reference(ImageOps.exif_transpose(opened).convert("RGB"))
    assert psnr(square(content), wanted) > 50


def half_transparent(mode: str) -> Image.Image:
    image = Image.new(mode, (8, 8), (0, 255) if mode == "LA" else (0, 0, 0, 255))
    image.paste((0, 0) if mode == "LA" else (0, 0, 0, 0), (4, 0, 8, 8))
    return image


def palette_with_transparency() -> bytes:
    image = Image.new("P", (8, 8), 0)
    image.putpalette([0, 0, 0, 255, 0, 0])
    image.paste(1, (4, 0, 8, 8))
    return encode(image, transparency=1)


@pytest.mark.parametrize(
    "content",
    [encode(half_transparent("RGBA")), encode(half_transparent("LA")), palette_with_transparency()],
    ids=["RGBA", "LA", "palette"],
)
def test_puts_transparent_parts_on_white(content: bytes) -> None:
    made = square(content, side=8)
    assert (made[:, :2] < 20).all()
    assert (made[:, 6:] > 235).all()


def test_reads_palettes_grey_and_black_and_white() -> None:
    image = paint(32, 32)
    indexed = image.quantize(64)
    assert furthest(square(encode(indexed)), reference(indexed.convert("RGB"))) <= 1
    grey = image.convert("L")
    assert furthest(square(encode(grey)), reference(grey)[..., None].repeat(3, 2)) <= 1
    bits = image.convert("1")
    assert furthest(square(encode(bits)), reference(bits.convert("L"))[..., None].repeat(3, 2)) <= 1


def test_makes_grey_squares_when_asked() -> None:
    image = paint(32, 32)
    made = square(encode(image), channels=1)
    assert psnr(made[..., 0], reference(image.convert("L"))) > 45


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_scales_16_bit_to_8(kind: str) -> None:
    values = np.linspace(0, 65535, 64, dtype=np.uint16).reshape(8, 8)
    made = square(encode(Image.fromarray(values), kind), side=8)
    assert np.array_equal(made[..., 0], np.round(values / 257.0).astype(np.uint8))


def test_reads_floating_point_from_0_to_1_and_refuses_other_ranges() -> None:
    values = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
    made = square(encode(Image.fromarray(values), "TIFF"), side=8)
    assert np.array_equal(made[..., 0], np.round(values * 255.0).astype(np.uint8))
    with pytest.raises(DataError, match="has grey values from 0 to 9: wanted 0 to 1"):
        square(encode(Image.fromarray(values * 9), "TIFF"), side=8)


def test_reads_cmyk_of_both_conventions() -> None:
    red = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    content = encode(red, "JPEG", quality=100)  # Pillow writes it inverted, with Adobe's marker
    assert b"Adobe" in content
    assert abs(square(content)[8, 8].astype(int) - (255, 0, 0)).max() < 6
    assert np.array_equal(square(encode(red, "TIFF"))[8, 8], (255, 0, 0))


@pytest.mark.parametrize("kind", ["GIF", "BMP", "PPM", "JPEG2000", "AVIF"])
def test_reads_the_other_formats(kind: str) -> None:
    image = paint(32, 32)
    assert psnr(square(encode(image, kind)), reference(image)) > 25


def photo(width: int, height: int, seed: int) -> Image.Image:
    """A painting with the grain of a canvas: detail at every scale, as in a photograph."""
    image = np.asarray(paint(width, height, seed=seed)).astype(float)
    rng = np.random.default_rng(seed)
    for scale in (1, 2, 4, 8):
        grain = rng.normal(0, 6, (height // scale + 1, width // scale + 1, 1))
        image += np.kron(grain, np.ones((scale, scale, 1)))[:height, :width]
    return Image.fromarray(np.clip(image, 0, 255).astype(np.uint8))


@pytest.mark.parametrize(("width", "height"), [(255, 131), (129, 400), (301, 257), (600, 523)])
@pytest.mark.parametrize("subsampling", [0, 2])
def test_draft_decoding_does_not_show(width: int, height: int, subsampling: int) -> None:
    content = encode(photo(width, height, width), "JPEG", quality=90, subsampling=subsampling)
    drafted, full = square(content, draft=True), square(content)
    assert psnr(drafted, full) >= 45
    assert not np.array_equal(drafted, full)  # it did take place


def test_draft_decoding_keeps_away_from_small_pictures() -> None:
    side = 2 * DRAFT_MARGIN * SIDE - 2
    content = encode(photo(side, side, 1), "JPEG")
    assert np.array_equal(square(content, draft=True), square(content))


def test_draft_decoding_does_not_show_on_real_paintings(real_data: Path) -> None:
    worst = []
    for path in sorted((real_data / "paintings-hires").glob("*.jpg"))[::3]:
        content = path.read_bytes()
        for side in (32, 64, 128):
            drafted, full = square(content, side=side, draft=True), square(content, side=side)
            worst.append(psnr(drafted, full))
    assert min(worst) >= 45


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is not a picture"),
        (b"nothing", "is not a picture"),
        (make_painting(64, 64, kind="JPEG")[:-200], "cannot be decoded: .*truncated"),
        (make_painting(64, 64)[:-300], "cannot be decoded"),
    ],
)
def test_says_why_a_file_makes_no_square(content: bytes, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        square(content)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_refuses_pictures_that_are_too_small_where_none_shall_be_enlarged(kind: str) -> None:
    maker = SquareMaker(SIDE, 3, False, enlarge=False)
    assert len(maker.make(encode(Image.new("RGB", (SIDE, SIDE + 3)), kind))) == SIDE * SIDE * 3
    with pytest.raises(
        DataError, match=f"wanted {SIDE} pixels on both sides at least, got {SIDE + 9}x{SIDE - 1}"
    ):
        maker.make(encode(Image.new("RGB", (SIDE + 9, SIDE - 1)), kind))


def pieces(
    image: Image.Image, kind: str = "PNG", *, channels: Literal[1, 3] = 3, **options: object
) -> np.ndarray:
    made = SquareMaker(SIDE, channels, True, pieces=True).make(encode(image, kind, **options))
    return np.frombuffer(made, np.uint8).reshape(-1, SIDE, SIDE, channels)


def test_cuts_a_large_picture_to_pieces_at_each_of_its_sizes() -> None:
    image = paint(5 * SIDE + 6, 4 * SIDE + 1)  # 86x65, then 43x33
    found = pieces(image)
    assert len(found) == 1 + 5 * 4 + 2 * 2
    assert np.array_equal(found[0], square(encode(image), draft=True))
    whole, half = np.asarray(image), np.asarray(image.reduce(2))
    assert np.array_equal(
        found[1:21],
        [whole[y : y + SIDE, x : x + SIDE] for y in range(0, 64, SIDE) for x in range(3, 83, SIDE)],
    )
    assert np.array_equal(
        found[21:], [half[y : y + SIDE, x : x + SIDE] for y in (0, SIDE) for x in (5, 5 + SIDE)]
    )


@pytest.mark.parametrize("size", [(2 * SIDE - 1, 9 * SIDE), (9 * SIDE, 2 * SIDE - 1), (SIDE, SIDE)])
def test_cuts_no_picture_that_is_narrower_than_two_squares(size: tuple[int, int]) -> None:
    assert np.array_equal(pieces(paint(*size))[0], square(encode(paint(*size)), draft=True))
    assert len(pieces(paint(*size))) == 1


def test_a_huge_picture_gives_no_more_pieces_of_a_size_than_any_other() -> None:
    found = pieces(paint(40 * SIDE, 20 * SIDE))
    # 40x20, 20x10, 10x5 and 5x2 squares fit
    assert len(found) == 1 + 64 + 64 + 50 + 10
    assert len({piece.tobytes() for piece in found[1:65]}) == 64


def test_pieces_stand_upright_and_are_grey_where_the_squares_are() -> None:
    image = paint(2 * SIDE, 3 * SIDE)
    turned = Image.Exif()
    turned[274] = 6
    upright = image.transpose(Image.Transpose.ROTATE_270)
    assert np.array_equal(pieces(image, "PNG", exif=turned), pieces(upright))
    assert np.array_equal(pieces(image, channels=1)[1:], pieces(image.convert("L"), channels=1)[1:])
