"""A sweep as a job."""

from pathlib import Path
from typing import Literal, final

from interfaces.events import Listener
from interfaces.ipdt import IPDT
from interfaces.jobs import JobControl
from interfaces.runs import RunRecord
from pipeline.jobs.in_folder import FolderJob
from pipeline.settings.config import ComponentNames
from pipeline.sweep.settings import SweepSettings
from pipeline.sweep.sweep import Sweep
from storage.folder_lock import check_not_written_to, writing_to

__all__ = ["SweepJob", "SweepRunner"]


class SweepJob(FolderJob):
    """What to try, and where the trials go."""

    kind: Literal["sweep"] = "sweep"
    sweep: SweepSettings
    components: ComponentNames = ComponentNames()


@final
class SweepRunner:
    """Makes the trials in a folder that it has to itself: a `JobRunner`."""

    def __init__(
        self, settings: SweepJob, *, root: Path, record: RunRecord | None, listener: Listener | None
    ) -> None:
        self._settings = settings
        out, self._resume = settings.place(record, root)
        self.search = Sweep(
            settings.sweep,
            components=settings.components,
            folder=out,
            listener=listener,
        )
        check_not_written_to(self.folder)
        self._pack: IPDT | None = None

    @property
    def settings(self) -> SweepJob:
        """The settings with a definite folder."""
        return SweepJob.model_validate({**dict(self._settings), "out": self.folder})

    @property
    def total(self) -> int:
        """Steps of all trials."""
        return self.search.total

    @property
    def folder(self) -> Path:
        """Where plan, trials and results go."""
        return self.search.folder.path

    def prepare(self) -> None:
        """Prepare the data, and write the plan or compare it with the one that is there."""
        self._pack = self.search.prepare(resume=self._resume)

    def run(self, control: JobControl) -> None:
        """Make the trials that are missing."""
        pack = self._pack or self.search.prepare(resume=True)
        with writing_to(self.folder, control.record.id):
            self.search.run(pack, control)
