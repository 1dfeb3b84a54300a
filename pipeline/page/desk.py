"""Takes in the jobs of the page: no more at once than somebody can mean."""

from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any, final

from pydantic import JsonValue

from interfaces.errors import RunError
from interfaces.jobs import JobSettings
from interfaces.runs import RunRecord
from pipeline.enhance.job import EnhanceJob
from pipeline.jobs.kinds import settings_of
from pipeline.jobs.verbs import submit
from pipeline.orchestrator.job import PipelineJob
from pipeline.settings.config import load_config
from storage.run_queue import SqlRunQueue

__all__ = ["MOST_A_MINUTE", "MOST_WAITING", "QueueDesk", "trials_of"]

MOST_WAITING = 100
MOST_A_MINUTE = 60


def trials_of(root: Path) -> Path:
    """Return the folder of what was tried, which is in no gallery."""
    return root / "trials"


@final
class QueueDesk:
    """A `JobDesk` over the queue of the store in ``root``; it may be asked from many threads.

    Args:
        root: folder of the store.
        clock: seconds, for the number of jobs a minute.
    """

    def __init__(self, root: Path, clock: Callable[[], float] = monotonic) -> None:
        self._root = root
        self._clock = clock
        self._lock = Lock()
        self._taken: deque[float] = deque(maxlen=MOST_A_MINUTE)

    def generate(self, values: Mapping[str, Any]) -> RunRecord:
        """Queue a picture pipeline; a seed that is not given is drawn."""
        return self._submit(PipelineJob(config=load_config(values, {"out": self._root})))

    def try_out(self, name: str, picture: Path, enhancement: Mapping[str, Any]) -> RunRecord:
        """Queue a trial before all that waits."""
        out = trials_of(self._root) / name
        job = EnhanceJob.model_validate(
            {"inputs": [str(picture)], "enhancement": enhancement, "out": out, "resume": True}
        )
        record = self._submit(job)
        with suppress(RunError):  # the worker has it already
            return SqlRunQueue(self._root).move(record.id, 1)
        return record

    def go_on(self, run: str) -> RunRecord:
        """Queue what is left of a run that ended early."""
        with self._lock:
            self._admit()
            return self._took(SqlRunQueue(self._root).requeue(run))

    def repeat(self, run: str) -> RunRecord:
        """Queue the job of a run once more."""
        return self._submit(settings_of(SqlRunQueue(self._root).get(run)))

    def _submit(self, job: JobSettings) -> RunRecord:
        with self._lock:  # of two at once, the second sees the first
            self._admit()
            return self._took(submit(job, self._root, check=self._refuse_twins))

    def _admit(self) -> None:
        """Refuse what would be too much, before anything is looked at."""
        waiting = sum(each.state == "queued" for each in SqlRunQueue(self._root).list())
        if waiting >= MOST_WAITING:
            raise RunError(
                f"{waiting} runs wait already, and no more than {MOST_WAITING} may; let some end, or cancel some"
            )
        if len(self._taken) == MOST_A_MINUTE and self._clock() - self._taken[0] < 60:
            raise RunError(f"{MOST_A_MINUTE} runs were begun within a minute; wait a moment, then try again")

    def _took(self, record: RunRecord) -> RunRecord:
        self._taken.append(self._clock())
        return record

    def _refuse_twins(self, settings: Mapping[str, JsonValue]) -> None:
        """Refuse a job that waits already."""
        for each in SqlRunQueue(self._root).list():
            if each.state == "queued" and each.settings == settings:
                raise RunError(f"run {each.id} waits already, with the very same settings")
