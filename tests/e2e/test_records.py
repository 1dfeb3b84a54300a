"""What the records say is what happened."""

import json
import shutil
import sqlite3
import zipfile
from pathlib import Path
from typing import Any

from PIL import Image
from pydantic import JsonValue

from pipeline.jobs.kinds import settings_of
from pipeline.sweep.job import SweepJob
from storage.run_queue import SqlRunQueue
from tests.e2e.cli import call, call_json, start, wait_until
from tests.e2e.test_earlier_release import FILES
from tests.e2e.test_learning import _train
from tests.samples import painting_files, write_zip

STOPPING = """
class Stopping:
    def observe(self, view, folder):
        return view.step != 2

    def finish(self, folder):
        pass
"""


def _pipeline(model: Path, out: Path, *more: object) -> tuple[object, ...]:
    options = ("--count", 3, "--seed", 5, "--size", 16, "--enhancer", "lanczos", "--no-sheet")
    return ("pipeline", "run", "--model", model, *options, "--out", out, *more)


def test_a_training_that_is_refused_says_nothing_of_the_finished_one(paintings: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    done = call_json(*_train(paintings, folder))
    others = write_zip(tmp_path / "others.zip", painting_files(("warm", "cool"), per_style=8))
    for command in (
        _train(paintings, folder),
        _train(paintings, folder, "--resume", "--set", "batch=3"),
        _train(others, folder, "--resume"),
    ):
        assert call(*command).exit_code == 2

    [row] = call_json("report", folder)
    assert (row["run"], row["state"]) == (done["id"], "done")
    assert [run["state"] for run in call_json("runs", "list", "--out", folder)] == ["done"]
    assert all(run["folder"] is None for run in call_json("runs", "list") if run["id"] != done["id"])


def test_a_run_whose_data_are_gone_stays_paused_when_it_is_resumed_and_fails_when_it_is_its_turn(
    paintings: Path, tmp_path: Path
) -> None:
    first, second = (call_json(*_train(paintings, tmp_path / name, "--queue"))["id"] for name in "ab")
    assert call_json("runs", "pause", first)["state"] == "paused"
    paintings.unlink()

    refused = call("runs", "resume", first)
    [turn] = call_json("worker", "--once", code=1)

    assert refused.exit_code == 2
    shown = call_json("runs", "show", first)
    assert shown["state"] == "paused"
    assert "paintings.zip" in shown["message"]
    assert (turn["id"], turn["state"], turn["folder"]) == (second, "failed", None)
    assert "paintings.zip" in turn["message"]


def test_a_second_training_into_a_folder_at_work_is_refused_and_told_who_is(
    paintings: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    process = start(tmp_path, *_train(paintings, folder, steps=100_000))
    try:
        wait_until(lambda: (folder / "log.jsonl").exists(), process)
        refused = call(*_train(paintings, folder, "--resume", steps=100_000))
        [run] = call_json("runs", "list")
    finally:
        process.kill()
        process.communicate()
    assert refused.exit_code == 2
    assert f"run {run['id']} (process {process.pid} on " in refused.stderr
    assert "writes to it" in refused.stderr

    went_on = call_json(*_train(paintings, folder, "--resume", steps=_steps(folder) + 2))
    assert (went_on["id"], went_on["state"]) == (run["id"], "done")


def _steps(folder: Path) -> int:
    return len((folder / "log.jsonl").read_text().splitlines())


def test_an_observer_that_stops_a_training_leaves_it_paused_and_it_goes_on(
    paintings: Path, tmp_path: Path
) -> None:
    (tmp_path / "stopping.py").write_text(STOPPING)
    stopped = call_json(
        *_train(paintings, tmp_path / "model", "--observer", "stopping:Stopping", steps=4), code=130
    )
    assert stopped["state"] == "paused"
    assert "an observer stopped the training" in stopped["message"]

    assert call(*_train(paintings, tmp_path / "model", "--resume", "--set", "batch=3")).exit_code == 2
    shown = call_json("runs", "show", stopped["id"])
    assert (shown["state"], shown["settings"]) == ("paused", stopped["settings"])
    assert "batch: was 4, is 3" in shown["message"]

    resumed = call_json("runs", "resume", stopped["id"])
    assert (resumed["state"], resumed["model"]["training"]["steps"]) == ("done", 4)


def test_enlarging_files_is_a_run_and_makes_what_is_missing_when_it_goes_on(tmp_path: Path) -> None:
    for name in "ab":
        Image.new("RGB", (6, 4), "red").save(tmp_path / f"{name}.png")
    good = (tmp_path / "b.png").read_bytes()
    (tmp_path / "b.png").write_bytes(good[:40])

    first = call_json("enhance", "?.png", "--scale", 2, "--enhancer", "lanczos", "--out", "large", code=1)
    [run] = call_json("runs", "list")
    assert (run["kind"], run["state"], run["done"], run["total"]) == ("enhance", "partial", 1, 2)
    assert (first["run"], run["folder"]) == (run["id"], str(tmp_path / "large"))
    assert "1 of 2 pictures failed" in run["message"]

    (tmp_path / "b.png").write_bytes(good)
    again = call_json("runs", "resume", run["id"])
    assert (again["state"], again["made"], again["kept"]) == ("done", 1, 1)


def test_judging_a_model_is_a_run(tiny_model: Path, tmp_path: Path) -> None:
    paintings = write_zip(tmp_path / "p.zip", painting_files(("warm", "cool"), per_style=17))
    call_json("evaluate", tiny_model, paintings, "--out", tmp_path / "judged")
    [run] = call_json("runs", "list")
    assert (run["kind"], run["state"], run["folder"]) == ("evaluate", "done", str(tmp_path / "judged"))
    assert run["settings"]["model"] == str(tiny_model)


def test_what_is_queued_on_the_command_line_is_done_by_a_worker(paintings: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    queued = call_json(*_train(paintings, folder, "--queue"))
    assert queued["state"] == "queued"
    assert not folder.exists()

    [done] = call_json("worker", "--once")

    assert (done["id"], done["state"], done["folder"]) == (queued["id"], "done", str(folder))
    assert (folder / "model.safetensors").is_file()


def test_a_run_that_is_refused_leaves_nothing_behind(tiny_model: Path, tmp_path: Path) -> None:
    for more in ((), ("--queue",)):
        assert call(*_pipeline(tiny_model, tmp_path / "out", "--style", "warn", *more)).exit_code == 2
        assert not (tmp_path / "out").exists()


def test_a_store_that_was_moved_has_its_runs(tiny_model: Path, tmp_path: Path) -> None:
    made = call_json(*_pipeline(tiny_model, tmp_path / "out"))
    (tmp_path / "out").rename(tmp_path / "moved")
    assert [run["id"] for run in call_json("runs", "list", "--out", tmp_path / "moved")] == [made["run"]]
    assert call_json("runs", "show", made["run"])["out"] == str(tmp_path / "moved")
    assert {Path(file["path"]).parent.parent for file in call_json("results", "list", "--out", "moved")} == {
        tmp_path / "moved"
    }


def test_deleted_pictures_are_left_out_and_told_and_the_others_exported(
    tiny_model: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    made = call_json(*_pipeline(tiny_model, out))
    gone = Path(made["files"][1]["path"])
    gone.unlink()

    listed = call("results", "list", "--out", out, "--json")
    exported = call("results", "export", made["run"], tmp_path / "copy", "--out", out)

    assert str(gone) not in listed.stdout
    assert f"left out 1 picture that is gone from the disk, the first: {gone}" in listed.stderr
    assert len(json.loads(listed.stdout)) == 2
    assert exported.exit_code == 1
    assert f"not copied: {gone} is gone" in exported.stderr
    index = json.loads((tmp_path / "copy" / "index.json").read_text())
    assert [file["seed"] for file in index["files"]] == [5, 7]
    assert len(list((tmp_path / "copy").glob("*.png"))) == 2


def test_trainings_of_the_first_release_are_listed_and_resumed_in_their_folder(tmp_path: Path) -> None:
    with zipfile.ZipFile(FILES) as archive:
        archive.extractall(tmp_path / "old")
    folder = tmp_path / "old" / "gan"
    database = sqlite3.connect(folder / "index.sqlite")
    [(settings,)] = database.execute("SELECT settings FROM runs").fetchall()
    values: dict[str, Any] = json.loads(settings)
    values["data"]["source"] = str(tmp_path / "old" / "pics")
    with database:
        database.execute("UPDATE runs SET state = 'paused', settings = ?", (json.dumps(values),))
    database.close()
    (folder / "model.safetensors").unlink()

    [run] = call_json("runs", "list", "--out", folder)
    resumed = call_json("runs", "resume", run["id"])

    assert (run["kind"], run["state"]) == ("train", "paused")
    assert (resumed["id"], resumed["state"], resumed["folder"]) == (run["id"], "done", str(folder))
    assert (folder / "model.safetensors").is_file()
    shutil.rmtree(tmp_path / "old")


def test_sweeps_that_were_recorded_as_studies_are_sweeps(tmp_path: Path) -> None:
    sweep: dict[str, JsonValue] = {
        "source": "p.zip",
        "preset": "wgan-gp",
        "steps": 200,
        "count": 2,
        "space": {"batch": [2, 4]},
    }
    record = SqlRunQueue(tmp_path).create("study", {"sweep": sweep, "components": {}}, 10)
    settings = settings_of(record)
    assert isinstance(settings, SweepJob)
    assert settings.sweep.steps == 200


def test_threads_of_a_run_and_of_a_reproduction_are_put_back(tiny_model: Path, tmp_path: Path) -> None:
    import torch

    before = torch.get_num_threads()
    made = call_json(*_pipeline(tiny_model, tmp_path / "out", "--threads", before + 1))
    shown = call_json("runs", "show", made["run"])
    assert shown["settings"]["threads"] == shown["settings"]["fixed"]["threads"] == before + 1
    assert torch.get_num_threads() == before

    again = call_json("results", "reproduce", made["files"][0]["path"])
    assert again["identical"]
    assert torch.get_num_threads() == before
