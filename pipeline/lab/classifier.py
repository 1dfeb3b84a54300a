"""Teaching the classifier that colours maps, as a job; and finding one that was taught before."""

from pathlib import Path
from typing import Literal, final

from components.exploration import (
    CLASSIFIER_FILE,
    ClassifierSettings,
    describe_classifier,
    teach,
    write_classifier,
)
from components.networks.runtime import describe_runtime
from interfaces.class_maps import TrainedClassifier
from interfaces.errors import SettingsError
from interfaces.events import Listener, Progress
from interfaces.ipdt import IPDT
from interfaces.jobs import JobControl, JobSettings
from interfaces.runs import RunRecord
from pipeline.settings.config import ComponentNames, DataConfig
from pipeline.train.data import prepare, source_parts, tell_start
from storage.known_stores import folder_of
from storage.paths import data_folder
from storage.run_folder import DirectoryFolder

__all__ = ["ClassifierJob", "ClassifierRunner", "classifiers_folder"]


def classifiers_folder() -> Path:
    """Return where classifiers lie for which nobody named a folder."""
    return data_folder() / "classifiers"


class ClassifierJob(JobSettings):
    """What to learn from, how, and where the classifier goes."""

    kind: Literal["classifier"] = "classifier"
    data: DataConfig
    classifier: ClassifierSettings = ClassifierSettings()
    components: ComponentNames = ComponentNames()
    out: Path | None = None
    """None for a folder in the user's data folder, named by the data, where maps of models of the same data find it."""


@final
class ClassifierRunner:
    """Teaches a classifier and writes it: a `JobRunner`. One that was broken off begins anew: it takes a minute."""

    total = 0
    """Steps, once they are known."""

    def __init__(
        self, settings: ClassifierJob, *, root: Path, record: RunRecord | None, listener: Listener | None
    ) -> None:
        own = folder_of(record, root) if record else None
        self.folder: Path | None = own or (settings.out and settings.out.absolute())
        self.classifier: TrainedClassifier | None = None
        """Once it is written."""
        self._settings = settings
        self._listener = listener
        self._pack: IPDT | None = None
        source_parts(settings.data, settings.components)

    @property
    def settings(self) -> ClassifierJob:
        """The settings with a definite folder."""
        return ClassifierJob.model_validate({**dict(self._settings), "out": self.folder})

    def prepare(self) -> None:
        """Prepare the data.

        Raises:
            SettingsError: the folder has a classifier of other data.
        """
        self._prepared()

    def _prepared(self) -> tuple[IPDT, Path]:
        pack = self._pack = self._pack or prepare(
            self._settings.data, self._settings.components, self._listener
        )
        name = f"{pack.dataset[:200]}-{pack.fingerprint[:8]}"
        folder = self.folder = self.folder or classifiers_folder() / name
        if (folder / CLASSIFIER_FILE).exists():
            there = describe_classifier(folder)
            if there.data_fingerprint != pack.fingerprint:
                raise SettingsError(
                    f"{folder} has a classifier of other data ({there.dataset}, {there.network.side} px) already; name another "
                    "folder with --out, or remove it"
                )
        return pack, folder

    def run(self, control: JobControl) -> None:
        """Teach and write."""
        pack, folder = self._prepared()
        tell_start(self._listener, "training", "classifier")

        def tell(done: int, total: int) -> None:
            self.total = total
            if self._listener is not None:
                self._listener(Progress(stage="training", done=done, total=total, unit="steps"))
            control.check()

        taught = teach(pack, self._settings.classifier, tell)
        self.classifier = write_classifier(
            taught.classifier,
            DirectoryFolder(folder),
            dataset=pack.dataset,
            fingerprint=pack.fingerprint,
            accuracy=taught.accuracy,
            held_out=taught.held_out,
            training={
                "settings": self._settings.classifier.model_dump(mode="json"),
                "steps": taught.steps,
                "seconds": round(taught.seconds, 2),
                "runtime": describe_runtime(next(taught.classifier.network.parameters()).device),
            },
        )
        control.note(taught.steps)
