"""Takes in the jobs of the page: no more at once than somebody can mean."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, final

from pydantic import JsonValue

from interfaces.errors import RunError, StorageError
from interfaces.runs import RunRecord
from interfaces.said import Said
from pipeline.factories.stores import local_models, local_weights
from pipeline.page.allowed import check_allowed
from storage.leftovers import TRIALS
from storage.result_store import SqlResultStore
from storage.run_queue import SqlRunQueue

if TYPE_CHECKING:
    from interfaces.jobs import JobSettings

__all__ = ["MOST_A_MINUTE", "MOST_WAITING", "QueueDesk", "trials_of"]

MOST_WAITING = 100
MOST_A_MINUTE = 60


def trials_of(root: Path) -> Path:
    """Return the folder of what was tried, which is in no gallery."""
    return root / TRIALS


@final
class QueueDesk:
    """A `JobDesk` over the queue of the store in ``root``; it may be asked from many threads.

    What checks a job imports torch and takes longer than the page: it is imported when the first job comes, or by `prepare`.

    Args:
        root: folder of the store.
        clock: seconds, for the number of jobs a minute.
    """

    def __init__(self, root: Path, clock: Callable[[], float] = monotonic) -> None:
        self._root = root
        self._clock = clock
        self._lock = Lock()
        self._taken: deque[float] = deque(maxlen=MOST_A_MINUTE)

    def prepare(self) -> None:
        """Import what the first job will need."""
        import pipeline.enhance.job
        import pipeline.jobs.verbs
        import pipeline.orchestrator.job
        import pipeline.page.explorers
        import pipeline.page.style_trial
        import pipeline.page.training_log
        import pipeline.train.job  # noqa: F401

    def generate(self, values: Mapping[str, Any]) -> RunRecord:
        """Queue a picture pipeline; a seed that is not given is drawn."""
        from pipeline.orchestrator.job import PipelineJob
        from pipeline.settings.config import load_config

        check_allowed(values, local_models(), local_weights(), is_kept=self._is_kept)
        return self.submit(PipelineJob(config=load_config(values, {"out": self._root})))

    def try_out(self, name: str, picture: Path, enhancement: Mapping[str, Any]) -> RunRecord:
        """Queue a trial before all that waits."""
        from pipeline.enhance.job import EnhanceJob

        out = trials_of(self._root) / name
        job = EnhanceJob.model_validate(
            {"inputs": [str(picture)], "enhancement": enhancement, "out": out, "resume": True}
        )
        return self._first(job)

    def try_weights(
        self,
        name: str,
        values: Mapping[str, Any],
        content_weights: Sequence[float],
        style_weights: Sequence[float],
    ) -> RunRecord:
        """Queue a trial of style transfer before all that waits."""
        from pipeline.page.style_trial import StyleTrialJob
        from pipeline.settings.config import load_config

        check_allowed(values, local_models(), local_weights(), is_kept=self._is_kept)
        generation = load_config(values, {"out": self._root}).generation
        first = {"source": generation.source.part(0, 1), "count": 1}
        job = StyleTrialJob(
            generation=generation.model_copy(update=first),
            content_weights=tuple(content_weights),
            style_weights=tuple(style_weights),
            out=trials_of(self._root) / name,
        )
        return self._first(job)

    def _first(self, job: "JobSettings") -> RunRecord:
        """Queue a job before all that waits."""
        record = self.submit(job)
        with suppress(RunError):  # the worker has it already
            return SqlRunQueue(self._root).move(record.id, 1)
        return record

    def go_on(self, run: str) -> RunRecord:
        """Queue what is left of a run that ended early."""
        with self.admitting():
            return SqlRunQueue(self._root).requeue(run)

    def repeat(self, run: str) -> RunRecord:
        """Queue the job of a run once more."""
        from pipeline.jobs.kinds import settings_of

        return self.submit(settings_of(SqlRunQueue(self._root).get(run)))

    def submit(self, job: "JobSettings") -> RunRecord:
        """Queue a job of any kind.

        Raises:
            RunError: the same job waits already, or too much does.
            SettingsError: it cannot be done; nothing is queued.
        """
        from pipeline.jobs.verbs import submit

        with self.admitting():
            return submit(job, self._root, check=self._refuse_twins)

    @contextmanager
    def admitting(self) -> Iterator[None]:
        """Let the block begin something, which counts unless it raises.

        Raises:
            RunError: too much waits, or was begun.
        """
        with self._lock:  # of two at once, the second sees the first
            self._admit()
            yield
            self._taken.append(self._clock())

    def _is_kept(self, picture: str) -> bool:
        """Say whether a path is that of an input picture which the store keeps."""
        try:
            return SqlResultStore(self._root).find_picture(Path(picture).stem) == Path(picture)
        except StorageError:
            return False

    def _admit(self) -> None:
        """Refuse what would be too much, before anything is looked at."""
        waiting = sum(each.state == "queued" for each in SqlRunQueue(self._root).list())
        if waiting >= MOST_WAITING:
            raise RunError(
                Said(
                    "{0} runs wait already, and no more than {1} may; let some end, or cancel some",
                    waiting,
                    MOST_WAITING,
                )
            )
        if len(self._taken) == MOST_A_MINUTE and self._clock() - self._taken[0] < 60:
            raise RunError(
                Said("{0} runs were begun within a minute; wait a moment, then try again", MOST_A_MINUTE)
            )

    def _refuse_twins(self, settings: Mapping[str, JsonValue]) -> None:
        """Refuse a job that waits already."""
        for each in SqlRunQueue(self._root).list():
            if each.state == "queued" and each.settings == settings:
                raise RunError(Said("run {0} waits already, with the very same settings", each.id))
