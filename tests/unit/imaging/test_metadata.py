"""What a picture carries stays as the bytes that it was, costs no picture, and is named where it is lost."""

import io
import re
import struct
import zlib
from pathlib import Path
from typing import Any, get_args

import pytest
from PIL import Image

from components.imaging.exif import fit_exif, orientation_of
from components.imaging.fitting import losses
from components.imaging.picture_file import PictureFile, read_picture
from components.imaging.preserving import encode_preserving
from components.imaging.segments import segment
from interfaces.ics import ICS, ImageFormat
from tests.unit.imaging.files import encode, png, sample, tiff

FORMATS = get_args(ImageFormat)
IMAGE = Image.new("RGB", (6, 4), (200, 100, 50))
ASCII, SHORT, LONG, RATIONAL = 2, 3, 4, 5


def tags(*entries: tuple[int, int, bytes], order: str = "<", following: bytes = b"") -> bytes:
    """Return a TIFF structure of one folder: tag, type and value of each; ``following`` is a second folder."""
    sizes = {ASCII: 1, SHORT: 2, LONG: 4, RATIONAL: 8}
    at = 8 + 2 + 12 * len(entries) + 4
    rows, body = b"", b""
    for tag, kind, value in sorted(entries):
        where = value.ljust(4, b"\0") if len(value) <= 4 else struct.pack(order + "I", at + len(body))
        body += b"" if len(value) <= 4 else value + b"\0" * (len(value) % 2)
        rows += struct.pack(order + "HHI", tag, kind, len(value) // sizes[kind]) + where
    head = {"<": b"II*\0\x08\0\0\0", ">": b"MM\0*\0\0\0\x08"}[order] + struct.pack(order + "H", len(entries))
    return head + rows + struct.pack(order + "I", at + len(body) if following else 0) + body + following


def again(picture: PictureFile, name: ImageFormat) -> bytes:
    """Return a file of the picture."""
    return encode_preserving(
        picture.image[0],
        None if picture.alpha is None else picture.alpha[0],
        ICS(format=name),
        bits=picture.bits,
        is_grey=picture.is_grey,
        attachments=picture.attachments,
    )


def lost(picture: PictureFile, name: ImageFormat) -> tuple[str, ...]:
    return losses(
        picture.attachments,
        ICS(format=name),
        bits=picture.bits,
        is_grey=picture.is_grey,
        has_alpha=picture.alpha is not None,
    )


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_texts_of_exif_stay_the_bytes_that_they_were(kind: str, name: ImageFormat, order: str) -> None:
    artist, strange = "José Müller 北斎\0".encode(), b"\xff\xfe\x80 no text\0"
    exif = tags((315, ASCII, artist), (0x010F, ASCII, strange), order=order)
    content = tiff_with(exif) if kind == "TIFF" else encode(IMAGE, kind, exif=b"Exif\0\0" + exif)
    made = again(read_picture(content), name)
    assert artist in made
    assert strange in made
    assert lost(read_picture(content), name) == ()


def tiff_with(exif: bytes) -> bytes:
    import numpy as np

    from components.imaging.raw_files import encode_tiff

    return encode_tiff(np.asarray(IMAGE), exif=exif)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "entry",
    [
        (282, ASCII, b"300\0"),
        (296, ASCII, b"2\0"),
        (272, RATIONAL, struct.pack("<II", 5, 1)),
        (274, ASCII, b"6\0"),
    ],
    ids=["resolution", "unit", "model", "orientation"],
)
def test_values_of_a_wrong_type_cost_no_picture(entry: tuple[int, int, bytes], name: ImageFormat) -> None:
    picture = read_picture(encode(IMAGE, "JPEG", exif=b"Exif\0\0" + tags(entry, (315, ASCII, b"me\0"))))
    made = again(picture, name)
    assert read_picture(made).image.shape == picture.image.shape
    assert b"me\0" in made
    assert entry[2] in made


def test_orientation_and_size_are_set_in_place_and_all_else_stays() -> None:
    exif = tags((256, SHORT, struct.pack("<H", 6)), (257, LONG, struct.pack("<I", 4)), (274, SHORT, b"\6\0"),
                (315, ASCII, "é\0".encode()))  # fmt: skip
    assert orientation_of(exif) == 6
    fitted = fit_exif(exif, size=(70_000, 30))
    assert len(fitted) == len(exif)
    assert orientation_of(fitted) == 1
    with_pillow = Image.Exif()
    with_pillow.load(fitted)
    assert (with_pillow[256], with_pillow[257]) == (70_000, 30)
    assert sum(a != b for a, b in zip(exif, fitted, strict=True)) <= 3 + 1 + 1 + 1


