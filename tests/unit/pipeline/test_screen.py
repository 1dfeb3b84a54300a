"""What the screen says where it is no terminal, and before there is anything to say."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from interfaces.events import Progress
from pipeline.cli import output
from pipeline.cli.output import Screen

CHILD = """
import sys
from pipeline.cli.output import Screen
with Screen() as screen:
    sys.stdin.readline()
"""


def test_a_line_now_and_then_says_how_far_it_is_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(0, 1000, 4))
    monkeypatch.setattr(output, "monotonic", lambda: float(next(clock)))
    with Screen() as screen:
        for done in range(1, 9):
            screen.listener(Progress(stage="training", done=done, total=100, unit="steps", detail="loss 1"))
    lines = capsys.readouterr().err.splitlines()
    assert 1 < len(lines) < 8
    assert lines[0].startswith("training: 2 of 100 steps (loss 1), ")
    assert lines[0].endswith(" left")


def test_work_that_is_short_says_nothing_of_its_progress(capsys: pytest.CaptureFixture[str]) -> None:
    with Screen() as screen:
        screen.listener(Progress(stage="training", done=1, total=2, unit="steps"))
        screen.listener(Progress(stage="training", done=2, total=2, unit="steps"))
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_a_terminal_shows_that_something_has_begun_before_the_first_event(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen([sys.executable, "-c", CHILD], stdin=subprocess.PIPE, stderr=theirs) as child:
        os.close(theirs)
        seen = b""
        while b"starting" not in seen:
            seen += os.read(ours, 1000)
        assert child.stdin is not None
        child.stdin.write(b"\n")
        child.stdin.close()
        try:
            while os.read(ours, 1000):
                pass
        except OSError:  # the child has closed its end
            pass
    os.close(ours)
    assert child.returncode == 0
