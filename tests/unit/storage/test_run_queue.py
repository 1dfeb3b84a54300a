"""The run queue: who may work on what."""

import os
import re
from datetime import UTC, datetime, timedelta
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from pydantic import JsonValue

from interfaces.errors import RunError
from interfaces.ports import RunQueue
from interfaces.runs import RunRequest, RunState
from storage.process import is_gone, this_process
from storage.run_queue import STALE_AFTER_S, SqlRunQueue
from tests.processes import PROCESSES
from tests.unit.storage.rows import set_row


@pytest.fixture
def queue(tmp_path: Path) -> RunQueue:
    return SqlRunQueue(tmp_path)


def _ago(seconds: float) -> str:
    moment = datetime.now(UTC) - timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def _owned_elsewhere(queue: RunQueue, root: Path, silent_s: float) -> str:
    run = queue.create("train", {}, 1).id
    set_row(root, run, state="running", owner="elsewhere/1/1.00", heartbeat=_ago(silent_s))
    return run


def test_an_id_tells_its_time_and_is_in_the_list_newest_first(queue: RunQueue) -> None:
    first = queue.create("pipeline", {"count": 4}, 4)
    second = queue.create("train", {}, 100)
    assert re.fullmatch(r"\d{8}-\d{6}-[0-9a-f]{6}", first.id)
    assert first.id[:15] == first.created.strftime("%Y%m%d-%H%M%S")
    assert list(queue.list()) == [second, first]
    assert list(queue.list(1)) == [second]
    assert list(queue.list(3)) == [second, first]


def test_a_run_comes_back_as_it_was_made(queue: RunQueue, tmp_path: Path) -> None:
    settings: dict[str, JsonValue] = {"count": 4, "nested": {"a": [1, 2.5, None, "ü"]}}
    made = queue.create("study", settings, 7)
    assert SqlRunQueue(tmp_path).get(made.id) == made
    assert (made.settings, made.total, made.state, made.owner) == (settings, 7, "queued", None)


def test_an_unknown_run_is_named_with_the_near_match(queue: RunQueue) -> None:
    run = queue.create("train", {}, 1).id
    for ask in (queue.get, queue.claim, queue.beat, lambda r: queue.request(r, "pause")):
        with pytest.raises(RunError, match=f"no run '{run}0'.*Did you mean '{run}'"):
            ask(f"{run}0")


def test_the_owner_notes_progress_and_gives_up(queue: RunQueue) -> None:
    run = queue.create("pipeline", {}, 4).id
    claimed = queue.claim(run)
    assert (claimed.state, claimed.owner) == ("running", this_process())
    assert claimed.heartbeat is not None
    assert queue.beat(run, done=3, timings={"generation": 1.5}) is None
    assert queue.beat(run) is None
    seen = queue.get(run)
    assert (seen.done, seen.timings) == (3, {"generation": 1.5})
    assert seen.heartbeat is not None
    assert seen.heartbeat > claimed.heartbeat
    ended = queue.finish(run, "partial", "one failed")
    assert (ended.state, ended.owner, ended.heartbeat, ended.message) == ("partial", None, None, "one failed")
    assert queue.get(run) == ended


def test_nobody_but_the_owner_beats_or_finishes(queue: RunQueue, tmp_path: Path) -> None:
    queued, foreign = queue.create("train", {}, 1).id, _owned_elsewhere(queue, tmp_path, 1)
    for run, owner in ((queued, "nobody"), (foreign, "process 1 on elsewhere")):
        with pytest.raises(RunError, match=f"not owned by this process: {owner} owns it"):
            queue.beat(run)
        with pytest.raises(RunError, match=f"not owned by this process: {owner} owns it"):
            queue.finish(run, "done")


def test_a_run_is_not_given_up_as_running(queue: RunQueue) -> None:
    run = queue.claim(queue.create("train", {}, 1).id).id
    with pytest.raises(RunError, match="cannot be given up as running"):
        queue.finish(run, "running")


@pytest.mark.parametrize("state", ["queued", "paused", "partial", "failed", "cancelled"])
def test_what_has_not_ended_well_is_resumed(queue: RunQueue, tmp_path: Path, state: RunState) -> None:
    run = queue.create("train", {}, 1).id
    set_row(tmp_path, run, state=state, message="before", request="pause")
    claimed = queue.claim(run)
    assert (claimed.state, claimed.message, claimed.request) == ("running", "", None)


def test_a_done_run_is_not_resumed(queue: RunQueue) -> None:
    run = queue.claim(queue.create("train", {}, 1).id).id
    queue.finish(run, "done")
    with pytest.raises(RunError, match=f"run {run} is done: nothing is left to do"):
        queue.claim(run)


