"""A training as a run of its own: recorded, paused, cancelled and resumed like every other."""

from pathlib import Path
from threading import Event as Flag
from typing import final

from pydantic import ValidationError

from interfaces.errors import RunError
from interfaces.events import Listener, RunFinished, RunStarted
from interfaces.igme import IGME
from interfaces.runs import RunRecord
from interfaces.trained_enhancer import TrainedEnhancer
from pipeline.runs.stop_observer import StopWhenAsked
from pipeline.runs.supervisor import Stopped, supervise
from pipeline.settings.config import ComponentNames, DataConfig, TrainingConfig
from pipeline.train.training import Learning
from storage.known_stores import remember
from storage.run_queue import SqlRunQueue

__all__ = ["TrainingRun"]


@final
class TrainingRun:
    """Trains under supervision; the record lies in the training folder's own index."""

    def __init__(
        self,
        data: DataConfig,
        training: TrainingConfig,
        *,
        components: ComponentNames | None = None,
        folder: Path | None = None,
        listener: Listener | None = None,
    ) -> None:
        self._configs = (data, training, components or ComponentNames())
        self._listener = listener
        self._cancelled = Flag()
        self.learning = Learning(*self._configs, folder=folder, listener=listener)

    @classmethod
    def of_record(cls, record: RunRecord, folder: Path, listener: Listener | None = None) -> "TrainingRun":
        """Return the training that ``record`` was made for.

        Raises:
            RunError: the record is not that of a training.
        """
        try:
            data = DataConfig.model_validate(record.settings.get("data"))
            training = TrainingConfig.model_validate(record.settings.get("training"))
            components = ComponentNames.model_validate(_components(record))
        except ValidationError as error:
            raise RunError(
                f"run {record.id} was recorded by another version and cannot be resumed: {error}"
            ) from error
        return cls(data, training, components=components, folder=folder, listener=listener)

    def cancel(self) -> None:
        """Ask the training to save and end after the step under way."""
        self._cancelled.set()

    def follow(self) -> None:
        """Compute for the process of rank 0, which torchrun started beside this one, and record nothing."""
        self.learning.train(resume=False)

    def run(
        self, run: str | None = None, *, resume: bool = False
    ) -> tuple[RunRecord, IGME | TrainedEnhancer | None]:
        """Train; return the run's record as it ended, and the model where it came to its end.

        Args:
            run: a run to go on with; None begins a new one.
            resume: go on from the newest checkpoint in the folder.
        """
        folder = self.learning.folder.path
        queue = SqlRunQueue(folder)
        remember(folder)
        data, training, components = self._configs
        if run is None:
            settings = {
                "data": self._absolute(data).model_dump(mode="json"),
                "training": training.model_dump(mode="json"),
                "components": components.model_dump(mode="json"),
            }
            run = queue.create("train", settings, self.learning.total_steps).id
        model: IGME | TrainedEnhancer | None = None
        with supervise(queue, run, self._cancelled, self._listener) as control:
            if self._listener is not None:
                self._listener(RunStarted(run=run, total=control.record.total, done=control.record.done))
            watch = StopWhenAsked(control, counts=True)
            model = self.learning.train(resume=resume, watch=watch, check=control.check)
            if model is None:
                raise Stopped(watch.state)
            control.note(control.record.total)
        ended = queue.get(run)
        if self._listener is not None:
            seconds = (ended.updated - control.record.updated).total_seconds()
            self._listener(RunFinished(run=run, state=ended.state, stored=0, seconds=seconds))
        return ended, model

    @staticmethod
    def _absolute(data: DataConfig) -> DataConfig:
        if not Path(data.source).exists():
            return data
        return DataConfig.model_validate({**data.model_dump(), "source": str(Path(data.source).absolute())})


def _components(record: RunRecord) -> object:
    """Return which components ``record`` names; those of artgen 0.1 named a GAN's trainer whatever was trained."""
    found = record.settings.get("components")
    if isinstance(found, dict) and found.get("trainer") == "gan":
        return {**found, "trainer": None}
    return found
