"""TensorBoard itself reads what the observer writes."""

import importlib.util
import json
from pathlib import Path

import pytest

from components.evaluation import SampleSheets, TensorBoardEvents
from interfaces.errors import SettingsError
from storage.run_folder import DirectoryFolder
from tests.unit.evaluation.views import View, log_step


def train(folder: DirectoryFolder, steps: range, *, killed: bool = False, every_s: float = 0.0) -> None:
    observer = TensorBoardEvents(every_s=every_s)
    for step in steps:
        log_step(folder, step)
        assert observer.observe(View(step), folder)
    if not killed:
        observer.finish(folder)


def cut_log(folder: DirectoryFolder, step: int) -> None:
    lines = folder.read("log.jsonl").decode().splitlines()
    folder.write("log.jsonl", "".join(f"{x}\n" for x in lines if json.loads(x)["step"] <= step).encode())


def scalars(folder: DirectoryFolder, name: str) -> list[tuple[int, float]]:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder.path), size_guidance={"scalars": 0})
    events.Reload()
    return [(event.step, event.value) for event in events.Scalars(name)]


def test_every_number_of_every_logged_step_is_there(tmp_path: Path) -> None:
    folder = DirectoryFolder(tmp_path)
    train(folder, range(1, 6))
    for name, sign in {"generator_loss": 1, "critic_loss": -1, "seconds": 1}.items():
        assert scalars(folder, name) == [(step, sign * step) for step in range(1, 6)]


def test_lines_that_wait_are_written_at_the_end(tmp_path: Path) -> None:
    folder = DirectoryFolder(tmp_path)
    train(folder, range(1, 6), every_s=3600)
    assert [step for step, _ in scalars(folder, "generator_loss")] == [1, 2, 3, 4, 5]


def test_a_resumed_training_shows_no_step_twice_and_loses_none(tmp_path: Path) -> None:
    folder = DirectoryFolder(tmp_path)
    # killed after step 9 with its last lines unwritten; the checkpoint is of step 6
    train(folder, range(1, 4))
    train(folder, range(4, 10), killed=True, every_s=3)
    cut_log(folder, 6)
    train(folder, range(7, 9), every_s=3)
    assert scalars(folder, "generator_loss") == [(step, step) for step in range(1, 9)]


def test_a_training_that_goes_back_after_a_collapse_shows_its_new_way_alone(tmp_path: Path) -> None:
    folder = DirectoryFolder(tmp_path)
    observer = TensorBoardEvents(every_s=0)
    for step in range(1, 9):
        log_step(folder, step)
        observer.observe(View(step), folder)
    cut_log(folder, 4)
    for step in range(5, 11):
        log_step(folder, step, critic_loss=100 + step)
        observer.observe(View(step), folder)
    observer.finish(folder)
    assert scalars(folder, "critic_loss") == [
        (step, -step if step < 5 else 100 + step) for step in range(1, 11)
    ]


def test_an_unfinished_record_of_a_killed_process_does_not_hide_the_next_file(tmp_path: Path) -> None:
    folder = DirectoryFolder(tmp_path)
    train(folder, range(1, 5))
    [name] = folder.names("events.out.tfevents.*")
    folder.write(name, folder.read(name)[:-7])
    train(folder, range(5, 7))
    assert [step for step, _ in scalars(folder, "generator_loss")] == [1, 2, 3, 5, 6]


def test_a_training_that_logs_rarely_begins_without_lines(tmp_path: Path) -> None:
    folder = DirectoryFolder(tmp_path)
    observer = TensorBoardEvents(every_s=0.0)
    observer.observe(View(1), folder)
    log_step(folder, 5)
    observer.observe(View(5), folder)
    assert scalars(folder, "critic_loss") == [(5, -5)]


def test_shows_the_newest_sheet_of_samples(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    folder = DirectoryFolder(tmp_path)
    sheets, observer = SampleSheets(every=4, columns=3, rows=2), TensorBoardEvents(images_s=3600)
    for step in range(1, 10):
        assert sheets.observe(View(step), folder)
        assert observer.observe(View(step), folder)
    observer.finish(folder)
    events = EventAccumulator(str(tmp_path))
    events.Reload()
    [image] = events.Images("samples")
    assert image.step == 8
    assert image.encoded_image_string == folder.read("samples/step-000008.png")


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        "components.evaluation.tensorboard_events.find_spec",
        lambda name: None if name == "tensorboard" else find(name),
    )
    with pytest.raises(SettingsError, match="pip install tensorboard"):
        TensorBoardEvents()
