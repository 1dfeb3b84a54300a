import csv
import json
import re
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pipeline.sweep.settings import load_sweep
from tests.e2e.cli import ROOT, call, call_json, start, wait_until
from tests.samples import painting_files, write_zip

FIXED = """
generator = { side = 8, latent = 4, width = 4, max_width = 8 }
critic = { width = 4, max_width = 8 }
batch = 4
critic_steps = 1
checkpoint_every = 5
"""


@pytest.fixture
def paintings(tmp_path: Path) -> Path:
    return write_zip(tmp_path / "paintings.zip", painting_files(("warm", "cool"), per_style=17))


def _write(tmp_path: Path, paintings: Path, *, count: int = 4, steps: int = 20, space: str = "") -> Path:
    file = tmp_path / "sweep.toml"
    file.write_text(
        f"""
        source = {str(paintings)!r}
        steps = {steps}
        count = {count}
        seed = 3
        [fixed]
        {FIXED}
        [space]
        learning_rate = {{ low = 1e-5, high = 1e-2, log = true }}
        {space}
        [metric]
        every = 5
        pictures = 16
        [pruner]
        kind = "median"
        startup_trials = 1
        """
    )
    return file


def _timeless(result: dict[str, Any]) -> list[dict[str, Any]]:
    return [{key: value for key, value in trial.items() if key != "seconds"} for trial in result["trials"]]


def test_a_sweep_tries_its_points_stops_poor_ones_and_names_the_best(paintings: Path, tmp_path: Path) -> None:
    out = tmp_path / "sweep"
    file = _write(tmp_path, paintings, count=6, space='correction = ["penalty", "clipping", "none"]')
    planned = call_json("sweep", file, "--dry-run", "--out", out)
    assert not out.exists()

    result = call_json("sweep", file, "--out", out)

    trials = result["trials"]
    assert result["state"] == "done"
    assert [one["point"] for one in trials] == [one["point"] for one in planned["trials"]]
    outcomes = [one["outcome"] for one in trials]
    assert set(outcomes) == {"complete", "pruned", "refused"}
    for one in trials:
        assert (one["point"]["correction"] == "none") == (one["outcome"] == "refused")
        measured = [int(step) for step in one["values"]]
        whole = {"complete": [5, 10, 15, 20], "refused": []}.get(one["outcome"], measured)
        assert measured == whole
        assert (out / one["folder"] / "model.safetensors").exists() == (one["outcome"] == "complete")
        assert not list((out / one["folder"]).glob("checkpoints/*"))
    complete = [one["value"] for one in trials if one["outcome"] == "complete"]
    assert result["best"]["value"] == min(complete)
    assert result["metric"]["floor"] > 0
    with (out / "sweep.csv").open(newline="") as table:
        assert [row["outcome"] for row in csv.DictReader(table)] == sorted(
            outcomes, key="complete pruned refused".index
        )
    with Image.open(out / "sweep.png") as picture:
        assert picture.width > 1000
    assert len(call_json("report", out)) == len(trials) - outcomes.count("refused")

    again = call("sweep", file, "--out", out)
    assert again.exit_code == 2
    assert "holds a sweep already" in again.stderr


def test_a_killed_sweep_is_resumed_and_ends_with_the_trials_of_an_undisturbed_one(
    paintings: Path, tmp_path: Path
) -> None:
    file = _write(tmp_path, paintings, count=4, steps=60)
    whole = call_json("sweep", file, "--out", tmp_path / "whole")
    out = tmp_path / "killed"
    # in the middle of a trial that is neither the first one nor stopped at its first value
    victim = next(one["number"] for one in whole["trials"] if one["number"] > 1 and len(one["values"]) > 3)
    process = start(tmp_path, "sweep", file, "--out", out)
    log = out / "trials" / f"{victim:03d}" / "metric.jsonl"
    wait_until(lambda: log.exists() and len(log.read_text().splitlines()) >= 2, process, 200)
    process.kill()
    process.communicate()
    first = out / "trials" / "001" / "model.json"
    before = first.stat().st_mtime_ns
    [run] = call_json("runs", "list", "--out", out)

    resumed = call_json("runs", "resume", run["id"])

    assert (run["kind"], resumed["state"], resumed["id"]) == ("sweep", "done", run["id"])
    assert _timeless(resumed) == _timeless(whole)
    assert first.stat().st_mtime_ns == before
    for trained in (tmp_path / "whole").glob("trials/*/model.safetensors"):
        assert (out / trained.relative_to(tmp_path / "whole")).read_bytes() == trained.read_bytes()


