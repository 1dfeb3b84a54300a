import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from components.enhancement.shipped import SHIPPED_NETWORK
from tests.e2e.cli import call, call_json, finals, start, wait_until
from tests.samples import make_painting, painting_files, write_files, write_zip
from tests.unit.training.tiny_enhancer import write_teacher

TINY = {"network.features": "4", "network.depth": "1", "side": "16", "crop": "8", "batch": "4"}


def _train(source: Path, out: Path, *more: object, steps: int = 3) -> tuple[object, ...]:
    overrides = [part for name, value in TINY.items() for part in ("--set", f"{name}={value}")]
    return ("train", source, "--preset", "enhancer-x4", "--steps", steps, "--out", out, *overrides, *more)


def test_a_trained_network_enlarges_pictures_alone_and_in_the_pipeline(
    paintings: Path, tmp_path: Path, tiny_model: Path
) -> None:
    folder = tmp_path / "network"
    trained = call_json(*_train(paintings, folder, "--set", "name=ours"))
    weights = folder / "model.safetensors"
    Image.new("RGB", (9, 7), (200, 120, 40)).save(tmp_path / "small.png")
    enlarged = call(
        "enhance", tmp_path / "small.png", "--scale", 4, "--weights", weights, "--out", tmp_path / "large"
    )
    made = call_json(
        "pipeline", "run", "--model", tiny_model, "--count", 2, "--size", 32, "--weights", weights,
        "--no-sheet", "--out", tmp_path / "out",
    )  # fmt: skip

    assert trained["state"] == "done"
    assert trained["model"]["weights_path"] == str(weights)
    assert trained["model"]["name"] == "ours"
    assert enlarged.exit_code == 0, enlarged.output
    with Image.open(next((tmp_path / "large").glob("*.png"))) as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(float)
    assert pixels.shape == (28, 36, 3)
    assert (
        np.abs(pixels.mean((0, 1)) - (200, 120, 40)).max() < 60
    )  # three steps teach nothing, but break nothing
    assert made["state"] == "done"
    assert len(finals(tmp_path / "out")) == 2
    assert made["files"][0]["width"] == 32


