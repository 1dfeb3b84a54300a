"""The page takes in no more jobs than somebody can mean."""

from pathlib import Path

import pytest

from interfaces.errors import RunError
from pipeline.page.desk import MOST_A_MINUTE, MOST_WAITING, QueueDesk
from storage.run_queue import SqlRunQueue


def asked(seed: int) -> dict[str, object]:
    return {"generation": {"seed": seed}, "enhancement": {"side": 64, "enhancer": {"kind": "lanczos"}}}


def waiting(root: Path) -> int:
    return sum(run.state == "queued" for run in SqlRunQueue(root).list())


def test_a_job_that_waits_already_is_not_queued_again_and_the_run_is_named(tmp_path: Path) -> None:
    desk = QueueDesk(tmp_path)
    first = desk.generate(asked(1))
    with pytest.raises(RunError, match=f"run {first.id} waits already, with the very same settings"):
        desk.generate(asked(1))
    with pytest.raises(RunError, match=f"run {first.id} waits already"):
        desk.repeat(first.id)
    desk.generate(asked(2))
    assert waiting(tmp_path) == 2


def test_a_job_that_is_under_way_or_done_may_be_queued_again(tmp_path: Path) -> None:
    desk = QueueDesk(tmp_path)
    first = desk.generate(asked(1))
    SqlRunQueue(tmp_path).claim(first.id)
    assert desk.repeat(first.id).id != first.id


def test_no_more_than_a_hundred_runs_wait(tmp_path: Path) -> None:
    desk, queue = QueueDesk(tmp_path), SqlRunQueue(tmp_path)
    ended, waits = desk.generate(asked(1)).id, desk.generate(asked(2)).id
    queue.request(ended, "cancel")
    for number in range(MOST_WAITING - 1):
        queue.create("pipeline", {"number": number}, 1)
    too_many = "100 runs wait already, and no more than 100 may; let some end"
    with pytest.raises(RunError, match=too_many):
        desk.generate(asked(3))
    with pytest.raises(RunError, match=too_many):
        desk.repeat(ended)
    with pytest.raises(RunError, match=too_many):
        desk.go_on(ended)
    assert waiting(tmp_path) == MOST_WAITING
    queue.request(waits, "cancel")
    desk.generate(asked(3))


def test_no_more_than_sixty_runs_are_begun_within_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.page.desk.MOST_WAITING", 1000)
    now = 0.0
    desk, queue = QueueDesk(tmp_path, clock=lambda: now), SqlRunQueue(tmp_path)
    for number in range(MOST_A_MINUTE):
        run = queue.create("pipeline", {"number": number}, 1)
        queue.request(run.id, "cancel")
        desk.go_on(run.id)
    with pytest.raises(RunError, match="60 runs were begun within a minute; wait a moment"):
        desk.generate(asked(1))
    now = 61.0
    desk.generate(asked(1))
