"""Takes in the jobs of the page."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from interfaces.runs import RunRecord
from pipeline.factories.stores import local_models, local_weights
from pipeline.page.allowed import check_allowed
from storage.run_queue import SqlRunQueue

if TYPE_CHECKING:
    from interfaces.jobs import JobSettings

__all__ = ["QueueDesk"]


@final
class QueueDesk:
    """A `JobDesk` over the queue of the store in ``root``.

    What checks a job imports torch and takes longer than the page: it is imported when the first job comes, or by `prepare`.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def prepare(self) -> None:
        """Import what the first job will need."""
        import pipeline.jobs.verbs
        import pipeline.orchestrator.job
        import pipeline.page.training_log
        import pipeline.train.job  # noqa: F401

    def generate(self, values: Mapping[str, Any]) -> RunRecord:
        """Queue a picture pipeline; a seed that is not given is drawn."""
        from pipeline.orchestrator.job import PipelineJob
        from pipeline.settings.config import load_config

        check_allowed(values, local_models(), local_weights())
        return self._submit(PipelineJob(config=load_config(values, {"out": self._root})))

    def go_on(self, run: str) -> RunRecord:
        """Queue what is left of a run that ended early."""
        return SqlRunQueue(self._root).requeue(run)

    def repeat(self, run: str) -> RunRecord:
        """Queue the job of a run once more."""
        from pipeline.jobs.kinds import settings_of

        return self._submit(settings_of(SqlRunQueue(self._root).get(run)))

    def _submit(self, settings: "JobSettings") -> RunRecord:
        from pipeline.jobs.verbs import submit

        return submit(settings, self._root)