def test_a_live_owner_keeps_its_run(queue: RunQueue, tmp_path: Path) -> None:
    foreign = _owned_elsewhere(queue, tmp_path, STALE_AFTER_S - 5)
    with pytest.raises(RunError, match="cannot be taken: process 1 on elsewhere is working on it"):
        queue.claim(foreign)
    mine = queue.claim(queue.create("train", {}, 1).id).id
    with pytest.raises(RunError, match=f"cannot be taken: process {os.getpid()} on"):
        queue.claim(mine)


def test_a_silent_owner_loses_its_run_and_learns_it(queue: RunQueue, tmp_path: Path) -> None:
    run = queue.claim(queue.create("train", {}, 1).id).id
    set_row(tmp_path, run, owner="elsewhere/1/1.00")
    with pytest.raises(RunError, match="process 1 on elsewhere owns it"):
        queue.beat(run)
    set_row(tmp_path, run, heartbeat=_ago(STALE_AFTER_S + 1))
    assert queue.claim(run).owner == this_process()


def test_a_run_of_a_dead_process_is_taken_over_at_once(queue: RunQueue, tmp_path: Path) -> None:
    run = queue.create("train", {}, 1).id
    child = PROCESSES.Process(target=_claim_and_die, args=(tmp_path, run))
    child.start()
    child.join(60)
    assert child.exitcode == 77
    dead = queue.get(run).owner
    assert dead is not None
    assert dead.split("/")[1] == str(child.pid)
    assert queue.claim(run).owner == this_process()


def _claim_and_die(root: Path, run: str) -> None:
    SqlRunQueue(root).claim(run)
    os._exit(77)


def test_of_several_claimers_one_gets_the_run(queue: RunQueue, tmp_path: Path) -> None:
    runs = [queue.create("train", {}, 1).id for _ in range(20)]
    barrier, claimed = PROCESSES.Barrier(3), PROCESSES.Queue()
    claimers = [
        PROCESSES.Process(target=_claim_each, args=(tmp_path, runs, barrier, claimed)) for _ in range(3)
    ]
    for claimer in claimers:
        claimer.start()
    won = [claimed.get(timeout=60) for _ in claimers]
    for claimer in claimers:
        claimer.join(60)
    assert sorted(run for each in won for run in each) == sorted(runs)


def _claim_each(root: Path, runs: list[str], barrier: Barrier, claimed: "Queue[list[str]]") -> None:
    queue, won = SqlRunQueue(root), []
    for run in runs:
        barrier.wait(60)
        try:
            won.append(queue.claim(run).id)
        except RunError:
            continue
    claimed.put(won)
    barrier.wait(60)  # alive until all have tried: the run of a dead process is free for the taking


@pytest.mark.parametrize(("request_", "state"), [("pause", "paused"), ("cancel", "cancelled")])
def test_a_request_reaches_the_owner_with_its_next_beat(
    queue: RunQueue, request_: RunRequest, state: RunState
) -> None:
    run = queue.claim(queue.create("train", {}, 1).id).id
    asked = queue.request(run, request_)
    assert (asked.state, asked.request) == ("running", request_)
    assert queue.beat(run) == request_
    assert queue.finish(run, state).request is None


@pytest.mark.parametrize(("request_", "state"), [("pause", "paused"), ("cancel", "cancelled")])
def test_a_request_takes_effect_at_once_where_nobody_works(
    queue: RunQueue, tmp_path: Path, request_: RunRequest, state: RunState
) -> None:
    queued = queue.create("train", {}, 1).id
    silent = _owned_elsewhere(queue, tmp_path, STALE_AFTER_S + 1)
    for run in (queued, silent):
        asked = queue.request(run, request_)
        assert (asked.state, asked.owner, asked.request) == (state, None, None)
        assert queue.request(run, request_).state == state


@pytest.mark.parametrize("state", ["done", "partial", "failed"])
@pytest.mark.parametrize("request_", ["pause", "cancel"])
def test_what_has_ended_takes_no_request(
    queue: RunQueue, tmp_path: Path, state: RunState, request_: RunRequest
) -> None:
    run = queue.create("train", {}, 1).id
    set_row(tmp_path, run, state=state)
    with pytest.raises(RunError, match=f"run {run} is {state}: there is nothing to {request_}"):
        queue.request(run, request_)


def test_tells_a_process_from_a_later_one_with_its_number() -> None:
    host, pid, start = this_process().rsplit("/", 2)
    assert not is_gone(this_process())
    assert is_gone(f"{host}/{pid}/{float(start) - 60:.2f}")
    assert not is_gone(f"elsewhere/{pid}/{float(start) - 60:.2f}")
