"""From a training source to a model: training store → preprocessing → training, reusing what is there."""

import hashlib
import json
from pathlib import Path
from typing import final

from pydantic import JsonValue

from components.evaluation import OBSERVERS
from components.networks.projected import ProjectedCritic
from components.training import (
    TRAINERS,
    EnhancerSettings,
    Rehearsal,
    TrainingSettings,
    any_settings_with,
    find_start,
    rehearse,
)
from interfaces.errors import SettingsError, WeightsError
from interfaces.events import Listener, Notice
from interfaces.igme import IGME
from interfaces.ipdt import IPDT
from interfaces.ports import ModelStore, TrainingObserver
from interfaces.trained_enhancer import TrainedEnhancer
from pipeline.configuration import ComponentNames, DataConfig, TrainingConfig
from pipeline.models import model_store
from pipeline.preparation import prepare, tell_start
from pipeline.speeds import remember_speeds
from storage.places import data_folder
from storage.run_folder import DirectoryFolder
from storage.weight_store import CachedWeightStore

__all__ = ["Learning", "with_files"]

MODEL_FILE = "model.json"
TORCHVISION_FILES = {"squeezenet1_1": "squeezenet1_1-b8a52dc0.pth"}
"""Names under which torchvision publishes weights."""


@final
class Learning:
    """One training: the data, the settings, and the folder that they determine.

    Args:
        data: the source; the side of its squares follows the network unless it is given.
        training: preset and what differs from it.
        components: which store, preprocessor and trainer.
        folder: where the model goes; None for one in the user's data folder, named by data and settings, so
            that the same training is found again.
        listener: is told every event.

    Raises:
        SettingsError: the settings are wrong; all problems at once.
    """

    def __init__(
        self,
        data: DataConfig,
        training: TrainingConfig,
        components: ComponentNames | None = None,
        *,
        folder: Path | None = None,
        listener: Listener | None = None,
    ) -> None:
        self.settings = any_settings_with(training.preset, training.overrides)
        self._definite = _with_start(with_files(self.settings, CachedWeightStore()))
        self._data = DataConfig.model_validate(
            {**data.model_dump(), "options": {**_squares(self.settings), **data.options}}
        )
        self._preset = training.preset
        self._components = components or ComponentNames()
        self._trainer = _trainer_of(self.settings, training.preset, self._components.trainer)
        self._observers: list[TrainingObserver] = [
            OBSERVERS.resolve(name)() for name in self._components.observers
        ]
        self._folder = folder
        self._check_start()
        remember_speeds()
        self._listener = listener
        self._pack: IPDT | None = None

    @property
    def pack(self) -> IPDT:
        """The data, prepared when it is first asked for."""
        if self._pack is None:
            self._pack = prepare(self._data, self._components, self._listener)
        return self._pack

    @property
    def total_steps(self) -> int:
        """Steps of the whole training: the generator's, where there is one."""
        return self.settings.total_steps(int((self.pack.is_test == 0).sum()))

    @property
    def folder(self) -> DirectoryFolder:
        """Where checkpoints, log and the finished model lie."""
        if self._folder is not None:
            return DirectoryFolder(self._folder)
        key = hashlib.sha256(
            json.dumps(
                [self.pack.fingerprint, self._trainer, self.settings.model_dump(mode="json")],
                sort_keys=True,
            ).encode()
        )
        name = f"{self.pack.dataset}-{self._preset}-{key.hexdigest()[:8]}"
        return DirectoryFolder(data_folder() / "models" / name)

    def finished(self, models: ModelStore) -> IGME | None:
        """Return the model where this very training was done before."""
        if not self.folder.names(MODEL_FILE):
            return None
        return models.get(str(self.folder.path))

    def rehearse(self) -> Rehearsal:
        """Make a few steps in memory, and return what the training will take."""
        if self._definite.start is not None:
            find_start(self._definite.start)
        return rehearse(self._definite, self.pack, self._listener)

    def _check_start(self) -> None:
        """Refuse a start that is not there before anything begins; a training that goes on needs it no more."""
        if self._definite.start is None or self._folder is None:
            return
        if not DirectoryFolder(self._folder).names("checkpoints/step-*.json"):
            find_start(self._definite.start)

    def train(self, *, resume: bool, watch: TrainingObserver | None = None) -> IGME | TrainedEnhancer | None:
        """Train, with the observers of the configuration looking on; None when ``watch`` stopped it."""
        pack = self.pack
        if pack.set_aside and self._listener is not None:
            text = (
                f"{len(pack.set_aside)} files of {pack.dataset} are set aside; `artgen data inspect` says why"
            )
            self._listener(Notice(level="warning", text=text))
        trainer = TRAINERS.resolve(self._trainer)(self._definite)
        tell_start(self._listener, "training", self._trainer)
        observers = self._observers if watch is None else [*self._observers, watch]
        return trainer.train(pack, self.folder, resume=resume, observers=observers, listener=self._listener)


