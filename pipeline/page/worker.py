"""The worker that the page has beside it: a process of its own, which is started again when it dies."""

import os
import subprocess
import sys
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import final

__all__ = ["WorkerBeside"]

_LOOK_EVERY_S = 0.5
_LONGEST_PAUSE_S = 30.0


@final
class WorkerBeside:
    """``artgen worker`` as a child of this process, for as long as the block lasts.

    It does what is queued in the store in ``root``. One that dies is started again, after a pause that grows while it does not live
    for longer than that; a run that it had begun goes on where it was. At the end of the block it is ended like at a crash, for a
    run loses nothing by that, and the next worker goes on with it. Should this process be killed, the worker ends by itself behind the run
    under way.

    Args:
        root: folder of the store.
        after: seconds until the first one is started.
    """

    def __init__(self, root: Path, after: float = 0.0) -> None:
        self._after = after
        self._command = [
            sys.executable,
            "-m",
            "pipeline.cli",
            "worker",
            "--out",
            str(root),
            "--beside",
            str(os.getpid()),
        ]
        self._ended = Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._watch = Thread(target=self._keep_alive, name="worker-watch", daemon=True)

    @property
    def pid(self) -> int | None:
        """Of the worker that lives; None between two."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def __enter__(self) -> "WorkerBeside":
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._watch.join()

    def _keep_alive(self) -> None:
        pause = _LOOK_EVERY_S
        self._ended.wait(self._after)
        while not self._ended.is_set():
            started = monotonic()
            # not in the group of this one, so that Ctrl-C at the terminal is the page's to handle
            self._process = subprocess.Popen(  # noqa: S603  # our own command
                self._command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
            )
            while self._process.poll() is None and not self._ended.wait(_LOOK_EVERY_S):
                pass
            if self._ended.is_set():
                break
            pause = (
                _LOOK_EVERY_S
                if monotonic() - started > _LONGEST_PAUSE_S
                else min(2 * pause, _LONGEST_PAUSE_S)
            )
            self._ended.wait(pause)
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait()
