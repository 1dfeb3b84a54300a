"""From a training source to a model: training store → preprocessing → training, reusing what is there."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, final

from components.training import (
    TRAINERS,
    BasicSettings,
    ConfiguredTrainer,
    Rehearsal,
    any_settings_with,
    find_start,
    rehearse,
)
from interfaces.errors import SettingsError
from interfaces.events import Listener, Notice
from interfaces.igme import IGME
from interfaces.ipdt import IPDT
from interfaces.marks import Free, free_settings, with_values
from interfaces.ports import ModelStore, SaysWhy, TrainingObserver
from interfaces.trained_enhancer import TrainedEnhancer
from pipeline.factories.observers import make_observers
from pipeline.factories.registries import make_component
from pipeline.factories.speeds import remember_speeds
from pipeline.factories.stores import model_store, weight_store
from pipeline.settings.config import ComponentNames, DataConfig, TrainingConfig
from pipeline.train.data import prepare, source_parts, tell_start
from pipeline.train.files import check_means_one, with_files
from pipeline.train.teaching import Lessons, check_teacher
from storage.paths import cache_folder, data_folder
from storage.run_folder import DirectoryFolder

__all__ = ["Learning"]

MODEL_FILE = "model.json"


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
        self._components = components or ComponentNames()
        self._models = model_store(self._components)
        self.settings = any_settings_with(training.preset, training.overrides, self._components.trainer)
        self._definite = with_files(self.settings, weight_store(self._components), self._models)
        check_teacher(self._definite.teaching)
        self._data = DataConfig.model_validate(
            {**data.model_dump(), "options": {**self.settings.pack_options(), **data.options}}
        )
        self._preset = training.preset
        self._trainer = _trainer_of(self.settings, training.preset, self._components.trainer)
        self._observers = make_observers(self._components)
        # made again when they are needed; here, so that what is wrong with them is told before anything begins
        make_component(TRAINERS, self._trainer, self._definite)
        source_parts(self._data, self._components)
        self._folder = folder
        self._check_start()
        remember_speeds()
        self._listener = listener
        self._pack: IPDT | None = None
        self._lessons: Lessons | None = None

    @property
    def pack(self) -> IPDT:
        """The data, prepared when it is first asked for, without what a teacher makes of them."""
        if self._pack is None:
            self._pack = prepare(self._data, self._components, self._listener)
        return self._pack

    @property
    def lessons(self) -> Lessons | None:
        """What a teacher makes of the data, where there is one; it is not asked before the training begins."""
        teaching = self._definite.teaching
        if self._lessons is None and teaching is not None:
            folder = DirectoryFolder(cache_folder() / "lessons")
            self._lessons = Lessons(self.pack, teaching, folder, self._listener)
        return self._lessons

    @property
    def total_steps(self) -> int:
        """Steps of the whole training: the generator's, where there is one."""
        return self.settings.steps_on(self.pack)

    @property
    def folder(self) -> DirectoryFolder:
        """Where checkpoints, log and the finished model lie."""
        if self._folder is not None:
            return DirectoryFolder(self._folder)
        key = hashlib.sha256(
            json.dumps(
                [
                    (self.lessons or self.pack).fingerprint,
                    self._trainer,
                    self._deciding(),
                ],
                sort_keys=True,
            ).encode()
        )
        name = f"{self.pack.dataset}-{self._preset}-{key.hexdigest()[:8]}"
        return DirectoryFolder(data_folder() / "models" / name)

    @property
    def name(self) -> str:
        """What the model shall be called: as the settings say, else by data and preset."""
        return self.settings.name or f"{self.pack.dataset}-{self._preset}"[:240]

    @property
    def why_stopped(self) -> str:
        """Why an observer has stopped the training; empty where none has, or it does not say."""
        said = [observer.why_stopped for observer in self._observers if isinstance(observer, SaysWhy)]
        return next(filter(None, said), "")

    def _deciding(self) -> dict[str, Any]:
        """Return the settings as JSON, with the preset's in place of those that change nothing in the result."""
        usual = any_settings_with(self._preset, {}, self._components.trainer)
        free = free_settings(usual, Free.RESULT)
        return with_values(self.settings, {name: getattr(usual, name) for name in free}).model_dump(
            mode="json"
        )

    def finished(self, models: ModelStore) -> IGME | None:
        """Return the model where this very training was done before."""
        if not self.folder.names(MODEL_FILE):
            return None
        return models.get(str(self.folder.path))

    def rehearse(self) -> Rehearsal:
        """Make a few steps in memory, and return what the training will take."""
        if self._definite.start is not None:
            find_start(self._definite.start)
        trainer = TRAINERS.resolve(self._trainer)(self._definite)
        if not isinstance(
            trainer, ConfiguredTrainer
        ):  # anybody's: what it does with these settings, ours would do
            trainer = TRAINERS[self._definite.trainer](self._definite)
        if self.lessons is None:
            return rehearse(trainer, self.pack, self._listener)
        pack, seconds = self.lessons.try_out()
        found = rehearse(trainer, pack, self._listener)
        return Rehearsal.model_validate({**dict(found), "teacher_s": seconds})

    def _check_start(self) -> None:
        """Refuse a start that is not there before anything begins; a training that goes on needs it no more."""
        start = self._definite.start
        if start is None or (
            self._folder is not None and DirectoryFolder(self._folder).names("checkpoints/step-*.json")
        ):
            return
        check_means_one(start, self._models)
        if self._folder is not None:
            find_start(start)

    def train(
        self,
        *,
        resume: bool,
        watch: TrainingObserver | None = None,
        check: Callable[[], None] = lambda: None,
    ) -> IGME | TrainedEnhancer | None:
        """Train, with the observers of the configuration looking on; None when ``watch`` stopped it.

        Args:
            resume: go on from the newest checkpoint in the folder.
            watch: looks on, too.
            check: is called now and then before the first step, while a teacher is asked; raises where that shall end.
        """
        pack = self.pack
        if pack.set_aside and self._listener is not None:
            text = (
                f"{len(pack.set_aside)} files of {pack.dataset} are set aside; `artgen data inspect` says why"
            )
            self._listener(Notice(level="warning", text=text))
        trainer = make_component(TRAINERS, self._trainer, self._definite)
        if self.lessons is not None:
            pack = self.lessons.prepare(check)
        tell_start(self._listener, "training", self._trainer)
        observers = self._observers if watch is None else [*self._observers, watch]
        return trainer.train(pack, self.folder, resume=resume, observers=observers, listener=self._listener)


def _trainer_of(settings: BasicSettings, preset: str, wanted: str | None) -> str:
    """Return the name of the trainer: the one that takes ``settings``, or ``wanted``, where that is not built in."""
    if wanted in TRAINERS and wanted != settings.trainer:
        raise SettingsError(
            f"components.trainer: wanted {settings.trainer} for the preset {preset}, got {wanted}; "
            "leave it out, and the right one is taken"
        )
    return wanted or settings.trainer
