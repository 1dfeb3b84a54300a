"""What looks on while a trial trains, and what the user sees of it."""

import json
from math import isfinite
from time import monotonic
from typing import final

from interfaces.errors import SettingsError
from interfaces.events import Event, Listener, Notice, Progress
from interfaces.jobs import JobControl
from interfaces.ports import LatentView, RunFolder, TrainingView
from pipeline.runs.stop_observer import NOTE_EVERY_S, StopWhenAsked
from pipeline.settings.json_files import read_lines
from pipeline.sweep.metric import SampleDistance
from pipeline.sweep.settings import SweepSettings
from pipeline.sweep.study import Trial

__all__ = ["SweepProgress", "TrialWatch"]

VALUES_FILE = "metric.jsonl"


@final
class TrialWatch:
    """Measures a trial under way, and stops it when it is pruned or somebody asks for it."""

    def __init__(
        self, trial: Trial, distance: SampleDistance, settings: SweepSettings, control: JobControl
    ) -> None:
        self._trial = trial
        self._distance = distance
        self._settings = settings
        self._control = control
        self._noted = monotonic()
        self.asked = StopWhenAsked(control, counts=False)

    def recall(self, folder: RunFolder) -> None:
        """Take the values again that were measured before a kill; what it cut off is measured again."""
        lines = list(read_lines(folder.path / VALUES_FILE))
        if lines:
            folder.write(VALUES_FILE, "".join(f"{json.dumps(line)}\n" for line in lines).encode())
        for line in lines:
            self._trial.report(line["step"], line["value"])

    def observe(self, view: TrainingView, folder: RunFolder) -> bool:
        """Measure if it is time; False ends the trial here."""
        due = view.step % self._settings.metric.every == 0 or view.step == view.steps
        if due and view.step not in self._trial.values and isinstance(view, LatentView):
            value = self._distance(view)
            if not isfinite(value):
                raise SettingsError(f"the samples of step {view.step} are not finite")
            folder.append(VALUES_FILE, json.dumps({"step": view.step, "value": value}))
            self._trial.report(view.step, value)
        if monotonic() - self._noted > NOTE_EVERY_S:
            self._control.note((self._trial.number - 1) * self._settings.steps + view.step)
            self._noted = monotonic()
        return self.asked.observe(view, folder) and not self._trial.pruned

    def finish(self, folder: RunFolder) -> None:
        """Do nothing: each value was written when it was measured."""


@final
class SweepProgress:
    """Passes events on: the steps of a trial as those of the sweep, and each notice once."""

    def __init__(self, listener: Listener | None) -> None:
        self._listener = listener
        self._told: set[str] = set()
        self.trial = (1, 1, 1)
        """Number of the trial under way, of how many, of how many steps each."""

    def __call__(self, event: Event) -> None:
        """Pass ``event`` on, changed where it is about a trial."""
        if self._listener is None or (isinstance(event, Notice) and event.text in self._told):
            return
        if isinstance(event, Notice):
            self._told.add(event.text)
        if isinstance(event, Progress) and event.stage == "training":
            number, trials, steps = self.trial
            detail = f"trial {number} of {trials}: {event.detail}"
            event = Progress(
                stage="sweep",
                done=(number - 1) * steps + event.done,
                total=trials * steps,
                unit="steps",
                detail=detail,
            )
        self._listener(event)
