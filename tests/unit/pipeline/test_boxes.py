"""One box alone, in three lines of Python, and every example of `docs/python.md`."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from interfaces.errors import DataError, SettingsError
from interfaces.igdt import IGDT
from interfaces.provenance import StageRecord
from pipeline.boxes import convert, enhance, generate, images_of, pictures_of
from tests.e2e.cli import ROOT
from tests.processes import Program

EXAMPLES = re.findall(
    r"```python\n(.*?)```", (ROOT / "docs" / "python.md").read_text(encoding="utf-8"), re.DOTALL
)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_every_example_of_the_page_runs_as_printed(number: int, tmp_path: Path) -> None:
    (tmp_path / "example.py").write_text(EXAMPLES[number], encoding="utf-8")
    program = Program(tmp_path, "example", [])
    said, complaints = program.communicate()
    assert program.returncode == 0, complaints
    assert said.strip()


def test_pixels_come_back_as_they_went_in() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (2, 6, 5, 4), np.uint8)
    data = images_of(*pixels)
    assert data.images.shape == (2, 3, 6, 5)
    for before, after in zip(pixels, pictures_of(data), strict=True):
        assert np.array_equal(np.asarray(after), before)
    opaque = pictures_of(images_of(pixels[0, ..., :3]))[0]
    assert (opaque.mode, np.asarray(opaque).tolist()) == ("RGB", pixels[0, ..., :3].tolist())


def test_grey_pictures_and_palettes_are_taken() -> None:
    grey = np.arange(30, dtype=np.uint8).reshape(5, 6)
    assert np.array_equal(np.asarray(pictures_of(images_of(grey))[0])[..., 1], grey)
    palette = Image.new("RGB", (6, 5), "red").convert("P")
    assert pictures_of(images_of(palette))[0].getpixel((0, 0)) == (255, 0, 0)


@pytest.mark.parametrize(
    ("pictures", "said"),
    [
        ((), "got none"),
        ((Image.new("RGB", (4, 4)), Image.new("RGB", (5, 4))), "wanted pictures of one size, got 4x4, 5x4"),
        ((np.zeros((4, 4, 3)),), r"got float64 \(4, 4, 3\)"),
        ((np.zeros((4, 4, 2), np.uint8),), r"got uint8 \(4, 4, 2\)"),
    ],
)
def test_what_is_no_picture_is_refused(pictures: tuple[object, ...], said: str) -> None:
    with pytest.raises(DataError, match=said):
        images_of(*pictures)  # type: ignore[arg-type]


def test_a_generated_picture_passes_from_box_to_box_with_its_provenance() -> None:
    made = generate(count=1, seed=3)
    (file,) = convert(enhance(made, side=128, enhancer={"kind": "lanczos"})).files
    again = generate(count=1, seed=3)
    assert torch.equal(made.images, again.images)
    assert file.name == "seed3_128x128.png"
    assert [record.stage for record in made.provenance] == ["generation"]


def test_listed_seeds_are_generated_in_their_order() -> None:
    made = generate(seeds="9,2-3")
    assert made.seeds == (9, 2, 3)
    assert torch.equal(made.images[1:], generate(seed=2, count=2).images)


def test_wrong_settings_name_the_field() -> None:
    with pytest.raises(ValueError, match="side") as caught:
        enhance(Image.new("RGB", (4, 4)), side=-1)
    assert "pydantic.dev" not in str(caught.value)


def test_a_contract_that_is_broken_says_so_without_a_librarys_address() -> None:
    record = StageRecord(stage="generation", component="test")
    with pytest.raises(ValueError, match="images") as caught:
        IGDT(images=torch.full((1, 3, 4, 4), 2.0), seeds=(0,), provenance=(record,))
    assert "http" not in str(caught.value)


def test_the_component_itself_says_who_finds_its_weights() -> None:
    from components.enhancement import ENHANCERS
    from interfaces.ies import IES

    with pytest.raises(SettingsError, match=r"pipeline\.boxes\.enhance finds enhancer and weights"):
        ENHANCERS["realesrgan"]().enhance(images_of(Image.new("RGB", (4, 4))), IES(side=256))
