"""Whoever types a command that takes long sees at once that it has begun: what is heavy is imported behind a screen."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from pipeline.cli.examples import EXAMPLES
from tests.e2e.cli import ROOT, words_of

CHILD = """
import contextlib, io, json, sys
from typer.testing import CliRunner

HEAVY = {"torch", "numpy", "PIL", "sqlalchemy", "alembic", "matplotlib", "optuna"}


class Reached(BaseException):
    pass


class Watch:
    def find_spec(self, name, path=None, target=None):
        if name in HEAVY:
            told.append({"module": name, "shown": sys.stderr.getvalue()})
            raise Reached


sys.meta_path.insert(0, Watch())
from pipeline.cli import app

found = {}
for line, words in json.loads(sys.argv[1]).items():
    told = []
    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        with contextlib.suppress(SystemExit, Reached):
            app(words)
    found[line] = told[0] if told else None
print(json.dumps(found))
"""

LIGHT = ("artgen pipeline show-config", "artgen data get")
"""Commands that import nothing heavy; the second would reach for the network."""


def _examples() -> Mapping[str, list[str]]:
    lines = [line for text in EXAMPLES.values() for line in text.replace("\\\n", "").strip().splitlines()]
    return {line: words_of(line) for line in lines if not line.startswith(LIGHT)}


def test_every_command_shows_that_it_has_begun_before_it_imports_what_takes_long(tmp_path: Path) -> None:
    (tmp_path / "run.toml").touch()
    (tmp_path / "sweep.toml").write_text('source = "a"\nsteps = 2\n[space]\nbatch = [4, 8]\n')
    found = subprocess.run(
        [sys.executable, "-c", CHILD, json.dumps(_examples())],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "FORCE_COLOR": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    reached = json.loads(found.stdout)
    assert sum(told is not None for told in reached.values()) > len(reached) / 2, (
        "what is heavy was not looked for"
    )
    assert {line for line, told in reached.items() if told and "starting" not in told["shown"]} == set()


on_terminals = pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")


def _on_terminal(folder: Path, *words: str, until: bytes, send: signal.Signals | None) -> tuple[bytes, int]:
    """Return what a command writes to its terminal, and its exit code; it is sent a signal when it has said ``until``."""
    import pty  # where there is none, these tests are skipped

    ours, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "400"}
    command = [sys.executable, "-m", "pipeline.cli", *words]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=theirs, stderr=theirs) as child:
        os.close(theirs)
        seen = b""
        while until not in seen:
            seen += os.read(ours, 1000)
        if send is not None:
            child.send_signal(send)
        try:
            while more := os.read(ours, 1000):
                seen += more
        except OSError:  # the child has closed its end
            pass
    os.close(ours)
    return seen, child.returncode


@on_terminals
@pytest.mark.parametrize(
    ("words", "send", "said", "code"),
    [
        # it imports for seconds: time enough for a signal
        (("component", "list"), signal.SIGINT, b"artgen: interrupted", 130),
        (("pipeline", "run", "--count", "0"), None, b"--count", 2),
    ],
    ids=["by Ctrl-C", "by an error"],
)
def test_a_command_that_ends_before_its_work_begins_leaves_the_terminal_as_it_was(
    words: tuple[str, ...], send: signal.Signals | None, said: bytes, code: int, tmp_path: Path
) -> None:
    seen, left = _on_terminal(tmp_path, *words, until=b"starting", send=send)
    assert left == code
    assert b"Traceback" not in seen
    assert seen.rfind(b"\x1b[?25h") > seen.rfind(b"\x1b[?25l"), "the cursor is hidden"
    last = seen.replace(b"\r\n", b"\n").rstrip().splitlines()[-1]
    assert said in last
    assert last.rsplit(b"\x1b[2K")[-1].replace(b"\x1b[?25h", b"").startswith(b"artgen: ")


@on_terminals
def test_a_worker_with_nothing_to_do_says_what_it_waits_for_and_hears_ctrl_c(tmp_path: Path) -> None:
    seen, left = _on_terminal(tmp_path, "worker", until=b"waiting for runs in", send=signal.SIGINT)
    assert left == 130
    assert str(tmp_path / "artgen-results").encode() in seen
    assert seen.rfind(b"\x1b[?25h") > seen.rfind(b"\x1b[?25l"), "the cursor is hidden"
