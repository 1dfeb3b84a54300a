"""A run that was broken off goes on with the network and the precision that it began with."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from interfaces.ies import BEST_WEIGHTS, SHIPPED_WEIGHTS
from pipeline import assemble, load_config
from pipeline.component_check.samples import random_weights
from tests.e2e.cli import call, call_json, finals


@pytest.mark.parametrize("weights", [BEST_WEIGHTS, SHIPPED_WEIGHTS, "moved"])
def test_a_run_that_was_broken_off_goes_on_with_the_network_that_it_began_with(
    weights: str, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = random_weights(tmp_path / "mine")
    given = str(mine) if weights == "moved" else weights

    def settings(out: str) -> dict[str, Any]:
        enhancement = {"side": 16, "enhancer": {"weights": given}}
        made = {"generation": {"count": 2, "seed": 5}, "enhancement": enhancement, "chunk_size": 1}
        return {**made, "model": str(tiny_model), "out": str(tmp_path / out)}

    whole = assemble(load_config(settings("whole")))
    list(whole.run())
    broken = assemble(load_config(settings("broken")))
    pictures = broken.run()
    next(pictures)
    broken.cancel()
    list(pictures)
    assert len(finals(tmp_path / "broken")) == 1
    (tmp_path / "theirs").mkdir()
    mine.rename(tmp_path / "theirs" / "renamed.pth")
    monkeypatch.setenv("ARTGEN_WEIGHTS", str(tmp_path / "theirs"))

    assert call("runs", "resume", broken.ended.id, "--out", tmp_path / "broken").exit_code == 0
    assert finals(tmp_path / "broken").keys() == finals(tmp_path / "whole").keys()
    if weights != "moved":  # the picture says how its file of weights was called
        assert finals(tmp_path / "broken") == finals(tmp_path / "whole")


def test_resumed_and_reproduced_pictures_have_the_precision_that_was_taken_whatever_is_faster_by_now(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    precision = "components.networks.precision"
    monkeypatch.setattr(f"{precision}.bfloat16_units", lambda: "AMX")
    monkeypatch.setattr(f"{precision}.fastest", lambda work: "bfloat16")
    settings = {"model": str(tiny_model), "enhancement": {"side": 16}, "out": str(tmp_path), "chunk_size": 1}
    run = assemble(load_config({**settings, "generation": {"count": 2, "seed": 5}}))
    pictures = run.run()
    first = next(pictures)
    run.cancel()
    list(pictures)

    monkeypatch.setattr(f"{precision}.fastest", lambda work: "float32")
    assert call("runs", "resume", run.ended.id, "--out", tmp_path).exit_code == 0
    taken = []
    for path in tmp_path.rglob("seed*_16x16.png"):
        with Image.open(path) as opened:
            taken.append(json.loads(opened.info["artgen"])["chain"][1]["runtime"]["precision"])
    assert taken == ["mixed", "mixed"]
    again = call_json("results", "reproduce", first.path, "--out", tmp_path / "again")
    assert again["identical"] is True
