"""Processes of their own, which tests stop and kill.

On Linux they are forked from one that has imported already what is slow to import, and begin within a moment; elsewhere each
imports it anew. How a program begins is tested with `subprocess`.
"""

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, final

from interfaces.ports import RunFolder, TrainingView

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext, SpawnContext

__all__ = ["PROCESSES", "Program", "Tell", "run_until"]

_SLOW_TO_IMPORT = [
    "components.enhancement",
    "components.evaluation",
    "components.training",
    "pipeline.cli.application",
    "pipeline.orchestrator.job",
    "pipeline.train.job",
    "storage.migration",
]
_ENDS_WITHIN_S = 120


def _context() -> "ForkServerContext | SpawnContext":
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    forking = multiprocessing.get_context("forkserver")
    forking.set_forkserver_preload(_SLOW_TO_IMPORT)
    return forking


PROCESSES = _context()
"""What `multiprocessing` offers, for processes that begin within a moment."""


@final
class Tell:
    """An observer that tells every step to whoever began the process."""

    def __init__(self, to: Connection) -> None:
        self._to = to

    def observe(self, view: TrainingView, folder: RunFolder) -> bool:
        self._to.send(view.step)
        return True

    def finish(self, folder: RunFolder) -> None:
        """Nothing is left to do."""


def run_until(step: int | None, work: Callable[..., None], *arguments: object) -> int:
    """Call ``work(*arguments, observer)`` in a process, and kill that as soon as the observer has seen ``step``.

    The process computes with one thread. Its exit code is returned: 0 where it came to its end.
    """
    ours, theirs = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=_work, args=(dict(os.environ), work, arguments, Tell(theirs)))
    process.start()
    theirs.close()
    try:
        while (seen := ours.recv()) < (step or seen + 1):
            pass
        process.kill()
    except EOFError:  # it has ended
        pass
    process.join(_ENDS_WITHIN_S)
    assert process.exitcode is not None
    return process.exitcode


def _work(
    environment: Mapping[str, str], work: Callable[..., None], arguments: Sequence[object], tell: Tell
) -> None:
    import torch

    _take(environment)
    torch.set_num_threads(1)
    work(*arguments, tell)


@final
class Program:
    """``python -m MODULE ARGUMENTS`` in a folder, with what tests ask of `subprocess.Popen`."""

    def __init__(self, folder: Path, module: str, arguments: Sequence[str]) -> None:
        self._said = [Path(_new_file()), Path(_new_file())]
        told = (dict(os.environ), folder, module, list(arguments), self._said)
        self._process = PROCESSES.Process(target=_program, args=told)
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        self._process.kill()

    def wait(self, timeout: float | None = _ENDS_WITHIN_S) -> int:
        self._process.join(timeout)
        code = self.returncode
        if code is None:
            raise subprocess.TimeoutExpired("artgen", timeout or 0)
        return code

    def communicate(self, timeout: float | None = _ENDS_WITHIN_S) -> tuple[str, str]:
        """Wait for the end, and return what was said on standard output and standard error."""
        self.wait(timeout)
        out, err = (path.read_text(encoding="utf-8", errors="replace") for path in self._said)
        for path in self._said:
            path.unlink()
        return out, err


def _new_file() -> str:
    number, path = tempfile.mkstemp(prefix="artgen-test-")
    os.close(number)
    return path


def _program(
    environment: Mapping[str, str], folder: Path, module: str, arguments: Sequence[str], said: Sequence[Path]
) -> None:
    _take(environment)
    os.chdir(folder)
    for number, path in enumerate(said, 1):
        file = os.open(path, os.O_WRONLY | os.O_APPEND)
        os.dup2(file, number)
        os.close(file)
    sys.stdout, sys.stderr = (open(number, "w", buffering=1, closefd=False) for number in (1, 2))  # noqa: SIM115
    sys.path.insert(0, str(folder))
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _take(environment: Mapping[str, str]) -> None:
    """Have this environment: what the process was forked from began in that of another test."""
    os.environ.clear()
    os.environ.update(environment)
