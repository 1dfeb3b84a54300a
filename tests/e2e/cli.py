"""Calls the command line: in this process, or in one of its own where it is to be killed."""

import json
import shlex
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from typer.main import get_command
from typer.testing import CliRunner, Result

from pipeline.cli import app
from tests.processes import Program

ROOT = Path(__file__).resolve().parents[2]

SLOW_ENHANCER = '''
import time

from components.enhancement import LanczosEnhancer


class Slow:
    """Lanczos that takes its time, so that a test can break in."""

    def enhance(self, data, settings):
        time.sleep(0.15)
        return LanczosEnhancer().enhance(data, settings)
'''


def call(*arguments: object) -> Result:
    """Call ``artgen`` with ``arguments`` in this process."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def call_json(*arguments: object, code: int = 0) -> Any:
    """Call ``artgen … --json`` and return the one document on its stdout."""
    result = call(*arguments, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def words_of(line: str) -> list[str]:
    """Return the arguments of ``artgen`` in a line as it is printed, without a comment behind them."""
    program, *words = shlex.split(line, comments=True)
    assert program == "artgen", line
    return words


def parse(line: str) -> None:
    """Read a line as ``artgen`` does, and do nothing.

    Raises:
        Exception: there is no such command or option, or what it is given does not fit.
    """
    command, name, words = get_command(app), "artgen", words_of(line)
    while words and words[0] in getattr(command, "commands", {}):
        name, *words = words
        command = command.commands[name]  # type: ignore[attr-defined]  # asked for above
    if words != ["--help"]:
        command.make_context(name, words)


def start(folder: Path, *arguments: object, module: str = "pipeline.cli") -> Program:
    """Start ``artgen`` in a process of its own, working in ``folder``."""
    return Program(folder, module, [*map(str, arguments)])


def wait_until(condition: Callable[[], bool], process: Program, timeout_s: float = 60) -> None:
    """Wait until ``condition`` holds while ``process`` runs."""
    end = time.monotonic() + timeout_s
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end, "the process did not come so far in time"
        time.sleep(0.02)


def finals(out: Path) -> dict[str, bytes]:
    """Return name and bytes of every stored picture in ``out``, contact sheets aside."""
    paths: Sequence[Path] = sorted(out.glob("2*/seed*.png"))
    return {path.name: path.read_bytes() for path in paths}