def test_a_finished_sweep_can_be_given_more_trials_and_nothing_else(paintings: Path, tmp_path: Path) -> None:
    out = tmp_path / "sweep"
    file = _write(tmp_path, paintings, count=2, steps=10)
    few = call_json("sweep", file, "--out", out, "--resume")
    model = out / "trials" / "001" / "model.json"
    before = model.stat().st_mtime_ns
    file.write_text(file.read_text().replace("count = 2", "count = 3"))
    more = call_json("sweep", file, "--out", out, "--resume")
    file.write_text(file.read_text().replace("pictures = 16", "pictures = 8"))
    other = call("sweep", file, "--out", out, "--resume")

    assert _timeless(more)[:2] == _timeless(few)
    assert len(more["trials"]) == 3
    assert model.stat().st_mtime_ns == before
    assert other.exit_code == 2
    assert "holds another sweep: metric differ" in other.stderr


def test_a_trial_that_diverges_fails_with_the_reason_and_the_others_go_on(
    paintings: Path, tmp_path: Path
) -> None:
    file = _write(tmp_path, paintings, steps=5)
    text = re.sub(r"learning_rate = .*", "penalty_weight = [10.0, 1e39]", file.read_text())
    file.write_text(text.replace("count = 4", "sampler = 'grid'"))

    result = call_json("sweep", file, "--out", tmp_path / "sweep")

    outcomes = {one["point"]["penalty_weight"]: one for one in result["trials"]}
    assert outcomes[10.0]["outcome"] == "complete"
    assert outcomes[1e39]["outcome"] == "failed"
    assert "smaller learning_rate" in outcomes[1e39]["reason"]


def test_a_study_that_cannot_be_read_is_told_with_the_way_on(
    paintings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "sweep"
    before = call_json("sweep", _write(tmp_path, paintings, count=1, steps=5), "--out", out)
    study = out / "optuna.sqlite"
    more = ("sweep", _write(tmp_path, paintings, count=2, steps=5), "--out", out, "--resume")
    monkeypatch.setattr("sqlite3.dbapi2.connect", partial(sqlite3.connect, timeout=0.05))

    with closing(sqlite3.connect(study)) as other:
        other.execute("BEGIN EXCLUSIVE")
        locked = call(*more)
    study.write_bytes(b"no database" * 500)
    damaged = call(*more)
    study.unlink()
    after = call_json(*more)

    for told, advice in ((locked, "end the program that holds it"), (damaged, "move the file away")):
        assert told.exit_code == 2
        assert told.stderr.startswith(f"artgen: {study} cannot be used: ")
        assert advice in told.stderr
    assert _timeless(after)[:1] == _timeless(before)
    assert len(after["trials"]) == 2


@pytest.mark.slow
def test_a_sweep_can_be_paused_from_another_process(paintings: Path, tmp_path: Path) -> None:
    out = tmp_path / "sweep"
    process = start(tmp_path, "sweep", _write(tmp_path, paintings, steps=100_000), "--out", out)
    wait_until(lambda: (out / "trials" / "001" / "metric.jsonl").exists(), process)
    [run] = call_json("runs", "list", "--out", out)
    call("runs", "pause", run["id"])
    stdout, _ = process.communicate(timeout=60)

    assert process.returncode == 130
    assert f"go on with: artgen runs resume {run['id']}" in stdout
    [run] = call_json("runs", "list", "--out", out)
    assert run["state"] == "paused"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("batch = 4", "bacth = 4"), "unknown setting 'bacth'. Did you mean 'batch'?"),
        (("paintings.zip", "nothing.zip"), "nothing.zip"),
        (("count = 4", "count = 4\npreset = 'dcgna'"), "Did you mean 'dcgan'?"),
    ],
)
def test_bad_input_is_answered_in_one_line_and_leaves_nothing(
    change: tuple[str, str], said: str, paintings: Path, tmp_path: Path
) -> None:
    file = _write(tmp_path, paintings)
    file.write_text(file.read_text().replace(*change))

    result = call("sweep", file, "--out", tmp_path / "sweep")

    assert result.exit_code == 2
    assert said in result.stderr
    assert not (tmp_path / "sweep").exists()


def test_the_sweep_of_the_guide_and_that_of_the_help_are_valid(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "sweeps.md").read_text(encoding="utf-8")
    [block] = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    shown = call("sweep", "--help").stdout.split("Example of a FILE:")[1].split("Examples:")[0]
    for text in (block, shown):
        file = tmp_path / "sweep.toml"
        file.write_text(text, encoding="utf-8")
        assert json.loads(load_sweep(file).model_dump_json())["steps"] == 2000
        assert call("sweep", file, "--dry-run").exit_code == 0
