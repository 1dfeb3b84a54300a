"""Starts, watches and stops the other processes of a training on one machine."""

import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self, final

import components
from components.training.distributed.ranks import Ranks
from components.training.distributed.worker_spec import write_assignment
from components.training.settings.basic import BasicSettings
from interfaces.errors import RunError
from interfaces.ipdt import IPDT

__all__ = ["READY", "Followers"]

READY = "artgen: ready"
"""What a follower prints when it has all that it needs."""

_READY_WITHIN_S = 300
_STUCK_AFTER_S = 30
_END_WITHIN_S = 30
_COMMAND = (sys.executable, "-m", "components.training.worker")


@final
class Followers:
    """The processes of rank 1 and up; leaving the block ends them.

    They end by themselves as soon as this process is gone, since their standard input ends then.

    Args:
        settings: of the training.
        data: what it learns from.
        store: the file in which the processes find one another.
        environment: variables that they have besides this process's.
    """

    def __init__(
        self, settings: BasicSettings, data: IPDT, store: Path, environment: Mapping[str, str]
    ) -> None:
        self._task = (store, settings, data)
        self._count = settings.processes.devices
        self._environment = dict(environment)
        self._followers: list[_Follower] = []
        self._ended = threading.Event()
        self._deaths: list[str] = []
        self.leader: Ranks | None = None
        """This process, once it has joined the others."""

    def __enter__(self) -> Self:
        # all start at once, before the first is told anything: they take seconds to begin
        self._followers = [_Follower(rank, self._environment) for rank in range(1, self._count)]
        try:
            for follower in self._followers:
                threading.Thread(target=self._attend, args=(follower,), daemon=True).start()
            for follower in self._followers:
                follower.tell(*self._task)
            for follower in self._followers:
                self._wait_for(follower)
        except BaseException:
            self._end(wait=False)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(wait=kind is None)

    def explain(self, error: Exception) -> Exception:
        """Return the error that tells of a follower's end, or ``error`` where all of them live."""
        end = time.monotonic() + 5  # the connection breaks a moment before the process is gone
        while not self._deaths and time.monotonic() < end:
            time.sleep(0.05)
        return RunError(self._death()) if self._deaths else error

    def _death(self) -> str:
        return (
            f"{self._deaths[0]}; the other processes were stopped. The training goes on from its newest "
            "checkpoint when it is resumed"
        )

    def _attend(self, follower: "_Follower") -> None:
        code = follower.listen()
        if code == 0 or self._ended.is_set():
            return
        how = f"was killed by signal {-code}" if code < 0 else f"stopped with exit code {code}"
        last = f" ({follower.last})" if follower.last else ""
        self._deaths.append(f"process {follower.rank} of {self._count} {how}{last}")
        self._leave_when_stuck()

    def _leave_when_stuck(self) -> None:
        """End this process where it waits for the dead, as it does on GPUs: nothing else can wake it."""
        stuck = 0
        while stuck < _STUCK_AFTER_S:
            if self._ended.wait(1):
                return
            stuck = stuck + 1 if self.leader is None or self.leader.waits else 0
        with suppress(OSError):
            os.write(2, f"artgen: {self._death()}\n".encode())
        for follower in self._followers:
            follower.kill()
        os._exit(1)

    def _wait_for(self, follower: "_Follower") -> None:
        end = time.monotonic() + _READY_WITHIN_S
        while not follower.ready.wait(0.05):
            if self._deaths:
                raise RunError(self._deaths[0])
            if time.monotonic() > end:
                raise RunError(
                    f"process {follower.rank} of {self._count} was not ready after {_READY_WITHIN_S} seconds"
                )

    def _end(self, *, wait: bool) -> None:
        self._ended.set()
        for follower in self._followers:
            if wait:
                follower.await_end(_END_WITHIN_S)
            follower.kill()


@final
class _Follower:
    """One process, and the last that it said."""

    def __init__(self, rank: int, environment: Mapping[str, str]) -> None:
        self.rank = rank
        self.ready = threading.Event()
        self._said: deque[str] = deque(maxlen=1)
        self._process = subprocess.Popen(  # noqa: S603  # our own program
            _COMMAND,
            env={**os.environ, "PYTHONPATH": _import_path(), **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # Ctrl-C is for this process alone, which decides when all stop
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )

    @property
    def last(self) -> str:
        """The last line that it wrote."""
        return "".join(self._said)

    def tell(self, store: Path, settings: BasicSettings, data: IPDT) -> None:
        """Hand over its part; one that died already is noticed by who listens."""
        assert self._process.stdin is not None  # noqa: S101  # opened above
        with suppress(OSError):
            write_assignment(self._process.stdin, self.rank, store, settings, data)

    def listen(self) -> int:
        """Take in what it writes until it ends; return its exit code."""
        assert self._process.stdout is not None  # noqa: S101  # opened above
        with self._process.stdout as lines:
            for line in lines:
                text = line.decode(errors="replace").strip()
                if text == READY:
                    self.ready.set()
                elif text:
                    self._said.append(text)
        return self._process.wait()

    def await_end(self, seconds: float) -> None:
        """Wait until it has ended, but not for longer."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait()
        assert self._process.stdin is not None  # noqa: S101  # opened above
        with suppress(OSError):
            self._process.stdin.close()


def _import_path() -> str:
    """Return the PYTHONPATH by which another process imports the very code of this one."""
    ours = str(Path(components.__file__).resolve().parents[1])
    return os.pathsep.join(dict.fromkeys([ours, *filter(None, [os.environ.get("PYTHONPATH")])]))
