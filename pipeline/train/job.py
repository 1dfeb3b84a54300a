"""A training as a job: recorded, queued, paused, cancelled and resumed like every other."""

from pathlib import Path
from typing import Any, Literal, final

from pydantic import model_validator

from interfaces.events import Listener
from interfaces.igme import IGME
from interfaces.jobs import JobControl
from interfaces.runs import RunRecord
from interfaces.trained_enhancer import TrainedEnhancer
from pipeline.jobs.in_folder import FolderJob
from pipeline.runs.stop_observer import StopWhenAsked
from pipeline.settings.config import ComponentNames, DataConfig, TrainingConfig
from pipeline.train.naming import train_and_name
from pipeline.train.training import Learning
from storage.folder_lock import check_not_written_to, writing_to

__all__ = ["TrainJob", "TrainRunner"]


class TrainJob(FolderJob):
    """What to learn from, how, and where the model goes."""

    kind: Literal["train"] = "train"
    data: DataConfig
    training: TrainingConfig
    components: ComponentNames = ComponentNames()

    @model_validator(mode="before")
    @classmethod
    def _without_the_only_trainer(cls, values: Any) -> Any:
        """Records of artgen 0.1 named a GAN's trainer, whatever was trained."""
        components = values.get("components") if isinstance(values, dict) else None
        if isinstance(components, dict) and components.get("trainer") == "gan":
            return {**values, "components": {**components, "trainer": None}}
        return values


@final
class TrainRunner:
    """Trains in a folder that it has to itself: a `JobRunner`."""

    def __init__(
        self, settings: TrainJob, *, root: Path, record: RunRecord | None, listener: Listener | None
    ) -> None:
        self._settings = settings
        self._out, self._resume = settings.place(record, root)
        if self._out is not None:
            check_not_written_to(self._out)
        self.learning = Learning(
            settings.data, settings.training, settings.components, folder=self._out, listener=listener
        )
        self.model: IGME | TrainedEnhancer | None = None
        """Once the training has come to its end."""
        self._is_prepared = False

    @property
    def settings(self) -> TrainJob:
        """The settings with a definite folder."""
        return TrainJob.model_validate({**dict(self._settings), "out": self.folder})

    @property
    def total(self) -> int:
        """Steps; known when the data are prepared."""
        return self.learning.total_steps if self._is_prepared else 0

    @property
    def folder(self) -> Path | None:
        """Where checkpoints, log and model go; where nobody has named it, it is known when the data are prepared."""
        return self.learning.folder.path if self._is_prepared else self._out

    def prepare(self) -> None:
        """Prepare the data."""
        _ = self.learning.pack
        self._is_prepared = True
        check_not_written_to(self.learning.folder.path)

    def run(self, control: JobControl) -> None:
        """Train to the end, or until somebody asks for it."""
        watch = StopWhenAsked(control, counts=True)
        with writing_to(self.learning.folder.path, control.record.id):
            self.model = train_and_name(self.learning, resume=self._resume, watch=watch, check=control.check)
        if self.model is None:
            raise watch.why(self.learning.why_stopped)
        control.note(self.total)
