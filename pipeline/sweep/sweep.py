"""A search of the model space: many short trainings, the poor ones stopped early, all of it resumable."""

import hashlib
import json
from collections.abc import Sequence
from math import inf
from pathlib import Path
from time import monotonic
from typing import final

from interfaces.errors import CheckpointError, SettingsError
from interfaces.events import Listener, Notice
from interfaces.ipdt import IPDT
from interfaces.jobs import JobControl
from interfaces.ports import RunFolder
from pipeline.settings.config import ComponentNames, DataConfig
from pipeline.settings.json_files import read_lines
from pipeline.sweep.metric import SampleDistance
from pipeline.sweep.observer import SweepProgress, TrialWatch
from pipeline.sweep.plan import Point, check_points, draw_points, training_of, write_plan
from pipeline.sweep.results import write_result
from pipeline.sweep.settings import SweepSettings
from pipeline.sweep.study import Outcome, SweepStudy, Trial, TrialResult
from pipeline.train.training import Learning
from storage.folder_lock import writing_to
from storage.paths import data_folder
from storage.run_folder import DirectoryFolder

__all__ = ["Sweep"]


_SECONDS_BETWEEN_PICTURES = 10.0
"""Drawing takes longer than the shortest trials."""


@final
class Sweep:
    """One sweep in its folder: ``plan.json``, ``trials/``, Optuna's database, and the results so far.

    Killed at any moment and resumed, it makes the same trials with the same values as one that was left alone
    (one processor, same number of threads): the points are drawn before the first trial, a trial under way goes on from its
    checkpoint, and the values that it measured before are taken again from its ``metric.jsonl``.

    Args:
        settings: what to try.
        components: which store, preprocessor, trainer and observers.
        folder: where everything goes; None for one in the user's data folder, named by the settings.
        listener: is told every event.

    Raises:
        SettingsError: the settings are wrong; all problems at once.
    """

    def __init__(
        self,
        settings: SweepSettings,
        *,
        components: ComponentNames | None = None,
        folder: Path | None = None,
        listener: Listener | None = None,
    ) -> None:
        self.settings = settings
        self.points: Sequence[Point] = draw_points(settings)
        self.refused = check_points(settings, self.points)
        """Points that make no sense, by number, with the reason."""
        self.folder = DirectoryFolder(folder or _default_folder(settings))
        self._components = components or ComponentNames()
        self._listener = SweepProgress(listener)
        self._drawn_at = -inf

    @property
    def total(self) -> int:
        """Steps of all trials."""
        return len(self.points) * self.settings.steps

    def prepare(self, *, resume: bool) -> IPDT:
        """Write the plan, or check that it is the one in the folder; return the data.

        Raises:
            RunError: the folder holds a sweep and ``resume`` is False, or another one.
        """
        pack = self._learning(next(n for n in range(1, len(self.points) + 1) if n not in self.refused)).pack
        write_plan(
            self.folder, self.settings, self.points, pack.fingerprint, resume=resume, listener=self._listener
        )
        return pack

    def run(self, pack: IPDT, control: JobControl) -> None:
        """Make the trials that are missing."""
        with SweepStudy(self.folder.path, self.settings) as study:
            control.note(len(study.results) * self.settings.steps)
            self._try_all(study, pack, control)

    @property
    def data(self) -> DataConfig:
        """Where the pictures come from."""
        return DataConfig(source=self.settings.source, style_from_prefix=self.settings.style_from_prefix)

    def _learning(self, number: int) -> Learning:
        folder = self.folder.path / "trials" / f"{number:03d}"
        training = training_of(self.settings, self.points[number - 1])
        return Learning(self.data, training, self._components, folder=folder, listener=self._listener)

    def _try_all(self, study: SweepStudy, pack: IPDT, control: JobControl) -> None:
        distance = SampleDistance(pack, self.settings.metric)
        for number in range(len(study.results) + 1, len(self.points) + 1):
            control.check()
            trial = Trial(study, self.points[number - 1])
            if number in self.refused:
                result = trial.end("refused", reason=self.refused[number])
            else:
                result = self._train(trial, distance, control)
            self._conclude(result, study, distance, control)

    def _train(self, trial: Trial, distance: SampleDistance, control: JobControl) -> TrialResult:
        learning = self._learning(trial.number)
        folder = learning.folder
        self._listener.trial = (trial.number, len(self.points), self.settings.steps)
        watch = TrialWatch(trial, distance, self.settings, control)
        watch.recall(folder)
        reason = ""
        try:
            if not trial.pruned:
                begun = bool(folder.names("checkpoints/step-*.json"))
                with writing_to(folder.path, control.record.id):
                    trained = learning.train(resume=begun, watch=watch)
                if trained is None and not trial.pruned:
                    if watch.asked.stopped is not None:
                        raise watch.asked.stopped
                    reason = "the training stopped before its end"
        except (SettingsError, CheckpointError) as error:
            reason = str(error)
        if not reason and not trial.values:
            reason = "nothing was measured"
        outcome: Outcome = "pruned" if trial.pruned else "failed" if reason else "complete"
        return trial.end(outcome, _seconds(folder), reason)

    def _conclude(
        self, result: TrialResult, study: SweepStudy, distance: SampleDistance, control: JobControl
    ) -> None:
        folder = DirectoryFolder(self.folder.path / "trials" / f"{result.number:03d}")
        if not self.settings.keep_checkpoints:
            for name in folder.names("checkpoints/*"):
                folder.delete(name)
        control.note(result.number * self.settings.steps)
        due = result.number == len(self.points) or monotonic() - self._drawn_at > _SECONDS_BETWEEN_PICTURES
        write_result(self.folder, self.settings, study.results, distance.floor, picture=due)
        if due:
            self._drawn_at = monotonic()
        value = "" if result.value is None else f" {result.value:.4g} at step {max(result.values)}"
        text = f"trial {result.number} of {len(self.points)}: {result.outcome}{value}"
        self._listener(Notice(level="info", text=f"{text}{'; ' if result.reason else ''}{result.reason}"))


def _default_folder(settings: SweepSettings) -> Path:
    """Return a folder that the same sweep finds again; with more trials, too."""
    told = settings.model_dump(mode="json", exclude={"count", "keep_checkpoints"})
    key = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    return data_folder() / "sweeps" / f"{Path(settings.source).stem}-{settings.preset}-{key[:8]}"


def _seconds(folder: RunFolder) -> float:
    last = 0.0
    for line in read_lines(folder.path / "log.jsonl"):
        last = float(line["seconds"])
    return last
