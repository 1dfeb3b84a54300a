"""A kind of job that is one module and one registry line has everything that artgen's own have."""

import json
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from interfaces.errors import RunError
from pipeline.jobs.kinds import JOBS, settings_of
from pipeline.jobs.verbs import resume, run, submit
from pipeline.settings.config import ComponentNames, DataConfig, TrainingConfig
from pipeline.train.job import TrainJob
from storage.run_queue import SqlRunQueue
from tests.e2e.cli import call, call_json, start, wait_until
from tests.e2e.test_learning import TINY
from tests.fixture_system.job import KIND, CountJob
from tests.processes import Program
from tests.samples import painting_files, write_zip


@pytest.fixture(autouse=True)
def _kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(JOBS, "count", KIND)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "artgen-results"


def _start(folder: Path, *arguments: object) -> Program:
    return start(folder, *arguments, module="tests.fixture_system.cli")


def _numbers(out: Path) -> list[str]:
    file = out / "numbers.txt"
    return [line.split()[0] for line in file.read_text().splitlines()] if file.exists() else []


def test_it_is_queued_and_a_worker_does_it_and_what_comes_behind(tmp_path: Path, store: Path) -> None:
    first = submit(CountJob(until=3, out=tmp_path / "a"), store)
    second = submit(CountJob(until=2, out=tmp_path / "b"), store)
    assert [one["state"] for one in call_json("runs", "list")] == ["queued", "queued"]
    assert "1" in call("runs", "move", second.id, 1).stdout

    done = call_json("worker", "--once")

    assert [one["id"] for one in done] == [second.id, first.id]
    assert {one["state"] for one in done} == {"done"}
    assert (_numbers(tmp_path / "a"), _numbers(tmp_path / "b")) == (["0", "1", "2"], ["0", "1"])
    assert call_json("worker", "--once") == []


def test_it_is_run_at_once_and_shown(tmp_path: Path, store: Path) -> None:
    ended = run(CountJob(until=3, out=tmp_path / "a", threads=1), store)
    assert (ended.record.state, ended.record.done, ended.record.total) == ("done", 3, 3)
    shown = call_json("runs", "show", ended.record.id)
    assert (shown["kind"], shown["folder"]) == ("count", str(tmp_path / "a"))
    assert shown["settings"]["threads"] == 1
    assert ended.record.id in call("runs", "list", "--out", tmp_path / "a").stdout
    with pytest.raises(RunError, match="is done: nothing is left to do"):
        resume(ended.record.id, store)


def test_killed_at_work_it_is_resumed_and_makes_what_is_missing(tmp_path: Path, store: Path) -> None:
    job = submit(CountJob(until=200, out=tmp_path / "a", pause_s=0.05), store)
    process = _start(tmp_path, "worker", "--once")
    wait_until(lambda: len(_numbers(tmp_path / "a")) > 25, process)
    [seen] = call_json("runs", "list")
    listed = call("runs", "list").stdout
    refused = call("runs", "resume", job.id)
    process.kill()
    process.communicate()
    assert (seen["state"], seen["stage"], seen["unit"]) == ("running", "sweep", "numbers")
    assert seen["stage_total"] == 200
    assert 0 < seen["stage_done"] <= seen["done"] + 1
    assert seen["rate"] is None or 0 < seen["rate"] < 20
    assert "numbers" in listed
    assert refused.exit_code == 2
    assert "is working on it" in refused.stderr

    stored = SqlRunQueue(store).get(job.id)
    fast = settings_of(stored).model_copy(update={"pause_s": 0.0}).model_dump(mode="json")
    queue = SqlRunQueue(store)
    queue.claim(job.id)
    queue.describe(job.id, settings=fast)
    queue.finish(job.id, "failed")
    resumed = call("runs", "resume", job.id)

    assert resumed.exit_code == 0
    assert f"run {job.id} is done, 200 of 200 done" in resumed.stdout
    assert _numbers(tmp_path / "a") == [str(number) for number in range(200)]


def test_it_is_paused_from_another_process_and_put_back_into_the_queue(tmp_path: Path, store: Path) -> None:
    job = submit(CountJob(until=60, out=tmp_path / "a", pause_s=0.05), store)
    process = _start(tmp_path, "worker", "--once")
    wait_until(lambda: len(_numbers(tmp_path / "a")) > 3, process)
    call("runs", "pause", job.id)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 1, stderr
    paused = call_json("runs", "show", job.id)
    assert paused["state"] == "paused"
    assert paused["done"] < 60

    assert call_json("runs", "resume", job.id, "--queue")["state"] == "queued"
    assert [one["state"] for one in call_json("worker", "--once")] == ["done"]
    assert _numbers(tmp_path / "a") == [str(number) for number in range(60)]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for a single process")
