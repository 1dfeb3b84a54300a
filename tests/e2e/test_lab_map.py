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


def test_maps_are_drawn_while_a_model_learns_until_nothing_changes_and_it_goes_on(
    colours: Path, tmp_path: Path
) -> None:
    out = tmp_path / "watched"
    options = {"every": 1, "points": 4, "stop_when_map_changes": 1, "in_a_row": 2}
    watching = [
        part for name, value in options.items() for part in ("--observer-set", f"maps.{name}={value}")
    ]
    command = (
        "train",
        colours,
        "--preset",
        "lab-2d",
        *SETTINGS,
        "--set",
        "batch=4",
        "--observer",
        "maps",
        "--out",
        out,
    )

    stopped = call(*command, *watching, "--steps", 6)
    assert stopped.exit_code == 130
    assert "the map changed by less than 100 % 2 times in a row" in stopped.output
    assert [path.name for path in sorted(out.glob("maps/step-*.png"))] == [
        f"step-00000{n}.png" for n in (1, 2, 3)
    ]

    (run,) = call_json("runs", "list")
    assert run["state"] == "paused"
    resumed = call("runs", "resume", run["id"])
    assert "2 times in a row" in resumed.output  # with the same settings it takes two calm maps again
    lines = (out / "maps" / "changes.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == ["1", "2", "3", "4", "5"]

    done = call(
        *command,
        "--steps",
        6,
        "--resume",
        "--observer-set",
        "maps.points=4",
        "--observer-set",
        "maps.every=1",
    )
    assert done.exit_code == 0, done.output
    found = call_json("lab", "map", out, "--points", 4, "--out", tmp_path / "map")
    judge = json.loads((out / "maps" / "classifier" / "classifier.json").read_text())
    assert (
        found["classifier"]["sha256"] == judge["weights_sha256"]
    )  # the one that its own training has taught


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("maps.every", "--observer-set: wanted NAME.OPTION=VALUE, such as maps.every=100, got 'maps.every'"),
        ("maps.often=1", "observer 'maps' takes no option 'often'"),
        ("maps.every=0", "observer 'maps': every: Input should be greater than or equal to 1, got '0'"),
        ("map.every=1", "wanted the name of an observer that looks on (samples, curves, maps), got 'map'"),
        ("maps.classifier=nowhere", "wanted a folder with classifier.json, got none"),
    ],
)
def test_wrong_options_of_an_observer_are_refused_before_anything_begins(
    option: str, said: str, colours: Path, tmp_path: Path
) -> None:
    command = (
        "train",
        colours,
        "--preset",
        "lab-2d",
        *SETTINGS,
        "--observer",
        "maps",
        "--observer-set",
        option,
    )
    result = call(*command, "--out", tmp_path / "refused")
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())
    assert not (tmp_path / "refused").exists()
