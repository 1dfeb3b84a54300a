"""The film shows the sheets that are there, in order, and never grows beyond its bounds."""

from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from components.evaluation import SampleSheets
from components.evaluation.sample_gif import read_frames, sheet_names
from components.evaluation.samples import interval
from components.imaging.gif import choose_frames, make_gif
from storage.run_folder import DirectoryFolder
from tests.unit.evaluation.views import View


def put_sheet(folder: DirectoryFolder, step: int, brightness: int, side: int = 16) -> None:
    path = folder.path / "samples" / f"step-{step:06d}.png"
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(np.full((side, side, 3), brightness, np.uint8)).save(path)


def brightness(folder: DirectoryFolder) -> list[int]:
    film = Image.open(BytesIO(folder.read("samples.gif")))
    shown = []
    for index in range(getattr(film, "n_frames", 1)):
        film.seek(index)
        shown.append(int(np.asarray(film.convert("RGB"))[4, 4, 0]))
    return shown


def test_frames_come_in_the_order_of_their_steps(tmp_path: Path) -> None:
    folder = DirectoryFolder(tmp_path)
    for step, value in ((900_000, 40), (1_000_000, 80), (100, 0), (1_100_000, 120)):
        put_sheet(folder, step, value)
    SampleSheets().finish(folder)
    assert brightness(folder) == [0, 40, 80, 120]
    film = Image.open(BytesIO(folder.read("samples.gif")))
    assert film.info["loop"] == 0


def test_a_resumed_training_keeps_the_frames_before_and_drops_those_that_it_makes_again(
    tmp_path: Path,
) -> None:
    folder = DirectoryFolder(tmp_path)
    for step in (2, 4, 6, 8):
        put_sheet(folder, step, step)
    sheets = SampleSheets(every=2, columns=1, rows=1)
    for step in (5, 6, 7):  # the checkpoint was of step 4; it is stopped again after step 7
        sheets.observe(View(step), folder)
    sheets.finish(folder)
    assert [name[-10:-4] for name in sheet_names(folder)] == ["000002", "000004", "000006"]
    assert brightness(folder)[:2] == [2, 4]
    assert len(brightness(folder)) == 3


def test_a_training_that_goes_back_to_a_checkpoint_drops_the_frames_after_it(tmp_path: Path) -> None:
    folder, sheets = DirectoryFolder(tmp_path), SampleSheets(every=2, columns=1, rows=1)
    for step in (1, 2, 3, 4, 5, 6, 3):
        sheets.observe(View(step), folder)
    assert sheet_names(folder) == ["samples/step-000002.png"]


def test_no_sheet_makes_no_film(tmp_path: Path) -> None:
    folder = DirectoryFolder(tmp_path)
    SampleSheets().finish(folder)
    assert folder.names() == []


def test_long_films_are_bounded_in_frames_and_size(tmp_path: Path) -> None:
    folder = DirectoryFolder(tmp_path)
    for step in range(1, 101):
        put_sheet(folder, step, step, side=1024 if step in (1, 100) else 64)
    names = choose_frames(sheet_names(folder))
    assert len(names) == 60
    assert (names[0], names[-1]) == ("samples/step-000001.png", "samples/step-000100.png")
    film = Image.open(BytesIO(make_gif(read_frames(folder, names[-3:]))))
    assert film.size == (384, 384)


def test_a_long_training_has_few_sheets() -> None:
    made = [step for step in range(100, 1_000_001, 100) if step % interval(step, 100) == 0]
    assert made[:33] == [*range(100, 3201, 100), 3400]
    assert len(made) < 180
