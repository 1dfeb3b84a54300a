"""A training from the command line: what it leaves, how it goes on, and what it refuses."""

import json
import re
from hashlib import sha256
from pathlib import Path

import pytest

from tests.e2e.cli import call, call_json, finals, start, wait_until
from tests.samples import painting_files, write_zip

TINY = {
    "generator.side": "8", "generator.latent": "4", "generator.width": "4", "generator.max_width": "8",
    "critic.width": "4", "critic.max_width": "8", "batch": "4", "critic_steps": "2",
}  # fmt: skip


def _train(source: Path, out: Path, *more: object, steps: int = 3) -> tuple[object, ...]:
    overrides = [part for name, value in TINY.items() for part in ("--set", f"{name}={value}")]
    return ("train", source, "--steps", steps, "--out", out, *overrides, *more)


def test_the_whole_chain_runs_from_the_training_pictures_on_and_reuses_what_is_there(
    paintings: Path, tmp_path: Path
) -> None:
    lines = "\n".join(f'"{name}" = "{value}"' for name, value in TINY.items())
    config = tmp_path / "run.toml"
    config.write_text(f"[training.overrides]\n{lines}\n")
    command = (
        "pipeline", "run", "--config", config, "--data", paintings, "--steps", 3, "--count", 2, "--seed", 4,
        "--size", 16, "--enhancer", "lanczos", "--no-sheet", "--out",
    )  # fmt: skip

    first = call_json(*command, tmp_path / "first")
    models = sorted((tmp_path / "artgen-data" / "models").glob("*/model.safetensors"))
    before = models[0].stat().st_mtime_ns
    second = call_json(*command, tmp_path / "second")

    assert first["state"] == second["state"] == "done"
    assert len(models) == 1
    assert models[0].stat().st_mtime_ns == before
    assert len(list((tmp_path / "artgen-cache" / "packs").glob("*/images.npy"))) == 1
    assert finals(tmp_path / "first") == finals(tmp_path / "second")
    assert len(finals(tmp_path / "first")) == 2


def test_a_trained_folder_is_a_model_for_the_pipeline(paintings: Path, tmp_path: Path) -> None:
    trained = call_json(*_train(paintings, tmp_path / "model"))
    made = call_json("pipeline", "run", "--model", tmp_path / "model", "--size", 8, "--out", tmp_path / "out")

    assert trained["state"] == "done"
    assert trained["model"]["training"]["steps"] == 3
    assert made["files"][0]["width"] == 8
    assert list((tmp_path / "model" / "samples").glob("*.png"))


