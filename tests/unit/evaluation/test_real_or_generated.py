"""The observer ``real-or-generated`` asks new classifiers how far generated pictures are from real ones."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import final

import numpy as np
import pytest
import torch
from torch import Tensor

from components.evaluation import RealOrGenerated
from interfaces.errors import DataError, SettingsError, StorageError
from interfaces.igme import Latent
from interfaces.ipdt import IPDT
from storage.run_folder import DirectoryFolder


@final
class View:
    """A training of twenty passes of two steps: its pictures are grey as the real ones, by a light that the first pass lacks."""

    def __init__(self, step: int, *, count: int = 60, labels: int = 0) -> None:
        self.step, self.steps, self.epoch = step, 40, step // 2
        self.latent, self.labels = 2, labels
        self.takes = Latent(length=2, prior="uniform")
        self.values: Mapping[str, float] = {}
        self.asked: list[int] = []
        images = np.random.default_rng(1).integers(100, 200, (count, 8, 8, 1), dtype=np.uint8)
        self.pack = IPDT(
            dataset="grey", fingerprint="a" * 64, folder=Path(), images=images, labels=np.arange(count) % 2,
            is_test=(np.arange(count) % 5 == 4).astype(np.uint8), styles=("even", "odd"),
        )  # fmt: skip

    def preview(self, count: int) -> Tensor:
        return self.sample(torch.zeros(count, 2))

    def sample(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        self.asked += [] if labels is None else labels.tolist()
        noise = np.random.default_rng(2).integers(100, 200, (len(latents), 1, 8, 8))
        darker = 60 if self.epoch < 15 else 0
        return torch.from_numpy((noise - darker) / 127.5 - 1).float()


def rows(folder: DirectoryFolder) -> list[dict[str, str]]:
    return list(csv.DictReader(folder.read("classifiers.csv").decode().splitlines()))


def look(folder: DirectoryFolder, steps: range, **options: int) -> None:
    observer = RealOrGenerated(count=40, batch=16, strong_steps=60, weak_steps=40, **options)
    assert all(observer.observe(View(step), folder) for step in steps)
    observer.finish(folder)


def test_a_weak_classifier_comes_every_ten_passes_and_a_strong_one_at_the_end(tmp_path: Path) -> None:
    folder = DirectoryFolder(tmp_path)
    look(folder, range(1, 41))
    found = rows(folder)
    assert [(row["step"], row["epoch"], row["kind"]) for row in found] == [
        ("20", "10", "weak"), ("40", "20", "weak"), ("40", "20", "strong"),
    ]  # fmt: skip
    early, late = (float(row["held_out_error"]) for row in (found[0], found[1]))
    assert early < 0.1  # pictures that are too dark are told apart
    assert late > 0.2  # those of the same kind are not
    assert float(found[0]["held_out_loss"]) < float(found[1]["held_out_loss"])
    assert all(0 <= float(row["learnt_error"]) <= 1 for row in found)
    assert float(found[2]["learnt_loss"]) <= float(
        found[1]["learnt_loss"]
    )  # who learns longer knows more by heart
    assert [row["steps"] for row in found] == ["40", "40", "60"]


def test_one_comes_every_so_many_steps_where_that_is_wanted(tmp_path: Path) -> None:
    folder = DirectoryFolder(tmp_path)
    look(folder, range(1, 31), every=10)
    assert [row["step"] for row in rows(folder)] == ["10", "20", "30"]


def test_a_training_that_goes_on_later_leaves_the_same_numbers_as_one_that_was_left_alone(
    tmp_path: Path,
) -> None:
    straight, broken = DirectoryFolder(tmp_path / "a"), DirectoryFolder(tmp_path / "b")
    look(straight, range(1, 41))
    look(broken, range(1, 26))
    look(broken, range(15, 31))  # killed after a checkpoint at 14
    look(broken, range(31, 41))
    assert straight.read("classifiers.csv") == broken.read("classifiers.csv")


def test_a_model_that_knows_styles_is_asked_for_those_of_the_real_pictures(tmp_path: Path) -> None:
    view = View(1, labels=2)
    RealOrGenerated(every=1, count=16, weak_steps=1).observe(view, DirectoryFolder(tmp_path))
    assert len(view.asked) == 16
    assert set(view.asked) == {0, 1}


def test_too_few_pictures_are_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="grey: wanted at least 4 pictures to learn from"):
        RealOrGenerated(every=1).observe(View(1, count=3), DirectoryFolder(tmp_path))


def test_wrong_options_are_all_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        RealOrGenerated(every=0, count="few")
    assert len(caught.value.problems) == 2


def test_a_damaged_table_is_told(tmp_path: Path) -> None:
    folder = DirectoryFolder(tmp_path)
    folder.write("classifiers.csv", b"step\n1\n")
    with pytest.raises(StorageError, match=r"classifiers\.csv: wanted the columns step, epoch"):
        RealOrGenerated().observe(View(1), folder)
