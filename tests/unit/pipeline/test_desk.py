"""The page takes in no more jobs than somebody can mean."""

from pathlib import Path

import pytest

from interfaces.errors import RunError, SettingsError
from interfaces.page_training import TrainingWish
from pipeline.page.data_folders import DataFolders
from pipeline.page.desk import MOST_A_MINUTE, MOST_WAITING, QueueDesk
from pipeline.page.trainings import QueueTrainings
from storage.run_queue import SqlRunQueue
from tests.samples import painting_files, write_zip


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


WISH = TrainingWish(source="cats.zip", overrides={"batch": "4"})


def trainings_of(tmp_path: Path, desk: QueueDesk) -> QueueTrainings:
    (tmp_path / "data").mkdir()
    write_zip(tmp_path / "data" / "cats.zip", painting_files())
    return QueueTrainings(tmp_path, desk, DataFolders([tmp_path / "data"]))


def test_a_training_that_waits_already_is_not_queued_again(tmp_path: Path) -> None:
    trainings = trainings_of(tmp_path, QueueDesk(tmp_path))
    first = trainings.start(WISH)
    with pytest.raises(RunError, match=f"run {first.id} waits already, with the very same settings"):
        trainings.start(WISH)
    trainings.start(TrainingWish(source="cats.zip", overrides={"batch": "8"}))
    assert waiting(tmp_path) == 2


def test_a_training_and_a_dry_run_are_refused_where_a_hundred_runs_wait(tmp_path: Path) -> None:
    trainings, queue = trainings_of(tmp_path, QueueDesk(tmp_path)), SqlRunQueue(tmp_path)
    for number in range(MOST_WAITING):
        queue.create("pipeline", {"number": number}, 1)
    with pytest.raises(RunError, match="100 runs wait already"):
        trainings.start(WISH)
    with pytest.raises(RunError, match="100 runs wait already"):
        trainings.try_out(WISH)
    assert trainings.trial().state == "none"


def test_pictures_trainings_and_dry_runs_count_together_within_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.page.trial._COMMAND", ["sleep", "60"])
    desk = QueueDesk(tmp_path, clock=lambda: 0.0)
    trainings, queue = trainings_of(tmp_path, desk), SqlRunQueue(tmp_path)
    for number in range(MOST_A_MINUTE - 2):
        run = queue.create("pipeline", {"number": number}, 1)
        queue.request(run.id, "cancel")
        desk.go_on(run.id)
        queue.request(run.id, "cancel")
    trainings.start(WISH)
    with pytest.raises(SettingsError, match="unknown setting 'wrong'"):
        trainings.start(TrainingWish(source="cats.zip", overrides={"wrong": "1"}))
    trainings.try_out(WISH)
    for ask in (trainings.start, trainings.try_out):
        with pytest.raises(RunError, match="60 runs were begun within a minute"):
            ask(TrainingWish(source="cats.zip", overrides={"batch": "8"}))
    trainings.end()


def test_a_dry_run_that_is_under_way_is_not_begun_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.page.trial._COMMAND", ["sleep", "60"])
    trainings = trainings_of(tmp_path, QueueDesk(tmp_path))
    trainings.try_out(WISH)
    with pytest.raises(RunError, match="this dry run is under way already"):
        trainings.try_out(WISH)
    assert trainings.try_out(TrainingWish(source="cats.zip", overrides={"batch": "8"})).number == 2
    trainings.end()
