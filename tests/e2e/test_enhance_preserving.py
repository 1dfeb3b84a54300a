"""``artgen enhance`` leaves what a picture has beside its pixels, or says what was lost."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from components.imaging.picture_file import read_picture
from tests.e2e.cli import call, call_json
from tests.samples import paint
from tests.unit.enhancement.networks import save

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize("name", ["png", "jpeg", "webp", "tiff"])
def test_everything_but_the_pixels_stays(name: str, here: Path) -> None:
    tag = Image.Exif()
    tag[0x010F], tag[0x0112] = "A camera", 6
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">caption</x:xmpmeta>'
    paint(8, 12).save(here / "a.jpg", exif=tag, icc_profile=PROFILE, xmp=xmp)
    call_json("enhance", "a.jpg", "--scale", 2, "--enhancer", "lanczos", "--format", name)
    [made] = (here / "enhanced").glob("a.*")
    back = read_picture(made.read_bytes())
    assert tuple(back.image.shape[2:]) == (16, 24)  # upright
    assert (back.attachments.icc, back.attachments.xmp) == (PROFILE, xmp)
    with Image.open(made) as opened:
        assert opened.getexif()[0x010F] == "A camera"
        assert opened.getexif().get(0x0112, 1) == 1


def test_what_an_agency_wrote_into_a_jpeg_stays_or_is_named_as_lost(here: Path) -> None:
    iptc = b"\x1c\x02\x78\x00\x05Titel"
    resource = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + len(iptc).to_bytes(4, "big") + iptc
    paint().save(here / "a.jpg", extra=b"\xff\xed" + (len(resource) + 2).to_bytes(2, "big") + resource)

    kept = call_json("enhance", "a.jpg", "--enhancer", "lanczos")
    lost = call_json("enhance", "a.jpg", "--enhancer", "lanczos", "--format", "webp")

    assert read_picture((here / "enhanced" / "a.jpg").read_bytes()).attachments.iptc == iptc
    assert (kept["files"][0]["message"], lost["files"][0]["message"]) == ("", "lost: IPTC")


def test_parameters_of_other_programs_stay_in_a_png(here: Path) -> None:
    texts = PngInfo()
    texts.add_text("parameters", "a cat, seed 7")
    paint().save(here / "a.png", pnginfo=texts)
    call("enhance", "a.png", "--enhancer", "lanczos")
    with Image.open(here / "enhanced" / "a.png") as made:
        assert made.info["parameters"] == "a cat, seed 7"
    report = call_json("enhance", "a.png", "--enhancer", "lanczos", "--format", "webp")
    assert report["files"][0]["message"] == "lost: texts of the PNG"


def deep_png(folder: Path, channels: int) -> Path:
    from components.imaging.raw_files import encode_png

    values = np.random.default_rng(0).integers(0, 65536, (8, 8, channels)).astype(np.uint16)
    values = np.repeat(np.repeat(values, 4, 0), 4, 1)
    path = folder / "deep.png"
    path.write_bytes(encode_png(values, {}, level=1))
    return path


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_sixteen_bits_stay_sixteen_bits(channels: int, here: Path) -> None:
    before = read_picture(deep_png(here, channels).read_bytes())
    report = call_json("enhance", "deep.png", "--scale", 2, "--enhancer", "lanczos")
    after = read_picture((here / "enhanced" / "deep.png").read_bytes())
    assert (after.bits, after.is_grey, after.alpha is None) == (16, channels < 3, channels % 2 == 1)
    levels = torch.unique(((after.image + 1) * 32767.5).round())
    assert len(levels) > 1000  # far more than eight bits have
    centre = after.image[..., 3:5, 3:5].mean(dim=(2, 3)) - before.image[..., 1:3, 1:3].mean(dim=(2, 3))
    assert float(centre.abs().max()) < 0.1
    assert report["files"][0]["message"] == ""
    report = call_json("enhance", "deep.png", "--enhancer", "lanczos", "--format", "jpeg", "--out", "j")
    assert "16 bits, 8 are left" in report["files"][0]["message"]


def test_grey_stays_grey_and_clear_stays_clear(here: Path) -> None:
    paint().convert("L").save(here / "grey.png")
    clear = paint().convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize((16, 16)))
    clear.save(here / "clear.png")
    call("enhance", "grey.png", "clear.png", "--weights", save(here))
    with (
        Image.open(here / "enhanced" / "grey.png") as grey,
        Image.open(here / "enhanced" / "clear.png") as made,
    ):
        assert (grey.mode, made.mode, made.size) == ("L", "RGBA", (64, 64))
        assert np.asarray(made.getchannel("A")).min() < 20