def _trainer_of(settings: TrainingSettings, preset: str, wanted: str | None) -> str:
    """Return the name of the trainer: the one that takes ``settings``, or ``wanted``, where that is not built in."""
    if wanted in TRAINERS and wanted != settings.trainer:
        raise SettingsError(
            f"components.trainer: wanted {settings.trainer} for the preset {preset}, got {wanted}; "
            "leave it out, and the right one is taken"
        )
    return wanted or settings.trainer


def _squares(settings: TrainingSettings) -> dict[str, JsonValue]:
    """Return the options of the preprocessor by which the squares fit the network."""
    if isinstance(settings, EnhancerSettings):
        # an enlarged picture would teach the network to blur, and a shrunk one has lost what a large one can teach
        return {"side": settings.side, "channels": 3, "enlarge": False, "pieces": True}
    return {"side": settings.generator.side, "channels": settings.generator.channels}


def _with_start(settings: TrainingSettings) -> TrainingSettings:
    """Return ``settings`` with the path of the weights in place of the name of a finished model.

    Another name stays as it is: a training that goes on needs its start no more, and a new one will refuse it.
    """
    if settings.start is None or Path(settings.start).expanduser().exists():
        return settings
    try:
        path = model_store().get(settings.start).weights_path
    except WeightsError:
        return settings
    return type(settings).model_validate({**dict(settings), "start": str(path)})


def with_files(settings: TrainingSettings, weights: CachedWeightStore) -> TrainingSettings:
    """Return ``settings`` with the paths of the files of frozen features that they name.

    Raises:
        SettingsError: there is no such file.
    """
    found = dict(settings)
    if isinstance(settings, EnhancerSettings):
        if settings.uses_features:
            found["features"] = _features("features", settings.features, weights)
    elif isinstance(settings.critic, ProjectedCritic):
        path = _features("critic.features", settings.critic.features, weights)
        found["critic"] = {**dict(settings.critic), "features": path}
    return type(settings).model_validate(found)


def _features(setting: str, name: str, weights: CachedWeightStore) -> str:
    given = Path(name).expanduser().absolute()
    if given.is_file():
        return str(given)
    problems: list[str] = []
    for look in (_official, _in_folders):
        try:
            return str(look(name, weights))
        except WeightsError as error:
            problems.append(str(error))
    raise SettingsError(
        f"{setting}: {'; '.join(filter(None, problems))}; or give its path: --set {setting}=PATH"
    )


def _official(name: str, weights: CachedWeightStore) -> Path:
    if name not in weights.table:
        raise WeightsError("")
    found = weights.find(name)
    if found is None:
        raise WeightsError(f"{name} is not on this machine: {weights.advice(name)}")
    return found


def _in_folders(name: str, weights: CachedWeightStore) -> Path:
    names = [TORCHVISION_FILES.get(name, name), f"{name.removesuffix('.safetensors')}.safetensors"]
    first, last = names
    try:
        return weights.locate(first)
    except WeightsError:
        return weights.locate(last)
