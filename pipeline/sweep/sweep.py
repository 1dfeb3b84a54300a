"""A search of the model space: many short trainings, the poor ones stopped early, all of it resumable."""

import hashlib
import json
from collections.abc import Sequence
from math import inf
from pathlib import Path
from threading import Event as Flag
from time import monotonic
from typing import final

from pydantic import JsonValue, ValidationError

from interfaces.errors import CheckpointError, RunError, SettingsError
from interfaces.events import Listener, Notice, RunFinished, RunStarted
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder
from interfaces.runs import RunRecord
from pipeline.runs.supervisor import Control, Stopped, supervise
from pipeline.settings.config import ComponentNames, DataConfig
from pipeline.settings.json_files import read_lines
from pipeline.sweep.metric import SampleDistance
from pipeline.sweep.observer import SweepProgress, TrialWatch
from pipeline.sweep.plan import Point, check_points, draw_points, training_of, write_plan
from pipeline.sweep.results import write_result
from pipeline.sweep.settings import SweepSettings
from pipeline.sweep.study import Outcome, SweepStudy, Trial, TrialResult
from pipeline.train.training import Learning
from storage.known_stores import remember
from storage.paths import data_folder
from storage.run_folder import DirectoryFolder
from storage.run_queue import SqlRunQueue

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
        self._cancelled = Flag()
        self._drawn_at = -inf

    @classmethod
    def of_record(cls, record: RunRecord, folder: Path, listener: Listener | None = None) -> "Sweep":
        """Return the sweep that ``record`` was made for.

        Raises:
            RunError: the record is not that of a sweep.
        """
        try:
            settings = SweepSettings.model_validate(record.settings.get("sweep"))
            components = ComponentNames.model_validate(record.settings.get("components"))
        except ValidationError as error:
            raise RunError(
                f"run {record.id} was recorded by another version and cannot be resumed: {error}"
            ) from error
        return cls(settings, components=components, folder=folder, listener=listener)

    def cancel(self) -> None:
        """Ask the trial under way to save and the sweep to end."""
        self._cancelled.set()

    def run(self, run: str | None = None, *, resume: bool = False) -> tuple[RunRecord, list[TrialResult]]:
        """Make the trials that are missing; return the run's record as it ended, and all results so far.

        Args:
            run: a run to go on with; None goes on with the folder's own, or begins a new one.
            resume: go on with the sweep in the folder.

        Raises:
            RunError: the folder holds a sweep and ``resume`` is False, or another one.
        """
        pack = self._prepare(resume=resume or run is not None)
        queue = SqlRunQueue(self.folder.path)
        remember(self.folder.path)
        run = run or self._find_run(queue) or self._new_run(queue)
        with (
            supervise(queue, run, self._cancelled, self._listener) as control,
            SweepStudy(self.folder.path, self.settings) as study,
        ):
            results = study.results
            started = RunStarted(run=run, total=control.record.total, done=len(results) * self.settings.steps)
            self._listener(started)
            self._try_all(study, pack, control)
        ended = queue.get(run)
        seconds = (ended.updated - control.record.updated).total_seconds()
        self._listener(RunFinished(run=run, state=ended.state, stored=0, seconds=seconds))
        return ended, study.results

    @property
    def data(self) -> DataConfig:
        """Where the pictures come from."""
        return DataConfig(source=self.settings.source, style_from_prefix=self.settings.style_from_prefix)

    def _learning(self, number: int) -> Learning:
        folder = self.folder.path / "trials" / f"{number:03d}"
        training = training_of(self.settings, self.points[number - 1])
        return Learning(self.data, training, self._components, folder=folder, listener=self._listener)

    def _prepare(self, *, resume: bool) -> IPDT:
        """Write the plan, or check that it is the one in the folder; return the data."""
        pack = self._learning(next(n for n in range(1, len(self.points) + 1) if n not in self.refused)).pack
        write_plan(
            self.folder, self.settings, self.points, pack.fingerprint, resume=resume, listener=self._listener
        )
        return pack

    def _find_run(self, queue: SqlRunQueue) -> str | None:
        return next((r.id for r in queue.list() if r.kind == "study" and r.state != "done"), None)

    def _new_run(self, queue: SqlRunQueue) -> str:
        settings: dict[str, JsonValue] = {
            "sweep": self.settings.model_dump(mode="json"),
            "components": self._components.model_dump(mode="json"),
        }
        return queue.create("study", settings, len(self.points) * self.settings.steps).id

    def _try_all(self, study: SweepStudy, pack: IPDT, control: Control) -> None:
        distance = SampleDistance(pack, self.settings.metric)
        for number in range(len(study.results) + 1, len(self.points) + 1):
            control.check()
            trial = Trial(study, self.points[number - 1])
            if number in self.refused:
                result = trial.end("refused", reason=self.refused[number])
            else:
                result = self._train(trial, distance, control)
            self._conclude(result, study, distance, control)

    def _train(self, trial: Trial, distance: SampleDistance, control: Control) -> TrialResult:
        learning = self._learning(trial.number)
        folder = learning.folder
        self._listener.trial = (trial.number, len(self.points), self.settings.steps)
        watch = TrialWatch(trial, distance, self.settings, control)
        watch.recall(folder)
        reason = ""
        try:
            if not trial.pruned:
                begun = bool(folder.names("checkpoints/step-*.json"))
                if learning.train(resume=begun, watch=watch) is None and not trial.pruned:
                    if watch.asked.state != "done":
                        raise Stopped(watch.asked.state)
                    reason = "the training stopped before its end"
        except (SettingsError, CheckpointError) as error:
            reason = str(error)
        if not reason and not trial.values:
            reason = "nothing was measured"
        outcome: Outcome = "pruned" if trial.pruned else "failed" if reason else "complete"
        return trial.end(outcome, _seconds(folder), reason)

    def _conclude(
        self, result: TrialResult, study: SweepStudy, distance: SampleDistance, control: Control
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
