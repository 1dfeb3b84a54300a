"""Observers draw what they see, and let the training go on."""

import json
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import final

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from components.evaluation import OBSERVERS, LossCurves, SampleSheets
from components.evaluation.samples import sheet
from storage.run_folder import DirectoryFolder


@final
class View:
    """A training of ten steps whose images are as bright as the first latent number."""

    def __init__(self, step: int) -> None:
        self.step = step
        self.steps = 10
        self.latent = 4
        self.labels = 0
        self.values: Mapping[str, float] = {}

    def sample(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        return latents[:, :1, None, None].clamp(-1, 1).expand(-1, 3, 8, 8)


def test_sheets_come_at_every_interval_and_at_the_end(tmp_path: Path) -> None:
    folder = DirectoryFolder(tmp_path)
    sheets = SampleSheets(every=4, columns=3, rows=2)
    assert all(sheets.observe(View(step), folder) for step in range(1, 11))
    names = folder.names("samples/*")
    assert names == [f"samples/step-{step:06d}.png" for step in (4, 8, 10)]
    assert len({folder.read(name) for name in names}) == 1  # the same noise each time
    assert Image.open(BytesIO(folder.read(names[0]))).size == (24, 16)


def test_pictures_stand_row_after_row() -> None:
    values = torch.tensor([-1.0, 0.0, 1.0, 0.5])
    images = values[:, None, None, None].expand(-1, 3, 8, 8)
    pixels = np.asarray(sheet(images, columns=3))
    assert pixels.shape == (16, 24, 3)
    assert [int(pixels[4, x, 0]) for x in (4, 12, 20)] == [0, 128, 255]
    assert [int(pixels[12, x, 0]) for x in (4, 12, 20)] == [191, 0, 0]


def test_grey_pictures_make_a_grey_sheet() -> None:
    assert sheet(torch.zeros(2, 1, 8, 8), columns=2).mode == "L"


def test_curves_show_the_log(tmp_path: Path) -> None:
    folder = DirectoryFolder(tmp_path)
    for step in range(1, 11):
        line = {"step": step, "generator_loss": step, "critic_loss": -step, "real_score": 1, "fake_score": 0}
        folder.append("log.jsonl", json.dumps(line))
    assert LossCurves().observe(View(9), folder)
    assert folder.names("*.png") == []
    assert LossCurves().observe(View(10), folder)
    pixels = np.asarray(Image.open(BytesIO(folder.read("curves.png"))).convert("RGB"))
    assert pixels.shape == (480, 1200, 3)
    coloured = (pixels.max(2).astype(int) - pixels.min(2)) > 60
    assert coloured[:, :600].sum() > 500
    assert coloured[:, 600:].sum() > 500


def test_curves_of_a_training_that_logged_nothing_are_left_out(tmp_path: Path) -> None:
    assert LossCurves().observe(View(10), DirectoryFolder(tmp_path))


@pytest.mark.parametrize("name", sorted(OBSERVERS))
def test_every_observer_lets_the_training_go_on(name: str, tmp_path: Path) -> None:
    assert OBSERVERS[name]().observe(View(1), DirectoryFolder(tmp_path))
