"""A walk between two seeds on the command line: made, interrupted, and each picture made again from its file."""

from itertools import pairwise
from pathlib import Path
from shutil import copytree
from threading import Event as Flag

import pytest
from PIL import Image, ImageChops

from interfaces.events import Event, ImageStored
from pipeline.jobs.verbs import run_claimed
from storage.paths import data_folder
from storage.run_queue import SqlRunQueue
from tests.e2e.cli import call, call_json, finals

WALK = (
    "pipeline",
    "run",
    "--seed",
    7,
    "--walk-to",
    1073,
    "--size",
    16,
    "--enhancer",
    "lanczos",
    "--no-sheet",
)


@pytest.fixture
def named(tiny_model: Path) -> str:
    copytree(tiny_model, data_folder() / "models" / "mine")
    return "mine"


def same_pixels(one: Path, other: Path) -> bool:
    with Image.open(one) as first, Image.open(other) as second:
        return ImageChops.difference(first.convert("RGB"), second.convert("RGB")).getbbox() is None


def test_a_walk_has_24_pictures_in_the_order_of_their_names_between_those_of_both_seeds(
    tiny_model: Path, tmp_path: Path
) -> None:
    made = call_json(*WALK, "--model", tiny_model, "--out", tmp_path / "out")
    files = sorted(tmp_path.glob("out/2*/*.png"))
    assert [path.name for path in files] == [f"seed7to1073-{place:02}_16x16.png" for place in range(1, 25)]
    assert [Path(file["path"]) for file in made["files"]] == files
    alone = ("pipeline", "run", "--seeds", "7,1073", "--size", 16, "--enhancer", "lanczos", "--no-sheet")
    call_json(*alone, "--model", tiny_model, "--out", tmp_path / "alone")
    [first] = tmp_path.glob("alone/2*/seed7_*.png")
    [last] = tmp_path.glob("alone/2*/seed1073_*.png")
    assert same_pixels(files[0], first)
    assert same_pixels(files[-1], last)
    assert not any(same_pixels(*pair) for pair in pairwise(files))


def test_every_picture_of_a_walk_is_made_again_from_its_file_alone(named: str, tmp_path: Path) -> None:
    made = call_json(*WALK, "--count", 3, "--keep", 8, "--model", named, "--out", tmp_path / "out")
    assert len(made["files"]) == 6
    for file in made["files"]:
        again = call_json("results", "reproduce", file["path"], "--out", tmp_path / "again")
        assert again["identical"] is True
        assert Path(again["path"]).name == Path(file["path"]).name


def test_a_walk_that_was_interrupted_ends_with_the_bytes_of_an_undisturbed_one(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    options = (*WALK, "--count", 9, "--model", tiny_model, "--out")
    call_json(*options, "undisturbed")
    queued = call_json(*options, "out", "--queue")
    queue, stop = SqlRunQueue(tmp_path / "out"), Flag()

    def after_four(event: Event) -> None:
        if isinstance(event, ImageStored) and event.file.name.startswith("seed7to1073-4"):
            stop.set()

    run_claimed(queue, queue.claim(queued["id"]), listener=after_four, cancelled=stop)
    assert len(finals(tmp_path / "out")) == 4
    assert call("runs", "resume", queued["id"], "--out", "out").exit_code == 0
    assert finals(tmp_path / "out") == finals(tmp_path / "undisturbed")
    assert len(finals(tmp_path / "out")) == 9


def test_a_walk_can_stand_in_a_file_and_what_is_wrong_is_told_by_the_option(tmp_path: Path) -> None:
    shown = call("pipeline", "show-config", "--seed", 3, "--walk-to", 5).stdout
    (tmp_path / "walk.toml").write_text(shown)
    read = call_json("pipeline", "show-config", "--config", tmp_path / "walk.toml")["generation"]
    assert read["source"]["to"] == 5
    assert (read["seed"], read["count"]) == (3, 24)
    refused = call("pipeline", "run", "--walk-to", "-1")
    assert (refused.exit_code, "--walk-to" in refused.output) == (2, True)
    for options, told in (
        (("--seed", 5, "--walk-to", 5), "generation.source: wanted a walk to another seed than 5"),
        (("--count", 1, "--walk-to", 5), "--count: wanted at least 2 pictures for a walk, got 1"),
        (("--seeds", "1,5", "--walk-to", 5), "--seeds: wanted the seed where a walk begins alone"),
    ):
        refused = call("pipeline", "run", *options)
        assert refused.exit_code == 2
        assert told in " ".join(refused.output.split())


@pytest.mark.parametrize("kind", ["webp", "gif"])
def test_a_run_has_a_film_of_its_pictures_in_their_order(kind: str, tiny_model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    made = call_json(*WALK, "--count", 5, "--model", tiny_model, "--film", kind, "--fps", 20, "--out", out)
    [film] = [file for file in made["files"] if file["role"] == "film"]
    assert Path(film["path"]).name == f"film.{kind}"
    with Image.open(film["path"]) as shown:
        assert (shown.n_frames, shown.size) == (8, (16, 16))  # type: ignore[attr-defined]  # of what is animated
        shown.seek(4)
        shown.load()
        assert shown.info["duration"] == 50
        last, [path] = shown.convert("RGB"), out.glob("2*/seed7to1073-5_*")
        with Image.open(path) as picture:
            distance = ImageChops.difference(last, picture.convert("RGB")).convert("L").histogram()
    assert sum(value * count for value, count in enumerate(distance)) / (16 * 16) < 20
    listed = call_json("results", "list", "--out", out)
    assert [file["role"] for file in listed][-1] == "film"
    refused = call("results", "reproduce", film["path"])
    assert refused.exit_code == 2
    told = "is a film; make its pictures again" if kind == "webp" else "wanted a PNG, JPEG, WebP or TIFF"
    assert told in " ".join(refused.output.split())


def test_a_converter_that_makes_no_films_is_told_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "plain_converter.py").write_text(
        "from components.conversion import FileConverter\n"
        "class Plain:\n"
        "    def convert(self, data, settings): return FileConverter().convert(data, settings)\n"
        "    def contact_sheet(self, pictures, settings, captions): raise AssertionError\n"
    )
    options = ("--component", "converter=plain_converter:Plain", "--film", "webp", "--out", tmp_path / "out")
    refused = call("pipeline", "run", *options)
    assert refused.exit_code == 2
    assert "wanted a converter that makes films, got plain_converter:Plain" in " ".join(
        refused.output.split()
    )
    assert not (tmp_path / "out").exists()