def test_it_is_listed_with_the_models_and_renamed_and_deleted_as_they_are(
    paintings: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "network"
    call_json(*_train(paintings, folder, steps=1))

    [*_, listed] = call_json("model", "list")
    assert (listed["kind"], listed["name"]) == ("enhancer", "paintings-enhancer-x4")
    assert listed["weights_path"] == str(folder / "model.safetensors")
    assert re.search("paintings-enhancer-x4 +enhancer +x4 ", call("model", "list").stdout)
    assert call("model", "rename", "paintings-enhancer-x4", "lens").exit_code == 0
    assert json.loads(call("model", "show", "lens").stdout)["name"] == "lens"
    refused = call("pipeline", "run", "--model", "lens")
    assert refused.exit_code == 2
    assert f"by --weights {folder / 'model.safetensors'}" in refused.stderr
    assert call("model", "delete", folder, "--yes").exit_code == 0
    assert [model["kind"] for model in call_json("model", "list")] == ["generator"]


def test_it_leaves_samples_curves_and_a_report(paintings: Path, tmp_path: Path) -> None:
    folder = tmp_path / "network"
    shown = call(*_train(paintings, folder))
    table = call("report", folder)

    assert shown.exit_code == 0, shown.output
    assert "artgen enhance FILES --weights" in shown.stdout
    assert {"samples.gif", "curves.png", "log.jsonl", "settings.json"} <= {p.name for p in folder.iterdir()}
    with Image.open(folder / "samples" / "step-000003.png") as sheet:
        assert sheet.size == (8 * 16, 8 * 16)
    assert table.exit_code == 0, table.output
    assert "enhancer-x4" in table.stdout


def test_a_killed_training_is_resumed_as_a_run_and_ends_with_the_same_weights(
    paintings: Path, tmp_path: Path
) -> None:
    every, steps = ("--set", "checkpoint_every=10"), 120
    assert call(*_train(paintings, tmp_path / "whole", *every, steps=steps)).exit_code == 0
    folder = tmp_path / "killed"
    process = start(tmp_path, *_train(paintings, folder, *every, steps=steps))
    wait_until(lambda: any((folder / "checkpoints").glob("*.json")), process, timeout_s=150)
    process.kill()
    process.communicate()
    assert not (folder / "model.safetensors").exists()
    [run] = call_json("runs", "list", "--out", folder)

    resumed = call_json("runs", "resume", run["id"])

    assert (resumed["state"], resumed["kind"]) == ("done", "train")
    whole = (tmp_path / "whole" / "model.safetensors").read_bytes()
    assert (folder / "model.safetensors").read_bytes() == whole


def test_a_dry_run_says_what_it_takes(paintings: Path, tmp_path: Path) -> None:
    command = _train(paintings, tmp_path / "network", "--dry-run", steps=30)
    shown = call(*command)
    document = call_json(*command)

    assert shown.exit_code == 0
    assert f"parameters: network {document['generator_parameters']:,}\n" in shown.stdout
    assert document["settings"]["network"]["features"] == 4
    assert document["total_s"] == pytest.approx(30 * document["step_s"])
    assert not (tmp_path / "network").exists()


def _teach(teacher: object, *more: object) -> tuple[object, ...]:
    # squares of 8 pixels, of which the teacher makes 32
    return ("--set", f"teacher={teacher}", "--set", "side=32", "--set", "questions=5", *more)


def test_a_network_learns_from_another_one(
    paintings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTGEN_CACHE", str(tmp_path / "cache"))
    teacher, folder = write_teacher(tmp_path / "large.safetensors"), tmp_path / "network"
    dry = call(*_train(paintings, folder, *_teach(teacher), "--dry-run"))
    assert dry.exit_code == 0, dry.output
    assert "s, once, before the first step" in dry.stdout
    assert not list((tmp_path / "cache").glob("lessons/*"))

    trained = call_json(*_train(paintings, folder, *_teach(teacher)))["model"]["training"]

    assert (trained["images"] + trained["held_out"], trained["settings"]["questions"]) == (10, 5)
    assert trained["settings"]["teacher"] == "large.safetensors"
    assert trained["teacher_sha256"] == hashlib.sha256(teacher.read_bytes()).hexdigest()
    [lessons] = (tmp_path / "cache").glob("lessons/*/large.npy")
    assert trained["data_fingerprint"] == lessons.parent.name
    before = lessons.stat().st_mtime_ns
    again = call_json(*_train(paintings, tmp_path / "again", *_teach(teacher)))
    assert (
        again["model"]["weights_sha256"]
        == json.loads((folder / "enhancer.json").read_text())["weights_sha256"]
    )
    assert lessons.stat().st_mtime_ns == before
    assert "teacher:" not in call(*_train(paintings, folder, *_teach(teacher), "--dry-run")).stdout


def test_a_shipped_network_can_be_the_start_by_name(paintings: Path, tmp_path: Path) -> None:
    size = ("--set", "network.features=64", "--set", "network.depth=16")
    command = _train(paintings, tmp_path / "network", *size, "--set", "start=artgen-x4", steps=1)
    trained = call_json(*command)["model"]["training"]
    shipped = json.loads((SHIPPED_NETWORK / "enhancer.json").read_text())
    assert trained["start_sha256"] == shipped["weights_sha256"]


@pytest.mark.parametrize(
    ("teacher", "more", "said"),
    [
        ("RealESRGAN_x4plu", (), "teacher: unknown weights 'RealESRGAN_x4plu'"),
        ("none/there.pth", (), "there.pth: wanted a file of weights, got nothing"),
        ("two.safetensors", (), "teacher: wanted a network that enlarges 4 times"),
        ("cut.safetensors", (), "not a safetensors file, or a damaged one"),
        (
            "four.safetensors",
            ("--set", "questions=1"),
            "questions: Input should be greater than or equal to 2",
        ),
        ("four.safetensors", ("--set", "side=30"), "side: wanted a multiple of the scale 4, got 30"),
    ],
)
def test_a_teacher_that_cannot_teach_is_refused_before_anything_begins(
    teacher: str,
    more: tuple[object, ...],
    said: str,
    paintings: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    four = write_teacher(tmp_path / "four.safetensors")
    write_teacher(tmp_path / "two.safetensors", scale=2)
    (tmp_path / "cut.safetensors").write_bytes(four.read_bytes()[:-20])
    result = call(*_train(paintings, tmp_path / "network", *_teach(teacher, *more)))

    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.output
    assert not (tmp_path / "network").exists()


def test_a_teacher_that_is_not_on_this_machine_is_named(
    paintings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTGEN_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("ARTGEN_CACHE", str(tmp_path / "cache"))
    result = call(*_train(paintings, tmp_path / "network", *_teach("RealESRGAN_x2plus")))

    assert result.exit_code == 2
    assert "teacher: RealESRGAN_x2plus is not on this machine" in result.stderr


def test_pictures_that_are_too_small_are_set_aside_and_said(tmp_path: Path) -> None:
    # 20 x 16 pixels each: too small for squares of 20
    small = painting_files(("warm",), per_style=2)
    source = write_zip(tmp_path / "p.zip", {**small, **_larger(6)})
    result = call(*_train(source, tmp_path / "network", "--set", "side=20"))

    assert result.exit_code == 0, result.output
    assert "2 files of p are set aside" in result.stderr


def _larger(count: int) -> dict[str, bytes]:
    return {f"warm/large-{index}.png": make_painting(24, 20, seed=index) for index in range(count)}


def test_large_pictures_are_learnt_from_piece_by_piece(tmp_path: Path) -> None:
    files = {"warm/large.png": make_painting(50, 40), "warm/middle.png": make_painting(40, 30, seed=1)}
    files |= painting_files(("warm",), per_style=4, first_seed=2, prefix="test/")
    source = write_files(
        tmp_path / "paintings", {f"train/{name}": files.pop(name) for name in list(files)[:2]} | files
    )
    trained = call_json(*_train(source, tmp_path / "network"))["model"]["training"]

    # 3x2 squares of 16 px of the large one beside the whole of it, no more than the whole of the other
    assert (trained["images"], trained["pictures"], trained["held_out"]) == (8, 2, 4)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--set", "network.widht=4"), "unknown setting 'network.widht'"),
        (("--set", "network.scale=5"), "network.scale: Input should be 2, 3 or 4, got '5'"),
        (("--set", "crop=20"), "crop: wanted at most the side of the squares, 16, got 20"),
        (("--epochs", 3), "unknown setting 'epochs'"),
        (("--conditional",), "unknown setting 'conditional'"),
        (("--devices", 2), "unknown setting 'devices'"),
    ],
)
def test_bad_settings_are_answered_in_one_line(
    more: tuple[object, ...], said: str, paintings: Path, tmp_path: Path
) -> None:
    result = call(*_train(paintings, tmp_path / "network", *more))

    assert result.exit_code == 2
    assert said in result.stderr
    assert not (tmp_path / "network" / "model.safetensors").exists()


def test_features_that_are_not_there_are_named(
    paintings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTGEN_WEIGHTS", str(tmp_path / "weights"))
    size = ("--set", "side=32", "--set", "crop=32")
    result = call(*_train(paintings, tmp_path / "network", "--set", "perceptual_weight=0.1", *size))

    assert result.exit_code == 2
    assert "give its path: --set features=PATH" in result.stderr


def test_a_pipeline_refuses_to_generate_with_it(paintings: Path, tmp_path: Path) -> None:
    config = tmp_path / "run.toml"
    config.write_text('[training]\npreset = "enhancer-x4"\n')
    command = ("pipeline", "run", "--config", config, "--data", paintings, "--out", tmp_path / "out")
    result = call(*command, "--enhancer", "lanczos")

    assert result.exit_code == 2
    assert "preset: wanted one that trains a generator" in result.stderr
    assert json.loads(call("runs", "list", "--json").stdout) == []
