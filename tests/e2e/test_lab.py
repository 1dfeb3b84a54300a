"""``artgen lab``: looking into a generator from the command line."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from components.conversion.ai_mark import COMPOSITE, GENERATED, read_mark
from interfaces.laboratory import LabGenerator
from pipeline.component_check.samples import random_model
from tests.e2e.cli import call, call_json


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model of classes in a folder; the files that commands write go beside it."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "digits"
    random_model(folder, architecture=LabGenerator(side=8, first_side=2, widths=(6, 4)), conditional=True)
    return folder


def test_a_point_is_shown_with_the_mean_of_every_layer(model: Path) -> None:
    found = call_json("lab", "point", model, "--at", "-0.5,1", "--class", "warm")
    assert [*found["means"]][:2] == ["1-class-gain", "2-dense"]
    with Image.open(found["image"]) as picture:
        assert picture.size == (256, 256)
    assert read_mark(Path(found["image"])) == GENERATED
    shown = call("lab", "point", model, "--at", "-0.5,1", "--class", "warm").stdout
    assert "7-relu" in shown
    assert "4 x 4 x 4" in shown


def test_a_foreign_explorer_looks_in_place_of_ours(model: Path) -> None:
    at = ("lab", "point", model, "--at", "-0.5,0.75", "--class", "warm")
    with Image.open(call_json(*at)["image"]) as picture:
        ours = np.asarray(picture)
    foreign = "explorer=tests.contracts.broken.explorers:ShowsItMirrored"
    with Image.open(call_json(*at, "--component", foreign)["image"]) as picture:
        assert (np.asarray(picture) == ours[:, ::-1]).all()
    refused = call(*at, "--component", "explorer=latnt")
    assert refused.exit_code == 2
    assert "Did you mean 'latent'" in refused.stderr


def test_a_morph_is_a_film_of_all_pictures_between(model: Path) -> None:
    found = call_json(
        "lab", "morph", model, "--from", "-1,-1", "--to", "seed:7", "--frames", "5", "--class", "cool"
    )
    assert len(found["frames"]) == 5
    with Image.open(found["film"]) as film:
        assert getattr(film, "n_frames", 1) == 8  # there and back, neither end twice
    alone = call_json("lab", "point", model, "--at", "-1,-1", "--class", "cool")
    assert Path(found["frames"][0]).read_bytes() == Path(alone["image"]).read_bytes()


def test_the_maps_of_a_layer_are_one_sheet(model: Path) -> None:
    found = call_json("lab", "activations", model, "--at", "0,0.5", "--layer", "7-relu", "--class", "cool")
    assert found["shape"] == [4, 4, 4]
    assert found["least"] == 0
    assert len(found["channel_means"]) == 4
    assert read_mark(Path(found["maps"])) == COMPOSITE
    numbers = call_json("lab", "activations", model, "--at", "0,0.5", "--layer", "2-dense", "--class", "cool")
    assert numbers["shape"] == [24, 1, 1]


def test_an_edit_shows_before_and_after(model: Path) -> None:
    found = call_json(
        "lab",
        "edit",
        model,
        "--at",
        "0.3,0.5",
        "--layer",
        "7-relu",
        "--zero",
        "rows:0-1,3",
        "--class",
        "cool",
    )
    assert 0 < found["changed"] < 1
    with Image.open(found["images"]) as both:
        assert both.width > 2 * 256


def test_directions_are_a_row_of_pictures_each(model: Path) -> None:
    found = call_json("lab", "directions", model, "--class", "warm", "--samples", "50", "--steps", "3")
    assert len(found["directions"]) == 2  # of so many numbers is a latent vector
    assert sum(found["shares"]) == pytest.approx(1.0, abs=1e-5)
    with Image.open(found["sheet"]) as sheet:
        assert sheet.size == (3 * 100 + 4, 2 * 100 + 4)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["point", "--at", "0.1", "--class", "cool"], "wanted 2 numbers"),
        (["point", "--at", "2,0", "--class", "cool"], "wanted numbers in [-1, 1], got 2.0, 0.0"),
        (
            ["point", "--at", "here", "--class", "cool"],
            "--at: wanted 2 numbers such as 0.1,-0.5, or seed:7, got 'here'",
        ),
        (["point", "--at", "seed:x", "--class", "cool"], "or seed:7, got 'seed:x'"),
        (["point", "--at", "0,0"], "wants one of cool, warm, got none"),
        (["point", "--at", "0,0", "--class", "cold"], "Did you mean 'cool'"),
        (
            ["activations", "--at", "0,0", "--class", "cool", "--layer", "8"],
            "unknown layer '8'; known: 1-class-gain, ",
        ),
        (
            ["edit", "--at", "0,0", "--class", "cool", "--layer", "7-relu", "--zero", "4"],
            "--zero: wanted rows:0-6",
        ),
        (
            ["edit", "--at", "0,0", "--class", "cool", "--layer", "7-relu", "--zero", "rows:9-4"],
            "wanted rows such as",
        ),
    ],
)
def test_what_is_not_there_is_told_in_a_line(command: list[str], said: str, model: Path) -> None:
    first, *rest = command
    refused = call("lab", first, model, *rest)
    assert refused.exit_code == 2
    assert said in " ".join(refused.stderr.split())
    assert [each.name for each in model.parent.iterdir()] == ["digits"]
