import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.cli import ROOT, SLOW_ENHANCER, call, call_json, finals, start, wait_until
from tests.processes import Program


@pytest.fixture(autouse=True)
def _working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "slow_enhancer.py").write_text(SLOW_ENHANCER)


@pytest.fixture
def undisturbed(tiny_model: Path, tmp_path: Path) -> dict[str, bytes]:
    assert call(*_run(tiny_model, tmp_path / "undisturbed")).exit_code == 0
    return finals(tmp_path / "undisturbed")


def _run(model: Path, out: Path) -> tuple[object, ...]:
    options = ("--count", 20, "--seed", 50, "--size", 16, "--no-sheet", "--enhancer", "slow_enhancer:Slow")
    return ("pipeline", "run", "--model", model, *options, "--out", out)


def _start_slow_run(model: Path, folder: Path) -> tuple[Program, Path]:
    out = folder / "out"
    process = start(folder, *_run(model, out))
    wait_until(lambda: len(finals(out)) >= 3, process)
    return process, out


def _only_run(out: Path) -> dict[str, object]:
    [run] = call_json("runs", "list", "--out", out)
    assert isinstance(run, dict)
    return run


def test_a_killed_run_is_resumed_and_ends_with_the_bytes_of_an_undisturbed_one(
    tiny_model: Path, tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    process, out = _start_slow_run(tiny_model, tmp_path)
    process.kill()
    process.communicate()
    stored = finals(out)
    assert 3 <= len(stored) < 20

    made = call_json("runs", "resume", _only_run(out)["id"], "--out", out)

    assert made["state"] == "done"
    # a kill between a file and its row leaves a file that counts as missing and is made once more
    assert len(made["files"]) - (20 - len(stored)) in (0, 1)
    assert finals(out) == undisturbed


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for a single process")
def test_ctrl_c_finishes_the_pictures_under_way_and_resume_makes_the_rest(
    tiny_model: Path, tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    process, out = _start_slow_run(tiny_model, tmp_path)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)

    assert process.returncode == 130, stderr
    assert "Traceback" not in stderr
    run = _only_run(out)
    assert (run["state"], run["done"]) == ("cancelled", len(finals(out)))
    assert str(run["id"]) in stdout

    assert call_json("runs", "resume", run["id"], "--out", out)["state"] == "done"
    assert finals(out) == undisturbed


def test_another_process_can_pause_a_run(
    tiny_model: Path, tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    process, out = _start_slow_run(tiny_model, tmp_path)
    asked = call_json("runs", "pause", _only_run(out)["id"])
    process.communicate(timeout=60)

    assert asked["request"] == "pause"
    assert process.returncode == 130
    run = _only_run(out)
    assert run["state"] == "paused"
    stored = len(finals(out))
    resumed = call("runs", "resume", run["id"]).stdout
    assert f"run {run['id']} is done: 20 pictures, {20 - stored} of them made now in" in " ".join(
        resumed.split()
    )
    assert finals(out) == undisturbed


def test_a_run_that_somebody_works_on_is_not_resumed(tiny_model: Path, tmp_path: Path) -> None:
    process, out = _start_slow_run(tiny_model, tmp_path)
    try:
        refused = call("runs", "resume", _only_run(out)["id"], "--out", out)
    finally:
        process.kill()
        process.communicate()

    assert refused.exit_code == 2
    assert "is working on it" in refused.stderr
    assert json.loads(call("runs", "list", "--out", out, "--json").stdout)[0]["id"]


AT_ONCE = (0.15, 0.3, 0.45, 0.6, 0.75, 1.0)
LATER = tuple(at / 4 for at in range(5, 41))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for a single process")
@pytest.mark.parametrize("at", [*AT_ONCE, *(pytest.param(at, marks=pytest.mark.slow) for at in LATER)])
def test_ctrl_c_is_heard_at_any_moment_and_told_in_words(tiny_model: Path, tmp_path: Path, at: float) -> None:
    out = tmp_path / "out"
    process = subprocess.Popen(  # one that begins as it does for a user
        [sys.executable, "-m", "pipeline.cli", *map(str, _run(tiny_model, out))],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        process.wait(timeout=at)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    if "Traceback" in told:  # Python itself was still beginning, and nothing of ours ran
        assert "KeyboardInterrupt" in told
        assert "pipeline" not in told
        return
    assert process.returncode in (130, 0)
    assert process.returncode == 0 or "interrupted" in told or "finishing what is under way" in told
    for run in call_json("runs", "list", "--out", out) if out.exists() else []:
        assert run["state"] in ("cancelled", "done")


def test_what_a_killed_worker_leaves_is_taken_up_by_one_of_the_next(
    tiny_model: Path, tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    out = tmp_path / "out"
    assert call(*_run(tiny_model, out), "--queue").exit_code == 0
    killed = start(tmp_path, "worker", "--out", out)
    wait_until(lambda: len(finals(out)) >= 3, killed)
    killed.kill()
    killed.communicate()
    assert _only_run(out)["state"] == "running"
    assert len(finals(out)) < 20

    workers = [start(tmp_path, "worker", "--once", "--json", "--out", out) for _ in range(2)]
    told = [worker.communicate(timeout=120) for worker in workers]

    assert [worker.returncode for worker in workers] == [0, 0], told
    done = [run for stdout, _ in told for run in json.loads(stdout)]
    assert [(run["id"], run["state"], run["taken_up"]) for run in done] == [(_only_run(out)["id"], "done", 1)]
    assert finals(out) == undisturbed