def test_a_thumbnail_of_the_old_picture_does_not_stay() -> None:
    thumbnail = encode(IMAGE, "JPEG")
    start = len(tags((315, ASCII, b"me\0"), following=b"x" * 30)) - 30 + 30
    second = struct.pack("<H", 2) + struct.pack("<HHII", 513, LONG, 1, start)
    second += struct.pack("<HHII", 514, LONG, 1, len(thumbnail)) + bytes(4)
    exif = tags((315, ASCII, b"me\0"), following=second) + thumbnail
    fitted = fit_exif(exif)
    assert thumbnail not in fitted
    with_pillow = Image.Exif()
    with_pillow.load(fitted)
    assert not with_pillow.get_ifd(1)


@pytest.mark.parametrize("exif", [b"II*\0\xff\xff\xff\xff", b"nonsense", tags((315, ASCII, b"me\0"))[:-6]])
@pytest.mark.parametrize("name", FORMATS)
def test_damaged_exif_costs_no_picture(exif: bytes, name: ImageFormat) -> None:
    picture = read_picture(encode(IMAGE, "JPEG", exif=b"Exif\0\0" + exif))
    assert read_picture(again(picture, name)).image.shape == picture.image.shape
    assert (lost(picture, name) == ()) == (name != "tiff")


@pytest.mark.parametrize("name", FORMATS)
def test_the_resolution_stays_or_is_named(name: ImageFormat) -> None:
    for content in (
        encode(IMAGE, "JPEG", dpi=(300, 150)),
        encode(IMAGE, dpi=(300, 150)),
        encode(IMAGE, "TIFF", dpi=(300, 150)),
    ):
        picture = read_picture(content)
        assert picture.attachments.density == pytest.approx((300, 150), abs=0.1)
        made = read_picture(again(picture, name))
        if made.attachments.density is None:
            assert name == "webp"
            assert lost(picture, name) == ("the resolution (300 dpi)",) or b"\x1a\x01" in again(picture, name)
        else:
            assert made.attachments.density == pytest.approx((300, 150), abs=0.1)
            assert lost(picture, name) == ()


def test_a_comment_stays_or_is_named() -> None:
    picture = read_picture(encode(IMAGE, "JPEG", comment="by José"))
    assert read_picture(again(picture, "jpeg")).attachments.comment == "by José".encode()
    assert read_picture(again(picture, "png")).attachments.texts["Comment"] == "by José"
    assert lost(picture, "webp") == lost(picture, "tiff") == ("the comment",)


def test_the_extended_part_of_xmp_stays_in_a_jpeg_and_is_named_elsewhere() -> None:
    part = b"0" * 32 + struct.pack(">II", 5, 0) + b"<x/>!"
    space = b"http://ns.adobe.com/xmp/extension/\0"
    content = encode(IMAGE, "JPEG", xmp=b"<main/>", extra=segment(0xE1, space + part))
    picture = read_picture(content)
    made = read_picture(again(picture, "jpeg"))
    assert made.attachments.extended_xmp == (part,)
    assert made.attachments.xmp == b"<main/>"
    for name in ("png", "webp", "tiff"):
        assert lost(picture, name) == ("the extended part of XMP",)


def test_chunks_of_a_png_stay_or_are_named() -> None:
    gamma, own, translated = struct.pack(">I", 45455), b"own", b"Title\0\0\0de\0Titel\0Katze"
    content = png(
        8, 2, [bytes(3)], 1,
        (b"gAMA", gamma), (b"prVt", own), (b"iTXt", translated), (b"sBIT", b"\5\6\5"), (b"tIME", bytes(7)),
    )  # fmt: skip
    picture = read_picture(content)
    made = again(picture, "png")
    for kind, body in ((b"gAMA", gamma), (b"prVt", own), (b"iTXt", translated)):
        assert struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) in made
    assert lost(picture, "png") == ("the chunk sBIT of the PNG", "the chunk tIME of the PNG")
    assert lost(picture, "jpeg")[2:] == ("chunks of the PNG (gAMA, prVt, iTXt)",)


