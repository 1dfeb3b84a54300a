"""``artgen lab classifier``: a classifier in one command."""

from pathlib import Path

import pytest

from components.exploration import load_classifier
from tests.e2e.cli import call, call_json
from tests.samples import painting_files, write_files, write_zip


@pytest.fixture
def colours(tmp_path: Path) -> Path:
    return write_zip(tmp_path / "colours.zip", painting_files(("warm", "cool"), per_style=12))


def test_a_classifier_is_taught_where_maps_find_it_and_told(colours: Path, tmp_path: Path) -> None:
    found = call_json("lab", "classifier", colours, "--size", 8, "--channels", 3)
    folder = Path(found["out"])
    assert folder.parent == tmp_path / "artgen-data" / "classifiers"
    assert load_classifier(folder).names == ("cool", "warm")
    assert found["held_out"] == 2
    assert 0 <= found["accuracy"] <= 1
    (run,) = call_json("runs", "list")
    assert (run["kind"], run["state"]) == ("classifier", "done")


def test_a_classifier_of_other_data_is_not_replaced(colours: Path, tmp_path: Path) -> None:
    command = ("lab", "classifier", colours, "--out", tmp_path / "it", "--channels", 3)
    assert call(*command, "--size", 8).exit_code == 0
    result = call(*command, "--size", 12)
    assert result.exit_code == 2
    assert "has a classifier of other data (colours, 8 px) already" in result.output


def test_data_of_one_class_are_refused(tmp_path: Path) -> None:
    alone = write_files(tmp_path / "alone", painting_files(("warm",), per_style=12))
    result = call("lab", "classifier", alone, "--size", 8)
    assert result.exit_code == 2
    assert "wanted pictures of 2 to 256 classes" in result.output
