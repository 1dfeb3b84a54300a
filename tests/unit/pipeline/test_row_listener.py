"""What a run tells of itself reaches its row, and the listener hears all of it."""

from contextlib import suppress
from pathlib import Path
from threading import Event as Flag

import pytest

from interfaces.events import Event, Notice, Progress, RunFinished
from interfaces.runs import RunProgress
from pipeline.runs import row_listener
from pipeline.runs.row_listener import RowListener
from pipeline.runs.supervisor import Stopped, supervise
from storage.run_queue import SqlRunQueue


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(row_listener, "monotonic", lambda: now[0])
    return now


def test_the_row_is_written_once_a_second_and_the_listener_hears_everything(clock: list[float]) -> None:
    heard: list[Event] = []
    written: list[tuple[RunProgress, str | None]] = []
    listener = RowListener(heard.append)
    listener(Progress(stage="data", done=0, total=9))  # nobody has a row yet
    listener.attach(lambda progress, message: written.append((progress, message)))
    for step in range(1, 41):
        clock[0] += 0.1
        if step == 20:
            listener(Notice(level="info", text="a word"))
        listener(Progress(stage="training", done=step, total=40, unit="steps"))

    assert len(heard) == 42
    assert 4 <= len(written) <= 5
    last, message = written[-1]
    assert (last.stage, last.stage_total, last.unit, message) == ("training", 40, "steps", None)
    assert last.rate == pytest.approx(10)
    assert [message for _, message in written if message] == ["a word"]


def test_the_rate_of_a_stage_counts_from_its_beginning(clock: list[float]) -> None:
    written: list[RunProgress] = []
    listener = RowListener(None)
    listener.attach(lambda progress, message: written.append(progress))
    for stage, done in (("data", 0), ("data", 50), ("training", 0), ("training", 4), ("training", 2)):
        clock[0] += 2
        listener(Progress.model_validate({"stage": stage, "done": done, "total": 90}))
    assert [each.rate for each in written] == [None, 25, None, 2, None]


def test_a_run_that_ends_before_it_has_begun_says_so_and_names_no_folder(tmp_path: Path) -> None:

    root = tmp_path
    queue, heard = SqlRunQueue(root), list[Event]()
    new = queue.create("train", {}, 3, folder=root / "model", claimed=True)
    new = new.model_copy(update={"folder": None})
    with supervise(queue, new, Flag(), RowListener(heard.append)):
        raise Stopped("cancelled", "enough")
    ended = queue.get(new.id)
    assert (ended.state, ended.message, ended.folder) == ("cancelled", "enough", None)
    assert isinstance(heard[-1], RunFinished)

    begun = queue.create("train", {}, 3, folder=root / "model", claimed=True)
    with suppress(ValueError), supervise(queue, begun, Flag(), RowListener(None), before="paused") as control:
        control.note(1)
        raise ValueError("broken")
    assert (queue.get(begun.id).state, queue.get(begun.id).folder) == ("failed", "model")
