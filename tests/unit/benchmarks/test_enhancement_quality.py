"""The evidence on the card of the shipped network: its measures say what they are called, its sheet fits."""

import io

import numpy as np
import pytest
from PIL import Image, ImageFilter

from benchmarks.comparison_sheet import MOST_BYTES, Row, comparison_sheet
from benchmarks.enhancement_quality import bicubic, figures
from benchmarks.picture_quality import Judge, Quality
from tests.samples import paint


def painting(side: int = 64) -> np.ndarray:
    """Return a picture with fine detail, uint8 (side, side, 3)."""
    noise = np.random.default_rng(0).integers(0, 256, (side // 4, side // 4, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(noise).resize((side, side), Image.Resampling.BICUBIC))


def test_a_picture_is_nearest_and_as_sharp_as_itself() -> None:
    truth = painting()
    blurred = np.asarray(Image.fromarray(truth).filter(ImageFilter.GaussianBlur(2)))
    same, worse = (Judge(None).measure(made, truth) for made in (truth, blurred))

    assert same.ssim == pytest.approx(1)
    assert same.sharpness == pytest.approx(1)
    assert worse.psnr < same.psnr
    assert worse.ssim < 0.9
    assert worse.sharpness < 0.7
    assert worse.vgg19 is None


def test_what_lies_at_the_edge_does_not_count() -> None:
    truth = painting()
    framed = truth.copy()
    framed[:4] = framed[-4:] = framed[:, :4] = framed[:, -4:] = 0

    assert Judge(None).measure(framed, truth) == Judge(None).measure(truth, truth)


def test_psnr_is_that_of_the_formula() -> None:
    truth = np.full((32, 32, 3), 100, np.uint8)
    assert Judge(None).measure(truth + np.uint8(10), truth).psnr == pytest.approx(10 * np.log10(255**2 / 100))


def test_the_share_of_pictures_that_beat_bicubic_is_counted() -> None:
    plain = [Quality(20.0, 0.5, None, 0.5), Quality(22.0, 0.6, None, 0.5)]
    ours = [Quality(21.0, 0.6, None, 0.7), Quality(21.5, 0.6, None, 0.7)]
    lines = figures({"paintings": {"bicubic": plain, "ours": ours}})

    assert lines[0] == "2 pictures: **paintings**"
    assert lines[-2] == "| ours | 21.25 (21.25) | 0.600 (0.600) | not measured | 0.700 (0.700) | 50 % |"


@pytest.mark.parametrize("truth", [False, True], ids=["without", "with"])
def test_the_sheet_has_a_column_for_each_form_and_stays_small(truth: bool) -> None:
    picture = np.asarray(paint(128, 128).convert("RGB"))
    noise = np.random.default_rng(0).integers(0, 256, (128, 128, 3), dtype=np.uint8)
    small = np.asarray(Image.fromarray(picture).resize((32, 32)))
    content = comparison_sheet([Row(noise, {"bicubic": bicubic(small), "noise": noise})] * 5, truth=truth)

    assert len(content) < MOST_BYTES
    with Image.open(io.BytesIO(content)) as sheet:
        assert sheet.size == ((2 + truth) * 230 + 6, 26 + 5 * 230)
