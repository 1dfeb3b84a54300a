"""The queue: whose turn it is, what may be moved, and what a run says while it is under way."""

import socket
import zipfile
from datetime import UTC, datetime, timedelta
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from interfaces.errors import RunError
from interfaces.runs import RunProgress, RunRequest, RunState
from storage.process import this_process
from storage.run_queue import STALE_AFTER_S, SqlRunQueue
from tests.processes import PROCESSES
from tests.unit.storage.rows import set_row

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.fixture
def queue(tmp_path: Path) -> SqlRunQueue:
    return SqlRunQueue(tmp_path / "store")


def _turns(queue: SqlRunQueue) -> list[str]:
    claimed = []
    while (record := queue.claim_next()) is not None:
        assert (record.state, record.owner) == ("running", this_process())
        claimed.append(record.id)
    return claimed


def test_the_oldest_queued_run_of_any_kind_comes_first_and_nothing_else_is_taken(queue: SqlRunQueue) -> None:
    waiting = [queue.create(kind, {}, 1).id for kind in ("train", "pipeline", "enhance")]
    queue.create("train", {}, 1, claimed=True)
    queue.request(queue.create("train", {}, 1).id, "pause")
    assert _turns(queue) == waiting


def test_a_queued_run_is_moved_and_the_others_keep_their_order(queue: SqlRunQueue) -> None:
    a, b, c, d = (queue.create("train", {}, 1).id for _ in range(4))
    queue.move(c, 1)
    queue.move(a, 99)
    queue.create("train", {}, 1, claimed=True)
    late = queue.create("train", {}, 1).id
    assert _turns(queue) == [c, b, d, a, late]


def test_what_is_not_queued_has_no_place_to_be_moved_to(queue: SqlRunQueue) -> None:
    run = queue.create("train", {}, 1, claimed=True).id
    with pytest.raises(RunError, match=f"run {run} is running: it has no place in the queue"):
        queue.move(run, 1)


def test_a_run_that_was_paused_goes_to_the_end_of_the_queue(queue: SqlRunQueue) -> None:
    first = queue.create("train", {}, 1, claimed=True).id
    with pytest.raises(RunError, match="is working on it"):
        queue.requeue(first)
    queue.finish(first, "paused", "for now")
    second = queue.create("train", {}, 1).id
    assert queue.requeue(first).message == ""
    assert _turns(queue) == [second, first]


