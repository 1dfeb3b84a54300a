"""A file that is read and written again loses nothing of what its format can hold."""

import io
from itertools import product
from typing import Any, get_args

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image, ImageCms, IptcImagePlugin
from PIL.PngImagePlugin import PngInfo

from components.imaging.fitting import losses
from components.imaging.picture_file import read_picture
from components.imaging.preserving import encode_preserving
from components.imaging.raw_files import encode_tiff
from interfaces.attachments import Attachments
from interfaces.errors import DataError
from interfaces.ics import ICS, ImageFormat

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">a \xc3\xa9</x:xmpmeta>'
SHAPES = [(1, 1), (5, 7), (1, 9), (530, 2)]


def exif() -> bytes:
    made = Image.Exif()
    made[0x010F], made[0x9C9B] = "A camera", b"t\0"
    made.get_ifd(0x8769)[0xA002], made.get_ifd(0x8769)[0x9003] = 7, "2021:03:04"
    made.get_ifd(0x8825)[1] = "N"
    return made.tobytes().removeprefix(b"Exif\0\0")


IPTC = b"\x1c\x02\x78\x00\x05Titel\x1c\x02\x74\x00\x02me"  # caption, rights: of odd length
ALL = Attachments(icc=PROFILE, exif=exif(), xmp=XMP, texts={"parameters": "a cat, seed 7", "é": "ü"})


def picture(height: int, width: int, bits: int, *, grey: bool, alpha: bool) -> dict[str, Any]:
    generator = torch.Generator().manual_seed(1)
    steps = 2**bits - 1
    whole = torch.randint(0, steps + 1, (4, height, width), generator=generator).float() / steps
    image = whole[:1].expand(3, -1, -1) if grey else whole[:3]
    return {
        "image": image * 2 - 1, "alpha": whole[3:] * 0.999 if alpha else None, "bits": bits, "is_grey": grey,
    }  # fmt: skip


@pytest.mark.parametrize("size", SHAPES, ids=str)
@pytest.mark.parametrize(("bits", "grey", "alpha"), list(product((8, 16), (False, True), (False, True))))
@pytest.mark.parametrize("name", ["png", "tiff"])
def test_every_value_of_every_kind_of_picture_comes_back(
    name: ImageFormat, bits: int, grey: bool, alpha: bool, size: tuple[int, int]
) -> None:
    made = picture(*size, bits, grey=grey, alpha=alpha)
    content = encode_preserving(**made, settings=ICS(format=name), attachments=Attachments())
    back = read_picture(content)
    torch.testing.assert_close(back.image[0], made["image"], rtol=0, atol=1e-6)
    if alpha:
        assert back.alpha is not None
        torch.testing.assert_close(back.alpha[0], made["alpha"], rtol=0, atol=0.5 / (2**bits - 1))
    else:
        assert back.alpha is None
    assert back.is_grey == grey
    assert back.bits == bits


@pytest.mark.parametrize(("bits", "channels"), list(product((8, 16), (1, 2, 3, 4))))
@pytest.mark.parametrize("name", ["png", "tiff"])
def test_an_independent_reader_sees_the_same_numbers(name: ImageFormat, bits: int, channels: int) -> None:
    cv2 = pytest.importorskip("cv2", reason="OpenCV comes with the official package alone")
    made = picture(9, 6, bits, grey=channels < 3, alpha=channels % 2 == 0)
    if channels % 2 == 0:  # OpenCV multiplies some colours by their opacity
        made["alpha"] = torch.ones_like(made["alpha"])
    content = encode_preserving(**made, settings=ICS(format=name), attachments=ALL)
    if name == "tiff" and bits == 16 and channels == 2:  # which OpenCV shows in eight bits
        seen = tifffile.imread(io.BytesIO(content))[..., 0]
    else:
        seen = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    assert seen.dtype == (np.uint16 if bits == 16 else np.uint8)
    grey = seen if seen.ndim == 2 else seen[..., 2]  # blue first
    wanted = made["image"][0].add(1).mul(0.5 * (2**bits - 1)).round().numpy()
    assert np.array_equal(grey.astype(np.float32), wanted)


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("name", get_args(ImageFormat))
def test_profile_exif_and_xmp_come_back(name: ImageFormat, bits: int, alpha: bool) -> None:
    made = picture(24, 16, bits, grey=False, alpha=alpha)
    back = read_picture(encode_preserving(**made, settings=ICS(format=name), attachments=ALL)).attachments
    assert (back.icc, back.xmp) == (PROFILE, XMP)
    found = Image.Exif()
    found.load(back.exif or b"")
    assert (found[0x010F], found.get_ifd(0x8825)[1]) == ("A camera", "N")
    assert found.get_ifd(0x8769)[0x9003] == "2021:03:04"
    assert found.get_ifd(0x8769)[0xA002] == 16  # the size of the new picture
    assert (back.texts.get("parameters") == "a cat, seed 7") == (name == "png")


