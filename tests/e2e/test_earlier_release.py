"""What artgen 0.1 wrote still opens: its checkpoints, packs, models, result stores and runs.

The files in `tests/fixtures/artgen-0.1.zip` were made by that release with twelve drawn squares in two styles.
"""

import zipfile
from pathlib import Path

import pytest

from tests.e2e.cli import call_json

FILES = Path(__file__).parents[1] / "fixtures" / "artgen-0.1.zip"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    with zipfile.ZipFile(FILES) as archive:
        archive.extractall(tmp_path / "old")
    return tmp_path / "old"


def test_its_training_goes_on_from_its_checkpoint(old: Path) -> None:
    command = ("train", old / "pics", "--preset", "dcgan", "--conditional", "--out", old / "gan", "--resume")
    settings = {
        "generator.width": 4, "critic.width": 4, "generator.latent": 8, "batch": 4, "on_collapse": "warn", "name": "tiny-old",
        "checkpoint_every": 6, "watch_every": 3, "precision": "float32",
    }  # fmt: skip
    overrides = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
    ended = call_json(*command, *overrides, "--steps", 8)

    assert ended["state"] == "done"
    assert ended["model"]["training"]["steps"] == 8
    lines = (old / "gan" / "log.jsonl").read_text().splitlines()
    assert len(lines) == 8  # the six of then, and two


def test_its_model_makes_pictures(old: Path, tmp_path: Path) -> None:
    made = call_json(
        "pipeline", "run", "--model", old / "gan", "--count", 2, "--seed", 5, "--style", "ink", "--size", 64,
        "--enhancer", "lanczos", "--no-sheet", "--out", tmp_path / "out",
    )  # fmt: skip

    assert made["state"] == "done"
    assert [file["seed"] for file in made["files"]] == [5, 6]


def test_its_enhancement_network_enlarges_and_learns_on(old: Path, tmp_path: Path) -> None:
    picture = next((old / "pics").glob("ink/*.png"))
    call_json(
        "enhance", picture, "--weights", old / "enhancer" / "model.safetensors", "--out", tmp_path / "out"
    )
    assert (tmp_path / "out" / picture.name).is_file()

    settings = {
        "side": 64, "network.depth": 1, "network.features": 4, "batch": 2, "crop": 32, "precision": "float32",
        "checkpoint_every": 4, "name": "tiny-old-x4",
    }  # fmt: skip
    overrides = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
    ended = call_json(
        "train",
        old / "pics",
        "--preset",
        "enhancer-x4",
        *overrides,
        "--steps",
        5,
        "--out",
        old / "enhancer",
        "--resume",
    )
    assert ended["state"] == "done"


def test_its_result_store_is_listed_with_its_runs(old: Path) -> None:
    files = call_json("results", "list", "--out", old / "store")
    assert sorted(file["name"] for file in files if file["role"] == "final") == [
        "seed5_128x128.png",
        "seed6_128x128.png",
    ]
    runs = call_json("runs", "list", "--out", old / "store")
    assert [run["state"] for run in runs if run["kind"] == "pipeline"] == ["done"]


def test_its_pack_is_used_again(old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTGEN_CACHE", str(old / "cache"))
    packs = sorted(path.parent.name for path in (old / "cache" / "packs").glob("*/pack.json"))
    call_json("data", "prepare", old / "pics", "--size", 64)
    assert sorted(path.parent.name for path in (old / "cache" / "packs").glob("*/pack.json")) == packs
