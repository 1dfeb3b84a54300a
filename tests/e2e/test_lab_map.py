"""``artgen lab map``: the map of a model in one command."""

import json
from pathlib import Path

import pytest
from PIL import Image

from pipeline.component_check.samples import random_model
from tests.e2e.cli import call, call_json
from tests.samples import painting_files, write_zip

LAB = {
    "generator.side": "8", "generator.first_side": "4", "generator.widths": "8,4", "critic.widths": "4",
    "critic.last_side": "4", "generator.channels": "3", "generator.latent": "2",
}  # fmt: skip
SETTINGS = [part for name, value in LAB.items() for part in ("--set", f"{name}={value}")]


@pytest.fixture
def colours(tmp_path: Path) -> Path:
    return write_zip(tmp_path / "colours.zip", painting_files(("cool", "warm"), per_style=8))


@pytest.fixture
def model(colours: Path, tmp_path: Path) -> Path:
    """A model of two latent numbers, hardly trained."""
    result = call(
        "train",
        colours,
        "--preset",
        "lab-2d",
        *SETTINGS,
        "--steps",
        2,
        "--set",
        "batch=4",
        "--out",
        tmp_path / "model",
    )
    assert result.exit_code == 0, result.output
    return tmp_path / "model"


def test_a_map_is_made_by_the_classifier_of_the_models_data_drawn_and_told(
    model: Path, colours: Path, tmp_path: Path
) -> None:
    missing = call("lab", "map", model)
    assert missing.exit_code == 2
    assert "make it with: artgen lab classifier DATA --size 8 --channels 3" in missing.output

    call_json("lab", "classifier", colours, "--size", 8, "--channels", 3)
    found = call_json("lab", "map", model, "--points", 6, "--out", tmp_path / "map")
    (one,) = found["maps"]
    assert set(one["shares"]) == {"cool", "warm"}
    assert sum(one["shares"].values()) == pytest.approx(1)
    assert found["points"] == 6
    assert found["changed"] is None
    with Image.open(tmp_path / "map" / "map.png") as picture:
        assert picture.width > 400
    written = json.loads((tmp_path / "map" / "map.json").read_text())
    assert written == {name: value for name, value in found.items() if name != "out"}

    again = call(
        "lab", "map", model, "--points", 6, "--compare", tmp_path / "map", "--out", tmp_path / "again"
    )
    assert "changed since the map compared with: 0.00 % of the points" in again.output
    for name in ("map.png", "map.safetensors"):
        assert (tmp_path / "map" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()

    other = call(
        "lab", "map", model, "--points", 5, "--compare", tmp_path / "map", "--out", tmp_path / "other"
    )
    assert other.exit_code == 2
    assert "wanted two maps of the same points" in other.output
    nothing = call("lab", "map", model, "--compare", tmp_path / "none")
    assert nothing.exit_code == 2
    assert "wanted a folder that `artgen lab map` wrote" in nothing.output


def test_a_model_whose_latent_space_is_no_square_or_cube_is_refused_in_words(tmp_path: Path) -> None:
    folder = random_model(tmp_path / "other").weights_path.parent
    result = call("lab", "map", folder)
    assert result.exit_code == 2
    assert "wanted a latent space of 2, 3 or 4 numbers, drawn evenly from [-1, 1]" in result.output