def test_what_artgen_wrote_about_the_input_is_not_taken_for_the_result() -> None:
    own = Attachments(texts={"artgen": "{}"}, xmp=b"<artgen:document>{}</artgen:document>")
    made = picture(4, 4, 8, grey=False, alpha=False)
    back = read_picture(encode_preserving(**made, settings=ICS(), attachments=own)).attachments
    assert (back.texts["artgen-input"], "artgen" in back.texts) == ("{}", False)
    assert back.xmp == b"<artgen:input>{}</artgen:input>"


def test_a_jpeg_lies_on_white_where_it_was_clear() -> None:
    settings = ICS(format="jpeg", quality=100)
    image, alpha = torch.full((3, 16, 16), -1.0), torch.zeros(1, 16, 16)
    content = encode_preserving(image, alpha, settings, bits=8, is_grey=False, attachments=Attachments())
    assert float(read_picture(content).image.min()) > 0.99


@pytest.mark.parametrize(
    ("field", "content", "name"),
    [
        ("xmp", b"x" * 70_000, "XMP (too long for a JPEG)"),
        ("iptc", IPTC * 4000, "IPTC (too long for a JPEG)"),
        ("comment", b"c" * 70_000, "the comment (too long for a JPEG)"),
        ("exif", exif() + bytes(70_000), "EXIF (too long for a JPEG)"),
    ],
)
def test_metadata_that_a_format_cannot_hold_costs_no_picture_and_is_named(
    field: str, content: bytes, name: str
) -> None:
    made = picture(4, 4, 8, grey=False, alpha=False)
    attachments = Attachments.model_validate({field: content})
    back = read_picture(encode_preserving(**made, settings=ICS(format="jpeg"), attachments=attachments))
    assert getattr(back.attachments, field) is None
    assert losses(attachments, ICS(format="jpeg"), bits=8, is_grey=False, has_alpha=False) == (name,)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("deep", [False, True])
def test_a_photograph_is_turned_upright_and_says_so_no_longer(orientation: int, deep: bool) -> None:
    stored = np.random.default_rng(0).integers(0, 65536, (4, 6, 3)).astype(np.uint16)
    if not deep:
        stored = (stored >> 8).astype(np.uint8)
    tag = Image.Exif()
    tag[0x0112], tag[0x010F] = orientation, "A camera"
    content = encode_tiff(stored, exif=tag.tobytes())
    back = read_picture(content)
    turns: dict[int, Any] = {
        1: lambda a: a, 2: np.fliplr, 3: lambda a: np.rot90(a, 2), 4: np.flipud,
        5: lambda a: a.transpose(1, 0, 2), 6: lambda a: np.rot90(a, -1),
        7: lambda a: np.rot90(a, 2).transpose(1, 0, 2), 8: np.rot90,
    }  # fmt: skip
    wanted = turns[orientation](stored).astype(np.float32) / (65535 if deep else 255)
    np.testing.assert_allclose((back.image[0].permute(1, 2, 0).numpy() + 1) / 2, wanted, atol=1e-6)
    found = Image.Exif()
    found.load(back.attachments.exif or b"")
    assert dict(found) == {0x010F: "A camera"}


def test_cmyk_with_a_damaged_profile_is_refused_and_without_one_converted_plainly() -> None:
    for profile, works in ((b"", True), (b"no profile", False), (PROFILE, False)):  # the last one is for RGB
        content = io.BytesIO()
        Image.new("CMYK", (4, 4), (0, 255, 255, 0)).save(content, "TIFF", icc_profile=profile)
        if works:
            assert read_picture(content.getvalue()).image[0, :, 0, 0].tolist() == [1, -1, -1]
        else:
            with pytest.raises(DataError, match="colour profile of its CMYK pixels is damaged"):
                read_picture(content.getvalue())


def test_texts_survive_in_every_kind_of_png_chunk() -> None:
    texts = PngInfo()
    texts.add_text("plain", "one")
    texts.add_text("packed", "two", zip=True)
    texts.add_itxt("wide", "drei ü")
    content = io.BytesIO()
    Image.new("RGB", (2, 2)).save(content, "PNG", pnginfo=texts)
    assert read_picture(content.getvalue()).attachments.texts == {
        "plain": "one", "packed": "two", "wide": "drei ü",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["jpeg", "tiff"])
@pytest.mark.parametrize("iptc", [IPTC, IPTC[:-1]], ids=["odd", "even"])
def test_iptc_stays(iptc: bytes, name: ImageFormat) -> None:
    made = picture(8, 8, 8, grey=False, alpha=False)
    content = encode_preserving(**made, settings=ICS(format=name), attachments=Attachments(iptc=iptc))
    assert read_picture(content).attachments.iptc == iptc
    with Image.open(io.BytesIO(content)) as opened:
        assert IptcImagePlugin.getiptcinfo(opened) is not None
        opened.load()
