"""The style that a picture has: asked for, or drawn by its seed; on sheets, in lists, and to look for."""

from collections.abc import Sequence
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest
from PIL import Image

from components.conversion import files, read_metadata
from components.conversion.sheet import draw_sheet
from components.generation.noise import draw_labels
from interfaces.pictures import PictureFilter
from pipeline.component_check.samples import random_model
from storage.gallery import SqlGallery
from tests.e2e.cli import call, call_json


@pytest.mark.parametrize("asked", [True, False], ids=["asked for", "drawn"])
def test_the_contact_sheet_names_the_seed_and_the_style_of_each_picture(
    asked: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def draw(pictures: Sequence[Path], captions: Sequence[str]) -> Image.Image:
        told.extend(captions)
        return draw_sheet(pictures, captions)

    monkeypatch.setattr(files, "draw_sheet", draw)
    model = random_model(tmp_path / "model", conditional=True)
    run = ("pipeline", "run", "--model", tmp_path / "model", "--size", 8, "--enhancer", "lanczos")
    assert call(*run, "--seeds", "40,44-46", *(["--style", "warm"] if asked else [])).exit_code == 0
    drawn = [model.styles[int(label)] for label in draw_labels((40, 44, 45, 46), 2)]
    styles = ["warm"] * 4 if asked else drawn
    assert told == [f"seed {seed}, {style}" for seed, style in zip((40, 44, 45, 46), styles, strict=True)]


@pytest.mark.parametrize("asked", [True, False], ids=["asked for", "drawn"])
def test_stored_pictures_are_listed_with_their_seeds_and_styles(asked: bool, tmp_path: Path) -> None:
    model = random_model(tmp_path / "model", conditional=True)
    run = ("pipeline", "run", "--model", tmp_path / "model", "--size", 8, "--enhancer", "lanczos")
    assert call(*run, "--seed", 40, "--count", 8, *(["--style", "warm"] if asked else [])).exit_code == 0
    stored = [file for file in call_json("results", "list") if file["role"] == "final"]
    drawn = [model.styles[int(label)] for label in draw_labels(range(40, 48), 2)]
    assert [file["seed"] for file in stored] == list(range(40, 48))
    assert [file["style"] for file in stored] == (["warm"] * 8 if asked else drawn)
    assert set(drawn) == set(model.styles)
    header, first, *_ = call("results", "list").stdout.splitlines()
    assert header.split()[:3] == ["run", "seed", "style"]
    assert first.split()[1:3] == ["40", "warm" if asked else drawn[0]]


def test_a_drawn_style_is_known_to_the_index_alone_and_found_there(tmp_path: Path) -> None:
    model = random_model(tmp_path / "model", conditional=True)
    run = (
        "pipeline",
        "run",
        "--model",
        tmp_path / "model",
        "--size",
        16,
        "--keep",
        8,
        "--enhancer",
        "lanczos",
    )
    stored = call_json(*run, "--seed", 40, "--count", 6)["files"]
    drawn = [model.styles[int(label)] for label in draw_labels(range(40, 46), 2)]
    gallery = SqlGallery(Path("artgen-results"))
    assert gallery.choices().styles == sorted(set(drawn))
    for style in model.styles:
        found = gallery.pictures(PictureFilter(style=style))
        assert [each.seed for each in found] == [
            40 + place for place, name in enumerate(drawn) if name == style
        ]
        assert {size.style for size in gallery.sizes(found[0])} == {style}
    final = next(file for file in stored if file["role"] == "final")
    document: Any = read_metadata(Path(final["path"]))
    assert document["chain"][0]["settings"]["style"] is None  # the file has the bytes that it had before
    assert call_json("results", "reproduce", final["path"], "--out", "again")["identical"]


def test_pictures_of_a_model_that_knows_no_styles_have_none_and_others_keep_theirs_when_it_is_gone(
    tmp_path: Path,
) -> None:
    random_model(tmp_path / "plain")
    random_model(tmp_path / "model", conditional=True)
    styles = {}
    for name in ("plain", "model"):
        run = ("pipeline", "run", "--model", tmp_path / name, "--size", 8, "--enhancer", "lanczos")
        styles[call_json(*run, "--seed", 40)["run"]] = "cool" if name == "model" else None
    rmtree(tmp_path / "model")
    assert {file["run"]: file["style"] for file in call_json("results", "list")} == styles
