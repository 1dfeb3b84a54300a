"""Takes in the jobs of the page."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, final

from interfaces.runs import RunRecord
from pipeline.factories.stores import local_models, local_weights
from pipeline.jobs.kinds import settings_of
from pipeline.jobs.verbs import submit
from pipeline.orchestrator.job import PipelineJob
from pipeline.page.allowed import check_allowed
from pipeline.settings.config import load_config
from storage.run_queue import SqlRunQueue

__all__ = ["QueueDesk"]


@final
class QueueDesk:
    """A `JobDesk` over the queue of the store in ``root``."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def generate(self, values: Mapping[str, Any]) -> RunRecord:
        """Queue a picture pipeline; a seed that is not given is drawn."""
        check_allowed(values, local_models(), local_weights())
        return submit(PipelineJob(config=load_config(values, {"out": self._root})), self._root)

    def go_on(self, run: str) -> RunRecord:
        """Queue what is left of a run that ended early."""
        return SqlRunQueue(self._root).requeue(run)

    def repeat(self, run: str) -> RunRecord:
        """Queue the job of a run once more."""
        return submit(settings_of(SqlRunQueue(self._root).get(run)), self._root)
