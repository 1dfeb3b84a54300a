import json
from pathlib import Path

import pytest

from tests.e2e.cli import call, call_json, start, wait_until
from tests.e2e.test_learning import TINY
from tests.samples import painting_files, write_zip


@pytest.fixture
def paintings(tmp_path: Path) -> Path:
    return write_zip(tmp_path / "paintings.zip", painting_files(("warm", "cool"), per_style=17))


def _train(source: Path, out: Path, *more: object, steps: int = 20) -> tuple[object, ...]:
    overrides = [part for name, value in TINY.items() for part in ("--set", f"{name}={value}")]
    return ("train", source, "--steps", steps, "--out", out, *overrides, *more)


@pytest.fixture
def trained(paintings: Path, tmp_path: Path) -> Path:
    call_json(*_train(paintings, tmp_path / "first", "--set", "watch_every=15"))
    return tmp_path / "first"


def test_a_training_has_a_row_with_what_the_log_says(trained: Path) -> None:
    [run] = call_json("runs", "list", "--out", trained)
    [row] = call_json("report", run["id"])
    log = [json.loads(line) for line in (trained / "log.jsonl").read_text().splitlines()]

    assert (row["name"], row["run"], row["state"], row["preset"]) == ("first", run["id"], "done", "wgan-gp")
    # the preset says auto, and the training what that was
    others = {"watch_every": "15", "precision": "float32"}
    assert {name: str(value) for name, value in row["differs"].items()} == TINY | others
    assert (row["images"], row["steps"], row["seen"]) == (34, 20, 20 * 2 * 4)
    assert row["epochs"] == pytest.approx(160 / 32)  # 8 whole batches of 4 in each epoch
    assert row["seconds"] == log[-1]["seconds"]
    assert row["seconds_per_epoch"] == pytest.approx(log[-1]["seconds"] / 5)
    assert row["final"]["wasserstein"] == pytest.approx(sum(line["wasserstein"] for line in log) / 20)
    assert row["final"]["diversity"] == log[14]["diversity"]  # measured once
    assert row["collapses"] == []


def test_metrics_of_an_evaluation_stand_in_the_row_until_the_weights_are_others(
    trained: Path, paintings: Path
) -> None:
    judged = call_json("evaluate", trained, paintings)
    shown = call("report", trained)
    [row] = call_json("report", trained)
    model = json.loads((trained / "model.json").read_text())
    (trained / "model.json").write_text(json.dumps({**model, "weights_sha256": "0" * 64}))
    [stale] = call_json("report", trained)

    assert row["measurements"] == {one["key"]: one["value"] for one in judged["measurements"]}
    assert f"SWD {row['measurements']['swd_mean']:.4g} (real " in " ".join(shown.stdout.split())
    assert "measured on 17 pictures of paintings, train split" in shown.stdout
    assert stale["measurements"] == {}
    assert "other weights" in stale["notes"][0]


def test_collapses_are_counted_and_dated_as_in_the_paper(
    trained: Path, paintings: Path, tmp_path: Path
) -> None:
    lines = [
        {"step": 5 * epoch, "epoch": epoch, "kind": "lost-diversity", "value": 0.1, "threshold": 0.2, "action": "warn"}
        for epoch in (12, 60, 112)
    ]  # fmt: skip
    (trained / "collapses.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    call_json(*_train(paintings, tmp_path / "second"))
    (tmp_path / "second" / "collapses.jsonl").write_text(json.dumps(lines[0]) + "\n" + '{"step": 9, "ep')

    printed = " ".join(call("report", trained, tmp_path / "second").stdout.split())
    first, second = call_json("report", trained, tmp_path / "second")

    assert "3 times, every 50 epochs from epoch 13 on (lost-diversity)" in printed
    assert "once, in epoch 13 (lost-diversity)" in printed
    assert [one["epoch"] for one in first["collapses"]] == [12, 60, 112]
    assert len(second["collapses"]) == 1  # the line that a kill cut off was not written


def test_killed_running_and_paused_trainings_are_shown_as_such(paintings: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    process = start(tmp_path, *_train(paintings, folder, "--set", "checkpoint_every=10", steps=100_000))
    wait_until(lambda: (folder / "log.jsonl").exists() and len(_lines(folder)) > 40, process)
    [running] = call_json("report", folder)
    process.kill()
    process.communicate()
    [killed] = call_json("report", folder)
    printed = call("report", folder).stdout
    call("runs", "pause", killed["run"])
    [paused] = call_json("report", folder)

    assert [one["state"] for one in (running, killed, paused)] == ["running", "killed", "paused"]
    assert killed["steps"] == len(_lines(folder))
    assert killed["images"] is None
    # the size of an epoch is found from the log; 4 steps are one epoch
    assert killed["epochs"] == pytest.approx(killed["steps"] / 4, rel=0.15)
    assert "of 100,000" in printed


def _lines(folder: Path) -> list[str]:
    return (folder / "log.jsonl").read_text().splitlines()


def test_the_table_is_written_as_markdown_csv_and_json(trained: Path, tmp_path: Path) -> None:
    for suffix in ("md", "csv", "json"):
        assert call("report", trained, "--out", tmp_path / f"table.{suffix}").exit_code == 0

    markdown = (tmp_path / "table.md").read_text().splitlines()
    assert [line.count("|") for line in markdown] == [10, 10, 10]
    names, values = (line.split(",") for line in (tmp_path / "table.csv").read_text().splitlines())
    row = dict(zip(names, values, strict=True))
    assert (row["name"], row["images"], row["collapses"]) == ("first", "34", "0")
    assert json.loads((tmp_path / "table.json").read_text())[0]["epochs"] == 5


def test_the_model_that_comes_with_artgen_can_be_reported_on_too() -> None:
    from components.generation.shipped import SHIPPED_MODEL

    [row] = call_json("report", SHIPPED_MODEL)

    assert (row["state"], row["run"], row["final"]) == ("done", None, {})
    assert row["images"] > 20_000
    assert row["epochs"] > 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "there is no run 'nowhere'"),
        ([Path(__file__).parent], "wanted the folder of a training, with settings.json or model.json"),
        (["first", "--out", "table.xls"], "wanted a file ending in .md, .csv, .json, got table.xls"),
    ],
)
def test_what_is_no_training_is_refused_in_one_line(arguments: list[object], said: str) -> None:
    result = call("report", *arguments)

    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


def test_a_damaged_file_is_named(trained: Path) -> None:
    (trained / "log.jsonl").write_text('{"step": 1}\nrubbish\n')

    result = call("report", trained)

    assert result.exit_code == 2
    assert "log.jsonl line 2: wanted JSON" in result.stderr
