"""The ports behind which work is kept: the queue of runs, and the folder that one writes to.

Protocols without behaviour, as those of `interfaces.ports`, which has all of them.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from pydantic import JsonValue

from interfaces.runs import RunKind, RunProgress, RunRecord, RunRequest, RunState

__all__ = ["RunFolder", "RunQueue"]


class RunFolder(Protocol):
    """A folder in which every file is written whole or not at all."""

    @property
    def path(self) -> Path:
        """Where it is."""
        ...

    def write(self, name: str, content: bytes) -> Path:
        """Write ``name`` atomically and return its path; ``name`` may have folders in it (``a/b.json``).

        Raises:
            StorageError: ``name`` leaves the folder, or it cannot be written; what was there stays.
        """
        ...

    def writing(self, name: str) -> AbstractContextManager[Path]:
        """Yield a temporary path to write to; it becomes ``name`` when the block ends without an error.

        For what is too large to hold in memory. After an error nothing is left behind.
        """
        ...

    def append(self, name: str, content: str | bytes) -> None:
        """Append one line of text to ``name``, or bytes as they are."""
        ...

    def read(self, name: str) -> bytes:
        """Return the content of ``name``.

        Raises:
            StorageError: there is no such file, or it cannot be read.
        """
        ...

    def names(self, pattern: str = "**/*") -> Sequence[str]:
        """Return the names that match the glob ``pattern``, sorted."""
        ...

    def delete(self, name: str) -> None:
        """Remove ``name`` if it is there."""
        ...


class RunQueue(Protocol):
    """The ``runs`` table: one queue for work of every kind. Any number of processes may use it at once."""

    def create(
        self,
        kind: RunKind,
        settings: Mapping[str, JsonValue],
        total: int,
        *,
        folder: Path | None = None,
        claimed: bool = False,
    ) -> RunRecord:
        """Add a run at the end of the queue and return it.

        Args:
            kind: of the job.
            settings: of the job.
            total: how much there is to do; 0 where it is not known yet.
            folder: where it writes besides the result store.
            claimed: make this process its owner at once, so that no worker takes it.
        """
        ...

    def get(self, run: str) -> RunRecord:
        """Return a run.

        Raises:
            RunError: there is none of that id (the message names the near match).
        """
        ...

    def list(self, limit: int | None = None) -> Sequence[RunRecord]:
        """Return all runs, or so many of them, newest first."""
        ...

    def claim(self, run: str) -> RunRecord:
        """Make this process the owner of a run, and the run ``running``.

        Raises:
            RunError: it is done, or a process that is alive owns it: of two who claim, one is refused.
        """
        ...

    def claim_next(self) -> RunRecord | None:
        """Claim the run whose turn it is: queued, or left by a process that died; no two processes get the same one.

        What somebody had asked a dead process to do is done, and the run is no longer one that waits. One that has been
        taken up three times without coming further is left as failed: it must not end worker after worker.

        Returns:
            The run; None where nothing waits.
        """
        ...

    def move(self, run: str, place: int) -> RunRecord:
        """Let a queued run be the ``place``-th, from 1; the others keep their order.

        Raises:
            RunError: there is no such run, or it is not queued.
        """
        ...

    def requeue(self, run: str) -> RunRecord:
        """Put a run that was begun before at the end of the queue, for a worker to go on with.

        Raises:
            RunError: it is done, or somebody works on it.
        """
        ...

    def describe(
        self,
        run: str,
        *,
        settings: Mapping[str, JsonValue] | None = None,
        total: int | None = None,
        folder: Path | None = None,
    ) -> RunRecord:
        """Write down what is known by now of a run of this process: definite settings, how much there is to do, its folder.

        Raises:
            RunError: this process does not own the run (any more).
        """
        ...

    def beat(
        self,
        run: str,
        *,
        done: int | None = None,
        timings: Mapping[str, float] | None = None,
        progress: RunProgress | None = None,
        message: str | None = None,
    ) -> RunRequest | None:
        """Renew the heartbeat, note the progress, and return what others have asked for.

        Raises:
            RunError: this process does not own the run (any more).
        """
        ...

    def request(self, run: str, request: RunRequest) -> RunRecord:
        """Ask the owner to pause or cancel; where nobody owns the run, do it at once."""
        ...

    def finish(self, run: str, state: RunState, message: str = "", *, refused: bool = False) -> RunRecord:
        """Give the run up, in ``state``.

        Args:
            run: of this process.
            state: how it ended.
            message: why.
            refused: it never came to write: what lies in its folder is another's, and its record names none.
        """
        ...
