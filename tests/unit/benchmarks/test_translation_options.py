"""What the comparison of a translation's options is made of: pictures held out, steps that are planned once, and the table."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch

from benchmarks.translation_options import HeldOut, judged, planned, sheet, table
from components.evaluation import Measurement, Metric, PictureSets, to_bytes
from components.training import TranslationTrainer
from interfaces.ipdt import IPDT
from storage.run_folder import DirectoryFolder
from tests.unit.training.tiny_translation import CONTRASTIVE, make_domains, tiny_translation

NOTHING = {"value": 0.25, "error": 0.01, "floor": 0.125}
ROW = dict.fromkeys(("squeezenet1_1_kernel", "c2st_accuracy", "swd_mean"), NOTHING)


@pytest.fixture
def data(tmp_path: Path) -> IPDT:
    return make_domains(tmp_path, a=40, b=36, test=17)


def test_what_was_held_out_is_compared_with_what_was_and_the_floor_is_what_was_not(data: IPDT) -> None:
    held = HeldOut(data, 16)
    pictures = held.pictures(1)
    assert pictures.shape == (17, 3, 16, 16)
    middle = torch.from_numpy(np.array(data.images[40:57, 1:17, 1:17])).permute(0, 3, 1, 2)
    assert torch.equal(to_bytes(pictures), middle)
    sets = held.sets(to_bytes(held.pictures(0)), 1)
    assert sets.real.tolist() == list(range(40, 57))
    assert set(sets.other.tolist()) <= set(range(57, 76))
    assert len(sets.other) == 17
    with pytest.raises(SystemExit, match="wanted 16 pictures held out of each domain, got 3"):
        HeldOut(make_domains(data.folder, a=20, b=20, test=3), 16)


class Rows:
    """A metric that tells what it is given."""

    def measure(self, sets: PictureSets, folder: DirectoryFolder, tell: object) -> Sequence[Measurement]:
        mean = float(sets.generated.float().mean())
        return [Measurement("rows", "rows", mean, "lower", floor=float(sets.real[0]))]


def test_a_model_is_judged_in_the_directions_that_it_has(data: IPDT, tmp_path: Path) -> None:
    held, metrics = HeldOut(data, 16), [cast("Metric", Rows())]
    plain = judged("none", None, held, metrics, tmp_path)
    pictures = float(to_bytes(held.pictures(0)).float().mean())
    assert plain["a-to-b"]["rows"] == {"value": pictures, "error": None, "floor": 40.0}
    assert plain["b-to-a"]["rows"]["floor"] == 0.0
    settings = tiny_translation(steps=1, **CONTRASTIVE)
    model = TranslationTrainer(settings).train(data, DirectoryFolder(tmp_path / "run"))
    assert model is not None
    one = judged("contrastive", model, held, metrics, tmp_path)
    assert set(one) == {"option", "a-to-b"}
    assert one["a-to-b"]["rows"]["value"] != pictures
    assert "hiding" not in one["a-to-b"]
    assert sheet({"contrastive": model}, held)[:2] == b"\xff\xd8"  # a JPEG


def test_steps_are_planned_once(tmp_path: Path, data: IPDT) -> None:
    options = argparse.Namespace(out=tmp_path, seconds=1.0, options=["plain"], seed=0)
    settings = {"plain": tiny_translation(), "pretrained": tiny_translation(pretrain_steps=1)}
    plan = planned(settings, data, options)
    assert plan["plain"]["pretrain_steps"] == 0
    assert plan["plain"]["steps"] == max(1, round(1.0 / plan["plain"]["step_s"]))
    assert plan["pretrained"]["pretrain_steps"] >= 1
    options.options = ["pretrained"]
    assert planned({}, data, options) == plan
    options.seed = 1
    with pytest.raises(SystemExit, match="is of another comparison; give another --out"):
        planned(settings, data, options)
    assert json.loads((tmp_path / "plan.json").read_text())["asked"]["seed"] == "0"


def test_the_table_has_a_row_for_each_option_and_the_floor() -> None:
    both: dict[str, Any] = {**ROW, "cycle_l1": 0.0712, "hiding": 1.5}
    rows: list[dict[str, Any]] = [
        {"option": "none", "a-to-b": ROW, "b-to-a": ROW},
        {"option": "pretrained", "steps": 1200, "pretrain_steps": 300, "share_of_plain": 0.99, "a-to-b": both, "b-to-a": both},
        {"option": "contrastive", "steps": 2400, "pretrain_steps": 0, "share_of_plain": 0.5, "a-to-b": ROW},
    ]  # fmt: skip
    lines = table(rows).splitlines()
    assert lines[0].startswith("Kernel distance (x1000) on squeezenet1_1 features")
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
    assert {len(line) for line in cells} == {10}
    assert cells[3][:4] == ["pretrained", "300 + 1,200", "0.99", "250.0 ± 10.0"]
    assert cells[3][-2:] == ["0.071", "1.50"]
    assert cells[4][6:] == ["-", "-", "-", "-"]
    assert cells[5][0] == "floor"
    assert cells[5][3] == "125.0"