def test_a_text_that_is_too_long_costs_no_picture_and_stays() -> None:
    long = b"k\0\0" + zlib.compress(bytes(3 << 20))
    picture = read_picture(png(8, 2, [bytes(3)], 1, (b"zTXt", long)))
    assert long in again(picture, "png")
    broken = png(8, 2, [bytes(3)], 1, (b"tEXt", b"a\0b")).replace(b"a\0b", b"a\0c")  # the checksum is wrong
    assert read_picture(broken).attachments.texts == {"a": "c"}


def test_texts_that_repeat_what_was_changed_say_what_is() -> None:
    exif = tags((274, SHORT, b"\6\0"), (315, ASCII, b"me\0"))
    raw = f"\nexif\n{len(exif) + 6:8}\n{(b'Exif' + bytes(2) + exif).hex()}\n"
    content = png(
        8, 2, [bytes(3), bytes(3)], 1,
        (b"tEXt", b"Raw profile type exif\0" + raw.encode()), (b"tEXt", b"exif:Orientation\x006"),
        (b"tEXt", b"exif:PixelXDimension\x007"),
    )  # fmt: skip
    picture = read_picture(content)
    assert tuple(picture.image.shape[2:]) == (1, 2), "it was turned"
    back = read_picture(again(picture, "png"))
    assert tuple(back.image.shape[2:]) == (1, 2)
    assert back.attachments.texts.items() >= {"exif:Orientation": "1", "exif:PixelXDimension": "2"}.items()
    assert orientation_of(back.attachments.exif or b"") == 1
    packet = (
        b'<a tiff:Orientation="6" exif:PixelXDimension="9"/><tiff:ImageLength>5</tiff:ImageLength><b>9</b>'
    )
    turned = read_picture(again(read_picture(encode(IMAGE, "JPEG", xmp=packet)), "jpeg"))
    assert turned.attachments.xmp == re.sub(rb'"6"', b'"1"', packet).replace(b'"9"', b'"4"').replace(
        b">5<", b">6<"
    )


def test_what_nobody_knows_is_named() -> None:
    content = encode(IMAGE, "JPEG", extra=segment(0xEB, b"JP") + segment(0xE2, b"MPF\0"))
    names = read_picture(content).attachments.lost
    assert names == ("an unknown segment APP11", "further views of the picture")


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "file",
    ["utf8_artist.jpg", "utf8_artist.png", "utf8_artist.tif", "utf8_artist.webp", "xres_ascii.jpg",
     "resunit_ascii.jpg", "orient_ok_model_rational.jpg", "dpi300.jpg"],
)  # fmt: skip
def test_files_that_people_met_lose_nothing_without_a_word(
    file: str, name: ImageFormat, real_data: Path
) -> None:
    picture = read_picture(sample(real_data, file))
    made = again(picture, name)
    if file.startswith("utf8"):
        assert "José Müller".encode() in made
    assert (lost(picture, name) != ()) == (file == "dpi300.jpg" and name == "webp")


def test_a_tiff_takes_values_of_exif_in_its_own_order() -> None:
    exif = tags((0x829A, RATIONAL, struct.pack(">II", 1, 60)), (315, ASCII, b"me\0"), order=">")
    made = again(read_picture(encode(IMAGE, exif=exif)), "tiff")
    with Image.open(io.BytesIO(made)) as opened:
        assert float(opened.getexif()[0x829A]) == pytest.approx(1 / 60)
        assert opened.getpixel((0, 0)) == (200, 100, 50)


def test_pages_that_are_thumbnails_are_named() -> None:
    assert read_picture(tiff_of_two()).attachments.lost == ("1 smaller pages",)


def tiff_of_two() -> bytes:
    import numpy as np
    import tifffile

    content = io.BytesIO()
    with tifffile.TiffWriter(content) as file:
        options: dict[str, Any] = {"photometric": "rgb", "metadata": None}
        file.write(np.asarray(IMAGE), **options)
        file.write(np.asarray(IMAGE)[::2, ::2], subfiletype=1, **options)
    assert content.getvalue() != tiff(np.asarray(IMAGE), photometric="rgb")
    return content.getvalue()
