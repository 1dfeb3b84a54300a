"""Models by names that mean one of them, and the commands that rename and remove."""

import json
import shutil
from pathlib import Path

import pytest

from tests.e2e.cli import call, call_json
from tests.samples import painting_files, write_zip

TINY = {"generator.side": "8", "generator.latent": "4", "generator.width": "4", "generator.max_width": "8", "batch": "4"}  # fmt: skip


@pytest.fixture
def paintings(tmp_path: Path) -> Path:
    return write_zip(tmp_path / "my-paintings.zip", painting_files(("warm",), per_style=6))


def _train(source: Path, *more: object, seed: int = 1) -> tuple[object, ...]:
    sets = (part for pair in TINY.items() for part in ("--set", "=".join(pair)))
    return ("train", source, "--steps", 1, "--set", f"seed={seed}", *sets, *more)


def _names() -> list[str]:
    return [model["name"] for model in call_json("model", "list")][1:]


def test_every_training_of_one_archive_has_a_name_of_its_own(paintings: Path, tmp_path: Path) -> None:
    first = call(*_train(paintings))
    second = call_json(*_train(paintings, seed=2))
    third = call_json(*_train(paintings, "--out", tmp_path / "mine", seed=3))

    assert first.exit_code == 0, first.output
    assert "artgen pipeline run --model my-paintings-wgan-gp --count 4" in first.stdout
    assert second["model"]["name"] == "my-paintings-wgan-gp-2"
    assert third["model"]["name"] == "my-paintings-wgan-gp-3"
    assert _names() == sorted({"my-paintings-wgan-gp", "my-paintings-wgan-gp-2", "my-paintings-wgan-gp-3"},
                              key=lambda name: (name.endswith("3"), call_json("model", "show", name)["weights_path"]))  # fmt: skip
    made = call_json("pipeline", "run", "--model", "my-paintings-wgan-gp-3", "--size", 8, "--count", 1)
    assert made["state"] == "done"


def test_a_training_that_goes_on_keeps_its_name(paintings: Path, tmp_path: Path) -> None:
    command = _train(paintings, "--out", tmp_path / "mine")
    assert call(*command).exit_code == 0
    assert call("model", "rename", "my-paintings-wgan-gp", "sunsets").exit_code == 0

    longer = call_json(*command, "--resume", "--steps", 2)
    named = call_json(*command, "--resume", "--steps", 3, "--set", "name=dawns")

    assert longer["model"]["name"] == "sunsets"
    assert named["model"]["name"] == "dawns"
    assert _names() == ["dawns"]


def test_a_name_that_two_models_have_is_refused_with_both_paths(paintings: Path, tmp_path: Path) -> None:
    for seed in (1, 2):
        folder = Path(call_json(*_train(paintings, seed=seed))["folder"])
        described = json.loads((folder / "model.json").read_text())
        (folder / "model.json").write_text(json.dumps({**described, "name": "my-paintings"}))
    one, two = _names()

    refused = call("pipeline", "run", "--model", "my-paintings")
    begun = call(*_train(paintings, "--set", "start=my-paintings", "--set", "warm_up=0", seed=3))

    for said in (refused, begun):
        assert said.exit_code == 2
        assert "2 models are called 'my-paintings'" in said.stderr
        assert f"{one} ({tmp_path / 'artgen-data' / 'models' / one})" in said.stderr
        assert two in said.stderr
    assert call("model", "show", one).exit_code == 0


def test_a_model_is_deleted_once_somebody_agrees(paintings: Path, tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from pipeline.cli import app

    folder = Path(call_json(*_train(paintings))["folder"])
    command = ["model", "delete", "my-paintings-wgan-gp"]

    declined = CliRunner().invoke(app, command, input="n\n")
    unanswered = call(*command)
    assert (declined.exit_code, unanswered.exit_code) == (1, 2)
    assert "--yes does not ask" in unanswered.stderr
    assert folder.is_dir()
    agreed = CliRunner().invoke(app, command, input="y\n")

    assert agreed.exit_code == 0
    assert f"from {folder}?" in agreed.stderr
    assert not folder.exists()
    assert _names() == []
    assert (
        "comes with artgen" in call("model", "delete", "--yes", call_json("model", "list")[0]["name"]).stderr
    )


def test_a_run_goes_on_with_its_model_whatever_that_is_called_by_now(
    tiny_model: Path, tmp_path: Path
) -> None:
    models = tmp_path / "artgen-data" / "models"
    shutil.copytree(tiny_model, models / "mine")
    assert call("model", "rename", str(models / "mine"), "sunsets").exit_code == 0
    options = ("--size", 8, "--count", 1, "--no-sheet", "--out", tmp_path / "out")
    waiting = call_json("pipeline", "run", "--model", "sunsets", *options, "--queue")
    assert call("model", "rename", "sunsets", "dawns").exit_code == 0

    done = call_json("runs", "resume", waiting["id"])

    assert done["state"] == "done"
    assert len(done["files"]) == 1
