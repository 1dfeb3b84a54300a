"""Observers draw what they see, and let the training go on."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from components.evaluation import OBSERVERS, LossCurves, SampleSheets
from components.evaluation.curves import Curve
from components.evaluation.samples import sheet
from components.evaluation.throttle import Pace
from storage.run_folder import DirectoryFolder
from tests.unit.evaluation.views import View, log_step


def test_sheets_come_at_every_interval_and_at_the_end(tmp_path: Path) -> None:
    folder = DirectoryFolder(tmp_path)
    sheets = SampleSheets(every=4, columns=3, rows=2)
    assert all(sheets.observe(View(step), folder) for step in range(1, 11))
    names = folder.names("samples/*")
    assert names == [f"samples/step-{step:06d}.png" for step in (4, 8, 10)]
    assert len({Image.open(folder.path / name).tobytes() for name in names}) == 1  # the same noise each time
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


def colours(folder: DirectoryFolder) -> np.ndarray:
    pixels = np.asarray(Image.open(BytesIO(folder.read("curves.png"))).convert("RGB"))
    spread: np.ndarray = pixels.max(2).astype(int) - pixels.min(2)
    return spread > 60


def test_curves_of_a_training_that_went_back_show_its_new_way_alone(tmp_path: Path) -> None:
    straight, back = DirectoryFolder(tmp_path / "a"), DirectoryFolder(tmp_path / "b")
    for folder, steps in ((straight, (1, 2, 3, 4)), (back, (1, 2, 9, 3, 4))):
        curves = LossCurves(least_s=0.0)
        for step in steps:
            if step == 3:
                folder.write("log.jsonl", b"")  # the training cuts its log
                for kept in (1, 2):
                    log_step(folder, kept)
            log_step(folder, step)
            curves.observe(View(step), folder)
        curves.finish(folder)
    assert straight.read("curves.png") == back.read("curves.png")


def test_curves_show_the_log(tmp_path: Path) -> None:
    folder, curves = DirectoryFolder(tmp_path), LossCurves()
    for step in range(1, 11):
        log_step(folder, step)
        assert curves.observe(View(step), folder)
    assert folder.names("*.png") == []
    curves.finish(folder)
    coloured = colours(folder)
    assert coloured.shape == (480, 1200)
    assert coloured[:, :600].sum() > 500
    assert coloured[:, 600:].sum() > 500


def test_what_the_log_has_besides_gets_a_figure_of_its_own(tmp_path: Path) -> None:
    folder, curves = DirectoryFolder(tmp_path), LossCurves(least_s=0.0)
    for step in range(1, 11):
        more = {"wasserstein": 2.0, "gradient_norm": 0.9} | ({"diversity": 0.3} if step % 5 == 0 else {})
        log_step(folder, step, **more)
        assert curves.observe(View(step), folder)
    assert folder.names("*.png") == ["curves.png"]
    curves.finish(folder)
    coloured = colours(folder)
    assert coloured.shape == (3 * 480, 1200)
    assert coloured[960:, :600].sum() > 500
    assert coloured[960:, 600:].sum() == 0


def test_a_curve_keeps_mean_and_range_in_a_bounded_number_of_bins() -> None:
    values = np.random.default_rng(0).normal(size=10_000)
    curve = Curve(most_bins=100)
    for step, value in enumerate(values, 1):
        curve.add(step, float(value))
    points = np.array(curve.points())
    assert 50 < len(points) <= 100
    bins = values[: len(values) // 128 * 128].reshape(-1, 128)
    expected = np.stack([np.arange(len(bins)) * 128 + 64.5, bins.mean(1), bins.min(1), bins.max(1)], 1)
    np.testing.assert_allclose(points[: len(bins)], expected)


def test_what_takes_long_is_done_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    pace, spent, times = Pace(least_s=10.0, growth=0.1), 0.0, []
    while now < 10_000:
        if pace.due:
            times.append(now)
            with pace.spend():
                now += 0.5
                spent += 0.5
        now += 1.0
    assert times[0] == 10.0
    assert np.diff(times).min() >= 0.5 / 0.01
    assert np.diff(times)[-1] > 0.9 * 0.1 * times[-1] > 500
    assert spent / now < 0.01


def test_curves_of_a_training_that_logged_nothing_are_left_out(tmp_path: Path) -> None:
    folder, curves = DirectoryFolder(tmp_path), LossCurves(least_s=0.0)
    assert curves.observe(View(10), folder)
    curves.finish(folder)
    assert folder.names() == []


@pytest.mark.parametrize("name", sorted(OBSERVERS))
def test_every_observer_lets_the_training_go_on(name: str, tmp_path: Path) -> None:
    assert OBSERVERS[name]().observe(View(1), DirectoryFolder(tmp_path))
