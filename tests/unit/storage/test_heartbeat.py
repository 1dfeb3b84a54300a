"""The heartbeat: a run stays alive beside a long computation."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from storage.heartbeat import Heartbeat
from storage.index import INDEX_FILE
from storage.run_queue import SqlRunQueue


def _wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline, "waited for 20 s in vain"
        time.sleep(0.005)


def _raw(root: Path, statement: str) -> None:
    connection = sqlite3.connect(root / INDEX_FILE)
    with connection:
        connection.execute(statement)
    connection.close()


@pytest.fixture
def queue(tmp_path: Path) -> SqlRunQueue:
    return SqlRunQueue(tmp_path)


@pytest.fixture
def run(queue: SqlRunQueue) -> str:
    return queue.claim(queue.create("train", {}, 1).id).id


def test_beats_until_the_block_ends(queue: SqlRunQueue, run: str) -> None:
    first = queue.get(run).heartbeat
    with Heartbeat(queue, run, interval_s=0.01):
        assert any(thread.name == f"heartbeat {run}" for thread in threading.enumerate())
        _wait_until(lambda: queue.get(run).heartbeat != first)
    assert not any(thread.name == f"heartbeat {run}" for thread in threading.enumerate())
    last = queue.get(run).heartbeat
    time.sleep(0.05)
    assert queue.get(run).heartbeat == last


def test_hands_on_what_others_ask(queue: SqlRunQueue, run: str) -> None:
    with Heartbeat(queue, run, interval_s=0.01) as heartbeat:
        assert heartbeat.request is None
        queue.request(run, "pause")
        _wait_until(lambda: heartbeat.request == "pause")
        assert not heartbeat.lost


def test_learns_that_the_run_was_taken_over(
    queue: SqlRunQueue, run: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Heartbeat(queue, run, interval_s=0.01) as heartbeat:
        _raw(tmp_path, "UPDATE runs SET owner = 'elsewhere/1/1.00'")
        _wait_until(lambda: heartbeat.lost)
    assert "process 1 on elsewhere owns it" in caplog.text


def test_survives_a_while_without_the_index(
    queue: SqlRunQueue, run: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), Heartbeat(queue, run, interval_s=0.01) as heartbeat:
        _raw(tmp_path, "ALTER TABLE runs RENAME TO away")
        _wait_until(lambda: f"no heartbeat for run {run}: the index" in caplog.text)
        _raw(tmp_path, "ALTER TABLE away RENAME TO runs")
        beaten = queue.get(run).heartbeat
        _wait_until(lambda: queue.get(run).heartbeat != beaten)
        assert not heartbeat.lost


def test_ends_at_once_however_long_the_interval(queue: SqlRunQueue, run: str) -> None:
    begin = time.monotonic()
    with Heartbeat(queue, run, interval_s=3600):
        pass
    assert time.monotonic() - begin < 10