def test_no_two_workers_get_the_same_run(queue: SqlRunQueue, tmp_path: Path) -> None:
    runs = [queue.create("train", {}, 1).id for _ in range(30)]
    barrier, claimed = PROCESSES.Barrier(3), PROCESSES.Queue()
    workers = [PROCESSES.Process(target=_work, args=(tmp_path / "store", barrier, claimed)) for _ in range(3)]
    for worker in workers:
        worker.start()
    taken = [claimed.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join(60)
    assert sorted(run for each in taken for run in each) == sorted(runs)


def _work(root: Path, barrier: Barrier, claimed: "Queue[list[str]]") -> None:
    queue = SqlRunQueue(root)
    barrier.wait(60)
    claimed.put(_turns(queue))
    barrier.wait(60)


def test_how_far_the_stage_is_can_be_read_by_all_and_is_gone_at_the_end(
    queue: SqlRunQueue, tmp_path: Path
) -> None:
    run = queue.create("train", {}, 0, claimed=True).id
    queue.describe(run, settings={"kind": "train"}, total=40, folder=tmp_path / "model")
    progress = RunProgress(
        stage="training", stage_done=3, stage_total=40, unit="steps", rate=1.5, detail="loss 3"
    )
    queue.beat(run, progress=progress, message="a word")
    seen = SqlRunQueue(tmp_path / "store").get(run)
    assert dict(progress).items() <= dict(seen).items()
    assert (seen.total, seen.message, seen.folder) == (40, "a word", str(tmp_path / "model"))
    ended = queue.finish(run, "done")
    assert (ended.stage, ended.rate, ended.message, ended.folder) == ("", None, "", str(tmp_path / "model"))


def test_trainings_of_the_first_release_lie_in_the_folder_of_their_index(tmp_path: Path) -> None:
    with zipfile.ZipFile(FIXTURES / "artgen-0.1.zip") as archive:
        archive.extractall(tmp_path)
    [run] = SqlRunQueue(tmp_path / "gan").list()
    assert (run.kind, run.folder) == ("train", ".")
    assert {run.folder for run in SqlRunQueue(tmp_path / "store").list() if run.kind == "pipeline"} == {None}


def test_a_refused_run_names_no_folder(queue: SqlRunQueue, tmp_path: Path) -> None:
    run = queue.create("train", {}, 1, folder=tmp_path / "model", claimed=True).id
    assert queue.finish(run, "failed", "another training lies there", refused=True).folder is None


def _dies(queue: SqlRunQueue, run: str, **fields: object) -> None:
    """Let the process that works on a run be one that has ended."""
    set_row(queue.root, run, owner=f"{socket.gethostname()}/{2**22}/1.00", **fields)


def test_a_run_that_a_dead_process_has_left_is_claimed_in_its_turn(queue: SqlRunQueue) -> None:
    left = queue.create("train", {}, 9, claimed=True).id
    alive = queue.create("train", {}, 9, claimed=True).id
    silent = queue.create("train", {}, 9, claimed=True).id
    waiting = queue.create("pipeline", {}, 1).id
    _dies(queue, left, done=4)
    moment = datetime.now(UTC) - timedelta(seconds=STALE_AFTER_S + 1)
    set_row(queue.root, silent, owner="elsewhere/1/1.00", heartbeat=moment.strftime("%Y-%m-%d %H:%M:%S.%f"))

    assert _turns(queue) == [left, silent, waiting]

    taken = queue.get(left)
    assert (taken.done, taken.taken_up, taken.taken_up_at) == (4, 1, 4)
    assert taken.message == f"taken up after process {2**22} on {socket.gethostname()} had died at it"
    assert queue.get(alive).taken_up == 0


def test_a_run_of_a_process_that_has_slept_with_the_machine_is_left_to_it(queue: SqlRunQueue) -> None:
    run = queue.create("train", {}, 9, claimed=True).id
    moment = datetime.now(UTC) - timedelta(hours=8)
    set_row(queue.root, run, heartbeat=moment.strftime("%Y-%m-%d %H:%M:%S.%f"))
    assert queue.claim_next() is None
    queue.beat(run)
    assert queue.get(run).owner == this_process()


def test_a_run_that_ends_worker_after_worker_is_left_and_says_so(
    queue: SqlRunQueue, caplog: pytest.LogCaptureFixture
) -> None:
    run = queue.create("train", {}, 9, claimed=True).id
    for done, times in ((4, 1), (3, 2), (6, 1), (6, 2), (5, 3)):  # it comes further once
        _dies(queue, run, done=done)
        taken = queue.claim_next()
        assert taken is not None
        assert (taken.id, taken.taken_up) == (run, times)
    _dies(queue, run, done=6)

    assert queue.claim_next() is None

    left = queue.get(run)
    assert (left.state, left.owner) == ("failed", None)
    assert (
        "left alone: 3 workers have taken it up after its process died, and died at it too, with 6 of 9 done"
        in left.message
    )
    assert f"artgen runs resume {run}" in left.message
    assert left.message in caplog.text
    assert queue.claim(run).taken_up == 0


def test_one_that_is_put_back_into_the_queue_is_tried_anew(queue: SqlRunQueue) -> None:
    run = queue.create("train", {}, 9, claimed=True).id
    _dies(queue, run, taken_up=3)
    queue.requeue(run)
    assert _turns(queue) == [run]
    assert queue.get(run).taken_up == 0


@pytest.mark.parametrize(("request_", "state"), [("pause", "paused"), ("cancel", "cancelled")])
def test_what_was_asked_of_a_dead_process_is_done(
    queue: SqlRunQueue, request_: RunRequest, state: RunState
) -> None:
    run = queue.create("train", {}, 9, claimed=True).id
    queue.request(run, request_)
    _dies(queue, run)
    assert queue.claim_next() is None
    assert queue.get(run).state == state
