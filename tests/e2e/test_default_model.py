"""``artgen model default``, and what a run without ``--model`` takes."""

from pathlib import Path

from components.generation.shipped import SHIPPED_MODEL
from pipeline.component_check.samples import random_model
from tests.e2e.cli import call, call_json

RUN = ("pipeline", "run", "--size", 8, "--enhancer", "lanczos", "--no-sheet", "--seed", 1)


def test_a_run_that_names_no_model_takes_the_default_one_and_stays_with_it(tmp_path: Path) -> None:
    model = random_model(tmp_path / "artgen-data" / "models" / "tiny")
    shipped = call("model", "default").stdout.split()[-1]

    told = call("model", "default", "tiny")
    listed = {each["name"]: each["default"] for each in call_json("model", "list")}
    queued = call_json(*RUN, "--queue", "--out", tmp_path / "store")
    assert call("model", "default", shipped).exit_code == 0
    resumed = call_json("runs", "resume", queued["id"])

    assert told.stdout == f"default model: {model.name}\n"
    assert listed == {shipped: False, model.name: True}
    assert queued["settings"]["fixed"]["model"] == model.weights_sha256
    assert resumed["state"] == "done"
    assert shipped in (SHIPPED_MODEL / "model.json").read_text()
    assert call("model", "default").stdout.split()[-1] == shipped


def test_a_default_that_is_gone_is_told_and_an_unknown_one_refused(tmp_path: Path) -> None:
    random_model(tmp_path / "artgen-data" / "models" / "tiny")
    name = call("model", "default", "tiny").stdout.split()[-1]
    call("model", "delete", "tiny", "--yes")

    refused = call("model", "default", "tinny")

    assert call("model", "default").stdout.split()[-1] != name
    assert refused.exit_code == 2
    assert "there is no model 'tinny'" in refused.stderr
