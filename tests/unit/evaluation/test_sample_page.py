"""The page of samples shows what lies in the folder: nothing is lost where a training goes on, and nothing comes from elsewhere."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from components.evaluation import SampleSheets
from components.evaluation.sample_gif import sheet_names, step_of
from components.evaluation.sample_page import PAGE_NAME, epoch_of
from interfaces.errors import StorageError
from storage.run_folder import DirectoryFolder
from tests.unit.evaluation.views import View, log_step


class Page(HTMLParser):
    """What a page shows, and what it would fetch."""

    def __init__(self, folder: DirectoryFolder) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.text = ""
        self.feed(folder.read(PAGE_NAME).decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text = " ".join([*self.text.split(), *data.split()])


class Captioned(View):
    captions = ("photo", "→ <drawing>")


class Long(View):
    """A training of many epochs of ten steps each."""

    def __init__(self, step: int) -> None:
        super().__init__(step)
        self.steps, self.epoch = 10**6, step // 10


def train(folder: DirectoryFolder, steps: range, *, every: int = 2) -> None:
    sheets = SampleSheets(every=every, columns=2, rows=1)
    for step in steps:
        log_step(folder, step)
        sheets.observe(Captioned(step), folder)
    sheets.finish(folder)


def shown_steps(folder: DirectoryFolder) -> list[int]:
    return [int(step) for step in re.findall(r'id="step-(\d+)"', folder.read(PAGE_NAME).decode())]


def test_the_page_shows_every_sheet_with_epoch_and_mean_losses_and_fetches_nothing_from_elsewhere(
    tmp_path: Path,
) -> None:
    folder = DirectoryFolder(tmp_path)
    settings = {"name": "<b>ours</b>", "generator": {"width": 32}, "start": None}
    folder.write("settings.json", json.dumps(settings).encode())
    train(folder, range(1, 11))
    page = Page(folder)
    assert shown_steps(folder) == [10, 8, 6, 4, 2]
    assert "<b>ours</b>" in page.text  # escaped
    assert "generator.width 32" in page.text
    assert "start" not in page.text
    assert "photo → <drawing>" in page.text
    assert page.text.count("epoch 1, step 4") == 1
    assert "generator_loss 3.5" in page.text  # of the steps 3 and 4
    assert sorted(page.fetched) == sorted(["curves.png", "samples.gif", *folder.names("samples/*")])
    assert "http" not in folder.read(PAGE_NAME).decode()


def test_a_training_that_goes_on_shows_what_was_before(tmp_path: Path) -> None:
    straight, resumed = DirectoryFolder(tmp_path / "a"), DirectoryFolder(tmp_path / "b")
    train(straight, range(1, 11))
    train(resumed, range(1, 8))
    lines = resumed.read("log.jsonl").splitlines(keepends=True)
    resumed.write("log.jsonl", b"".join(lines[:5]))  # it was killed, and its checkpoint is of step 5
    train(resumed, range(6, 11))
    assert resumed.read(PAGE_NAME) == straight.read(PAGE_NAME)
    assert resumed.read("samples.gif") == straight.read("samples.gif")


def test_a_training_that_goes_back_forgets_the_numbers_of_its_old_way(tmp_path: Path) -> None:
    folder, sheets = DirectoryFolder(tmp_path), SampleSheets(every=2, columns=1, rows=1)
    for step in (1, 2, 3, 4, 3, 4):
        if step == 3:
            kept = folder.read("log.jsonl").splitlines(keepends=True)[:2]
            folder.write("log.jsonl", b"".join(kept))
        log_step(folder, step, swd=float(step))
        sheets.observe(View(step), folder)
    assert shown_steps(folder) == [4, 2]
    assert "swd 3.5" in Page(folder).text


def test_every_epoch_that_takes_a_while_ends_with_a_sheet_also_after_a_resume(tmp_path: Path) -> None:
    folder = DirectoryFolder(tmp_path)
    for first, last in ((1, 45), (46, 49), (50, 75)):
        sheets = SampleSheets(every=7, columns=1, rows=1)
        for step in range(first, last + 1):
            sheets.observe(Long(step), folder)
    steps = [step_of(name) for name in sheet_names(folder)]
    assert steps == sorted({*range(7, 76, 7), *range(10, 76, 10)})
    assert [epoch_of(folder, name) for name in sheet_names(folder)] == [step // 10 for step in steps]


def test_short_epochs_have_no_sheets_of_their_own(tmp_path: Path) -> None:
    folder, sheets = DirectoryFolder(tmp_path), SampleSheets(every=25, columns=1, rows=1)
    for step in range(1, 76):
        sheets.observe(Long(step), folder)
    assert [step_of(name) for name in sheet_names(folder)] == [25, 50, 75]


def test_the_page_of_a_long_training_is_bounded(tmp_path: Path) -> None:
    folder = DirectoryFolder(tmp_path)
    sheets = SampleSheets(every=10**7, columns=1, rows=1)
    for name in (f"samples/step-{step:06d}.png" for step in range(1, 201)):
        folder.write(name, b"")
        Image.new("RGB", (8, 8)).save(folder.path / name)
    last = View(201)
    last.steps = 201
    sheets.observe(last, folder)
    assert len(shown_steps(folder)) == 60
    assert "Of 201 sheets, the page shows 60" in Page(folder).text
    assert "epoch" not in Page(folder).text.split("step 200")[0].rsplit("step 201", 1)[-1]


def test_a_sheet_that_is_no_picture_is_named(tmp_path: Path) -> None:
    folder = DirectoryFolder(tmp_path)
    folder.write("samples/step-000001.png", b"none")
    with pytest.raises(StorageError, match="step-000001"):
        epoch_of(folder, "samples/step-000001.png")
