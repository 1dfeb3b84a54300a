"""The evidence on the card of the quick network: what is measured is what the table says."""

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from benchmarks.picture_quality import BORDER_PX, Judge, Quality
from benchmarks.teacher_distance import table
from components.networks.squeezenet import SqueezeNetFeatures
from tests.samples import paint
from tests.unit.networks.features_files import write_squeezenet


def test_the_difference_of_features_is_that_of_the_formula(tmp_path: Path) -> None:
    path = write_squeezenet(tmp_path / "squeezenet.safetensors")
    truth, made = (np.asarray(paint(72, 72, seed=seed).convert("RGB")) for seed in (0, 1))
    network = SqueezeNetFeatures()
    network.load(path)
    inner = [torch.tensor(picture[BORDER_PX:-BORDER_PX, BORDER_PX:-BORDER_PX]) for picture in (made, truth)]
    one, other = (network(picture.permute(2, 0, 1)[None].float() / 127.5 - 1) for picture in inner)
    wanted = np.mean([float(F.l1_loss(a, b)) for a, b in zip(one, other, strict=True)])

    assert Judge(None, path).measure(made, truth).squeezenet == pytest.approx(wanted, rel=1e-4)
    assert Judge(None, path).measure(truth, truth).squeezenet == 0
    assert Judge(None).measure(made, truth).squeezenet is None


def test_the_table_has_means_of_the_distances_and_the_share_of_the_teacher_s_time() -> None:
    found = {"ours": [Quality(20.0, 0.5, 1.0, 0.8, 0.2), Quality(30.0, 0.5, 2.0, 1.0, 0.3)]}
    lines = [*table("paintings", found, {"ours": [0.1, 0.1], "x4plus": [1.9, 2.1]})]

    assert lines[0] == "2 pictures: **paintings**; the teacher takes 2.00 s for one"
    assert lines[4] == "| ours | 0.25 | 1.5 | 25 | 0.9 | 1/20 |"
