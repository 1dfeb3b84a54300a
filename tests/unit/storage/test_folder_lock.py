"""Of two that want to write to a folder, one is refused; the dead hold nothing."""

import os
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from interfaces.errors import RunError
from storage.folder_lock import check_not_written_to, writing_to
from tests.processes import PROCESSES


def _hold(folder: Path, held: Event, end: Event) -> None:
    with writing_to(folder, "20260101-000000-abcdef"):
        held.set()
        end.wait(60)
        os._exit(9)  # as a kill does: nothing is tidied up


def test_a_second_writer_is_told_who_the_first_is_and_takes_over_when_that_is_dead(tmp_path: Path) -> None:
    held, end = PROCESSES.Event(), PROCESSES.Event()
    child = PROCESSES.Process(target=_hold, args=(tmp_path / "model", held, end))
    child.start()
    assert held.wait(60)
    said = f"run 20260101-000000-abcdef \\(process {child.pid} on .* writes to it"
    with pytest.raises(RunError, match=said), writing_to(tmp_path / "model", "mine"):
        pass
    with pytest.raises(RunError, match=said):
        check_not_written_to(tmp_path / "model")
    end.set()
    child.join(60)
    assert child.exitcode == 9

    check_not_written_to(tmp_path / "model")
    with writing_to(tmp_path / "model", "mine"):
        with pytest.raises(RunError, match=f"run mine \\(process {os.getpid()} on"):
            check_not_written_to(tmp_path / "model")
        assert (tmp_path / "model").is_dir()
    check_not_written_to(tmp_path / "model")


def test_looking_makes_no_folder(tmp_path: Path) -> None:
    check_not_written_to(tmp_path / "model")
    assert not (tmp_path / "model").exists()