def test_ctrl_c_ends_the_run_under_way_and_the_worker_and_leaves_the_others_queued(
    tmp_path: Path, store: Path
) -> None:
    job = submit(CountJob(until=600, out=tmp_path / "a", pause_s=0.05), store)
    other = submit(CountJob(until=1, out=tmp_path / "b"), store)
    process = _start(tmp_path, "worker")
    wait_until(lambda: len(_numbers(tmp_path / "a")) > 3, process)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    queue = SqlRunQueue(store)
    assert (queue.get(job.id).state, queue.get(other.id).state) == ("cancelled", "queued")


def test_each_has_its_own_threads_and_precision_and_the_process_has_its_own_again(
    tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    import torch

    monkeypatch.setenv("ARTGEN_PRECISION", "float32")
    before = torch.get_num_threads()
    submit(CountJob(until=1, out=tmp_path / "a", threads=before + 1, precision="bfloat16"), store)
    submit(CountJob(until=1, out=tmp_path / "b"), store)

    call_json("worker", "--once")

    assert (tmp_path / "a" / "numbers.txt").read_text() == f"0 {before + 1} bfloat16\n"
    assert (tmp_path / "b" / "numbers.txt").read_text() == f"0 {before} float32\n"
    assert (torch.get_num_threads(), os.environ["ARTGEN_PRECISION"]) == (before, "float32")


def test_one_that_fails_stands_in_its_row_and_the_next_is_done(tmp_path: Path, store: Path) -> None:
    (tmp_path / "file").write_text("")
    broken = submit(CountJob(until=1, out=tmp_path / "file"), store)
    good = submit(CountJob(until=1, out=tmp_path / "a"), store)
    SqlRunQueue(store).create("unheard-of", {}, 1)

    done = {one["kind"]: one for one in call_json("worker", "--once", code=1)}

    states = {record.id: record.state for record in SqlRunQueue(store).list()}
    assert (states[broken.id], states[good.id]) == ("failed", "done")
    assert done["unheard-of"]["state"] == "failed"
    assert "none of those known: " in done["unheard-of"]["message"]


def test_trainings_of_other_threads_and_precisions_have_in_one_process_the_bytes_that_each_has_alone(
    tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ARTGEN_PRECISION")
    source = write_zip(tmp_path / "paintings.zip", painting_files(("warm", "cool"), per_style=6))
    kinds: dict[str, dict[str, Any]] = {
        "one": {"threads": 1, "precision": "float32"},
        "two": {"threads": 2, "precision": "bfloat16"},
    }
    for name, options in kinds.items():
        run(_training(source, tmp_path / f"{name}-alone", **options), tmp_path / f"{name}-store")
    for name, options in reversed(kinds.items()):
        submit(_training(source, tmp_path / name, **options), store)

    assert [one["state"] for one in call_json("worker", "--once")] == ["done", "done"]

    weights = {path.parent.name: path.read_bytes() for path in tmp_path.glob("*/model.safetensors")}
    assert weights["one"] == weights["one-alone"]
    assert weights["two"] == weights["two-alone"]
    assert weights["one"] != weights["two"]


def _training(source: Path, out: Path, **options: Any) -> TrainJob:
    training = TrainingConfig(overrides={**TINY, "steps": "3"})
    data = DataConfig(source=str(source))
    return TrainJob(data=data, training=training, components=ComponentNames(observers=()), out=out, **options)


def test_a_worker_in_another_folder_finds_the_files_that_a_training_names(
    tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    write_zip(tmp_path / "here" / "paintings.zip", painting_files(("warm",), per_style=6))
    monkeypatch.chdir(tmp_path / "here")
    sets = [part for name, value in TINY.items() for part in ("--set", f"{name}={value}")]
    train = ("train", "paintings.zip", *sets, "--steps", 1)
    call_json(*train, "--out", "first")
    queued = call_json(
        *train, "--set", "start=first", "--set", "warm_up=0", "--out", "second", "--store", store, "--queue"
    )
    overrides = {**TINY, "start": "first", "warm_up": "0", "steps": "1"}
    lines = [f'"{name}" = "{value}"\n' for name, value in overrides.items()]
    (tmp_path / "here" / "learn.toml").write_text("[training.overrides]\n" + "".join(lines))
    call_json(
        "pipeline", "run", "--data", "paintings.zip", "--config", "learn.toml", "--seed", 1,
        "--enhancer", "lanczos", "--size", 16, "--out", store, "--queue",
    )  # fmt: skip

    monkeypatch.chdir(tmp_path / "there")
    done = call_json("worker", "--once", "--out", store)

    assert queued["settings"]["training"]["overrides"]["start"] == str(tmp_path / "here" / "first")
    assert [run["state"] for run in done] == ["done", "done"]
    settings = json.loads((tmp_path / "here" / "second" / "settings.json").read_text())
    assert settings["start"] == str(tmp_path / "here" / "first")
