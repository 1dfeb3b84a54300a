import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from components.training.distributed.device import count_cores
from tests.e2e.cli import ROOT, call, call_json, start, wait_until
from tests.processes import Program
from tests.samples import painting_files, write_zip

SETTINGS = {
    "generator.side": "8", "generator.latent": "4", "generator.width": "4", "generator.max_width": "8",
    "critic.width": "4", "critic.max_width": "8", "batch": "4", "critic_steps": "2", "device": "cpu",
    "checkpoint_every": "10",
}  # fmt: skip
two_cores = pytest.mark.skipif(count_cores() < 2, reason="two processes want two cores")


def _train(source: Path, out: Path, *more: object, steps: int = 60) -> tuple[object, ...]:
    overrides = [part for name, value in SETTINGS.items() for part in ("--set", f"{name}={value}")]
    return ("train", source, "--steps", steps, "--out", out, *overrides, "--devices", 2, *more)


def _children(process: Program) -> Sequence[psutil.Process]:
    return [
        child
        for child in psutil.Process(process.pid).children()
        if "components.training.worker" in " ".join(child.cmdline())
    ]


def _state(folder: Path) -> tuple[str, str]:
    [run] = call_json("runs", "list", "--out", folder)
    return str(run["id"]), str(run["state"])


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--devices", 3), r"batch: wanted a multiple of the 3 devices that share it, got 4"),
        (("--devices", 512, "--set", "batch=512"), r"devices: wanted at most the \d+ processor cores"),
        (("--nodes", 2), r"nodes: wanted torchrun on each of the 2 machines"),
        (("--set", "device=mps"), r"which torch does not find here|a Mac has one graphics processor"),
    ],
)
def test_devices_that_cannot_be_had_are_answered_in_one_line(
    more: tuple[object, ...], said: str, tmp_path: Path
) -> None:
    many = write_zip(tmp_path / "many.zip", painting_files(("warm", "cool"), per_style=260))
    result = call(*_train(many, tmp_path / "model", *more))

    assert result.exit_code == 2
    assert re.search(said, result.stderr), result.stderr
    assert not (tmp_path / "model" / "model.safetensors").exists()


@pytest.mark.slow
@two_cores
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_whichever_process_is_killed_none_is_left_and_the_training_resumes_bit_for_bit(
    paintings: Path, tmp_path: Path
) -> None:
    steps = 400
    whole, folder = tmp_path / "whole", tmp_path / "killed"
    assert call(*_train(paintings, whole, steps=steps)).exit_code == 0

    first = start(tmp_path, *_train(paintings, folder, steps=steps))
    wait_until(lambda: any((folder / "checkpoints").glob("*.json")), first, 120)
    [follower] = _children(first)
    follower.kill()
    _, stderr = first.communicate(timeout=60)
    assert first.returncode == 2, stderr
    assert "process 1 of 2 was killed by signal 9" in stderr
    assert "Traceback" not in stderr
    run, state = _state(folder)
    assert state == "failed"

    seen = set((folder / "checkpoints").glob("*.json"))
    second = start(tmp_path, "runs", "resume", run, "--out", folder)
    wait_until(lambda: bool(set((folder / "checkpoints").glob("*.json")) - seen), second, 120)
    [follower] = _children(second)
    second.kill()
    second.communicate()
    follower.wait(timeout=60)

    assert call_json("runs", "resume", run, "--out", folder)["state"] == "done"
    assert (folder / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()


@pytest.mark.slow
@two_cores
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for a single process")
def test_ctrl_c_and_pause_save_the_step_under_way_and_end_all_processes(
    paintings: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    process = start(tmp_path, *_train(paintings, folder, steps=100_000))
    wait_until(lambda: (folder / "log.jsonl").exists(), process, 120)
    [follower] = _children(process)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    follower.wait(timeout=10)
    run, state = _state(folder)
    assert state == "cancelled"

    seen = set((folder / "checkpoints").glob("*.json"))
    process = start(tmp_path, "runs", "resume", run, "--out", folder)
    wait_until(lambda: bool(set((folder / "checkpoints").glob("*.json")) - seen), process, 120)
    call("runs", "pause", run, "--out", folder)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert _state(folder) == (run, "paused")


@pytest.mark.slow
@two_cores
def test_torchrun_s_processes_train_what_our_own_do(paintings: Path, tmp_path: Path) -> None:
    assert call(*_train(paintings, tmp_path / "ours")).exit_code == 0
    process = subprocess.run(
        [
            *(sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"),
            *("-m", "pipeline.cli", *map(str, _train(paintings, tmp_path / "theirs"))),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )

    assert process.returncode == 0, process.stderr
    assert process.stdout.count("model:") == 1
    ours, theirs = ((tmp_path / name / "model.safetensors").read_bytes() for name in ("ours", "theirs"))
    assert ours == theirs
    assert _state(tmp_path / "theirs")[1] == "done"