def test_a_training_leaves_samples_their_film_curves_and_what_its_observers_write(
    paintings: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "model"

    assert call(*_train(paintings, folder, "--observer", "tensorboard")).exit_code == 0

    assert {"samples.gif", "curves.png"} <= {path.name for path in folder.iterdir()}
    assert len(list(folder.glob("events.out.tfevents.*"))) == 1


def test_a_library_adds_no_words_of_its_own(paintings: Path, tmp_path: Path) -> None:
    process = start(tmp_path, *_train(paintings, tmp_path / "model", "--set", "precision=bfloat16", steps=1))
    _, stderr = process.communicate()
    assert process.returncode == 0, stderr
    assert "Mixed Precision" not in stderr


def test_an_unknown_observer_is_refused_before_anything_starts(paintings: Path, tmp_path: Path) -> None:
    result = call(*_train(paintings, tmp_path / "model", "--observer", "tensorbord"))

    assert result.exit_code == 2
    assert "unknown observer 'tensorbord'" in result.stderr
    assert "Did you mean 'tensorboard'?" in result.stderr
    assert not (tmp_path / "model").exists()


def test_a_killed_training_is_resumed_and_ends_with_the_weights_of_an_undisturbed_one(
    paintings: Path, tmp_path: Path
) -> None:
    steps = 120
    every = ("--set", "checkpoint_every=10")
    assert call(*_train(paintings, tmp_path / "whole", *every, steps=steps)).exit_code == 0
    folder = tmp_path / "killed"
    process = start(tmp_path, *_train(paintings, folder, *every, steps=steps))
    wait_until(lambda: any((folder / "checkpoints").glob("*.json")), process)
    process.kill()
    process.communicate()
    assert not (folder / "model.safetensors").exists()
    [run] = call_json("runs", "list", "--out", folder)

    resumed = call_json("runs", "resume", run["id"])

    assert resumed["state"] == "done"
    whole = (tmp_path / "whole" / "model.safetensors").read_bytes()
    assert (folder / "model.safetensors").read_bytes() == whole


def test_a_training_can_be_paused_from_another_process(paintings: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    process = start(tmp_path, *_train(paintings, folder, steps=100_000))
    wait_until(lambda: (folder / "log.jsonl").exists(), process)
    [run] = call_json("runs", "list", "--out", folder)
    call("runs", "pause", run["id"])
    process.communicate(timeout=60)

    assert process.returncode == 130
    [run] = call_json("runs", "list", "--out", folder)
    assert run["state"] == "paused"


def test_a_training_begins_with_a_finished_model_by_its_name(
    paintings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTGEN_DATA", str(tmp_path / "data"))
    first = tmp_path / "data" / "models" / "mine"
    assert call(*_train(paintings, first, steps=2)).exit_code == 0
    for checkpoint in (first / "checkpoints").iterdir():
        checkpoint.unlink()
    stored = sha256((first / "model.safetensors").read_bytes()).hexdigest()
    command = _train(paintings, tmp_path / "second", "--set", "warm_up=1", steps=2)

    unknown = call(*command, "--set", "start=other")
    trained = call_json(*command, "--set", "start=mine")

    assert unknown.exit_code == 2
    assert "a finished model (see `artgen model list`), got other" in unknown.stderr
    assert trained["model"]["training"]["start_sha256"] == stored


def test_a_dry_run_prints_what_a_training_takes_and_leaves_no_trace(paintings: Path, tmp_path: Path) -> None:
    command = _train(paintings, tmp_path / "model", "--preset", "wgan-gp", "--dry-run", steps=30)

    shown = call(*command)
    document = call_json(*command)

    assert shown.exit_code == 0
    assert re.search(r"^generator\.width +4$", shown.stdout, re.MULTILINE)
    assert re.search(r"^batch +4$", shown.stdout, re.MULTILINE)
    assert "12 pictures, 30 steps, 20.0 epochs" in shown.stdout
    assert re.search(r"memory: +[\d,]+ MiB at the most, on ", shown.stdout)
    assert re.search(r"time: .* a step, .* an epoch, .* in all \(estimated from 5 steps\)", shown.stdout)
    assert document["settings"]["generator"]["width"] == 4
    assert document["total_s"] == pytest.approx(30 * document["step_s"])
    assert document["peak_bytes"] > 50e6
    assert f"generator {document['generator_parameters']:,}, critic" in shown.stdout
    assert not (tmp_path / "model").exists()
    assert not (tmp_path / "artgen-data").exists()
    assert call_json("runs", "list") == []


def test_a_dry_run_refuses_what_a_training_would(paintings: Path, tmp_path: Path) -> None:
    result = call(*_train(paintings, tmp_path / "model", "--set", "batch=64", "--dry-run"))

    assert result.exit_code == 2
    assert "wanted at most the 12 training images" in result.stderr
    assert result.stdout == ""


def test_other_data_are_refused_on_resume_unless_they_are_allowed(paintings: Path, tmp_path: Path) -> None:
    others = write_zip(tmp_path / "others.zip", painting_files(("warm", "cool"), per_style=8))
    folder = tmp_path / "model"
    assert call(*_train(paintings, folder, steps=2)).exit_code == 0
    refused = call(*_train(others, folder, "--resume", steps=4))
    lonely = call(*_train(others, folder, "--allow-different-data", steps=4))
    went_on = call(*_train(others, folder, "--resume", "--allow-different-data", steps=4))
    training = json.loads((folder / "model.json").read_text())["training"]

    assert refused.exit_code == lonely.exit_code == 2
    assert re.search(r"data fingerprint was .*--allow-different-data goes on", refused.stderr)
    assert "wanted together with --resume" in lonely.stderr
    assert went_on.exit_code == 0, went_on.output
    assert "goes on with the new ones" in went_on.stderr
    assert (training["dataset"], training["steps"]) == ("others", 4)
    [earlier] = training["earlier_data"]
    assert (earlier["dataset"], earlier["until_step"]) == ("paintings", 2)
    assert earlier["data_fingerprint"] != training["data_fingerprint"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--set", "generator.widht=4"), "Did you mean 'generator.width'?"),
        (("--set", "generator.kernel=7"), "generator.kernel: Input should be 3, 4 or 5, got '7'"),
        (("--set", "learning_rate=-1"), "learning_rate: Input should be greater than 0, got '-1'"),
        (("--set", "loss=relativistc"), "loss: Input should be 'wasserstein', 'cross-entropy'"),
        (("--set", "correction=none"), "the Wasserstein loss has no bound"),
        (("--set", "batch"), "wanted key=value, got 'batch'"),
        (("--set", "batch=64"), "wanted at most the 12 training images"),
        (("--preset", "wgan"), "Did you mean 'wgan-gp'?"),
        (("--epochs", 3), "wanted steps or epochs, got both"),
        (("second.zip",), "second.zip is not there"),
        (("second.zip", "third.zip"), "unexpected extra argument"),
    ],
)
def test_bad_training_settings_are_answered_in_one_line(
    more: tuple[object, ...], said: str, paintings: Path, tmp_path: Path
) -> None:
    result = call(*_train(paintings, tmp_path / "model", *more))

    assert result.exit_code == 2
    assert said in result.stderr
    assert not (tmp_path / "model" / "model.safetensors").exists()


def test_resume_in_an_empty_folder_starts_from_the_beginning_and_says_so(
    paintings: Path, tmp_path: Path
) -> None:
    result = call(*_train(paintings, tmp_path / "model", "--resume"))

    assert result.exit_code == 0
    assert "beginning" in result.stderr


def test_data_is_inspected_and_prepared_and_damaged_files_are_named(tmp_path: Path) -> None:
    files = painting_files(("warm", "cool"), per_style=3)
    name = next(iter(files))
    damaged = write_zip(tmp_path / "p.zip", {**files, name: files[name][:60], "warm/empty.png": b""})

    looked = call_json("data", "inspect", damaged)
    prepared = call_json("data", "prepare", damaged, "--size", 8)

    assert prepared["shape"][1:] == [8, 8, 3]
    assert len(prepared["styles"]) == 2
    aside = {item["uri"] for item in prepared["set_aside"]}
    assert any("empty.png" in uri for uri in aside)
    assert any(name in uri for uri in aside)
    assert all(item["reason"] for item in (*looked["set_aside"], *prepared["set_aside"]))
