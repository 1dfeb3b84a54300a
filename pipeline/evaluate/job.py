"""Judging a model, as a job."""

from pathlib import Path
from typing import Literal, final

from pydantic import JsonValue

from components.generation.shipped import SHIPPED_MODEL
from interfaces.events import Event, Listener
from interfaces.igme import IGME, TranslationNetwork
from interfaces.jobs import JobControl, JobSettings
from interfaces.ports import WeightStore
from interfaces.runs import RunRecord
from pipeline.evaluate.evaluation import Evaluation, EvaluationSettings
from pipeline.evaluate.feature_files import with_file
from pipeline.evaluate.translation import TranslationEvaluation
from pipeline.factories.stores import model_store, weight_store
from pipeline.settings.config import ComponentNames, DataConfig
from storage.known_stores import folder_of
from storage.paths import data_folder
from storage.run_folder import DirectoryFolder

__all__ = ["EvaluateJob", "EvaluateRunner"]


class EvaluateJob(JobSettings):
    """Which model, against which pictures, and where the report goes."""

    kind: Literal["evaluate"] = "evaluate"
    model: str
    """Name or path."""
    data: DataConfig
    evaluation: EvaluationSettings = EvaluationSettings()
    components: ComponentNames = ComponentNames()
    out: Path | None = None
    """Folder of the report; None for the model's."""


@final
class EvaluateRunner:
    """Generates, measures and writes the report: a `JobRunner`. One that was broken off begins anew."""

    total = 1
    """Report."""

    def __init__(
        self, settings: EvaluateJob, *, root: Path, record: RunRecord | None, listener: Listener | None
    ) -> None:
        found = model_store(settings.components).get(settings.model)
        own = folder_of(record, root) if record else None
        self.folder: Path | None = own or (settings.out or _home(found)).absolute()
        self._settings = settings
        self._listener = listener
        self._control: JobControl | None = None
        translates = isinstance(found.architecture, TranslationNetwork)
        judge = TranslationEvaluation if translates else Evaluation
        self._evaluation: Evaluation | TranslationEvaluation = judge(
            found, settings.data, settings.evaluation, settings.components, listener=self._hear
        )
        self.report: dict[str, JsonValue] = {}
        """What was measured, once it was."""

    @property
    def settings(self) -> EvaluateJob:
        """The settings with definite paths."""
        given, weights = self._settings, weight_store(self._settings.components)
        evaluation = {
            "features": tuple(_definite_features(each, weights) for each in given.evaluation.features),
            "inception": given.evaluation.inception and given.evaluation.inception.absolute(),
        }
        definite = {
            "model": _definite(given.model),
            "evaluation": {**dict(given.evaluation), **evaluation},
            "out": self.folder,
        }
        return EvaluateJob.model_validate({**dict(given), **definite})

    def prepare(self) -> None:
        """Do nothing: the features were loaded, and the pictures are looked at when it runs."""

    def run(self, control: JobControl) -> None:
        """Measure, and write the report."""
        self._control = control
        self.report = self._evaluation.run(DirectoryFolder(self.folder or Path()))
        control.note(1)

    def _hear(self, event: Event) -> None:
        """Pass ``event`` on; between two steps is the moment to hear that it shall end."""
        if self._listener is not None:
            self._listener(event)
        if self._control is not None:
            self._control.check()


def _definite(name_or_path: str) -> str:
    return str(Path(name_or_path).absolute()) if Path(name_or_path).exists() else name_or_path


def _definite_features(wanted: str, weights: WeightStore) -> str:
    kind, colon, path = with_file(wanted, weights).partition(":")
    return f"{kind}{colon}{_definite(path)}"


def _home(model: IGME) -> Path:
    """Return the model's folder; the shipped model's belongs to the package, so that it has another one."""
    folder = model.weights_path.parent
    return data_folder() / "evaluations" / model.name if folder.samefile(SHIPPED_MODEL) else folder
