"""What a training writes while it runs, and where a resumed one begins."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn, final

import torch
from torch import Tensor

from components.networks.runtime import describe_runtime
from components.training.checkpoints.data_lineage import earlier_data
from components.training.checkpoints.initial_weights import read_start
from components.training.checkpoints.state import Parts
from components.training.checkpoints.store import (
    CheckpointNote,
    Checkpoints,
    EarlierData,
    differences,
    first_not_finite,
    name_of,
)
from components.training.engine.collapse_log import DIVERGED, Collapse, CollapseLog, describe
from components.training.engine.log import TrainingLog
from components.training.settings.basic import BasicSettings
from components.training.settings.identity import before_there_was, deciding, identity
from interfaces.errors import CheckpointError, SettingsError
from interfaces.events import Listener, Progress
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder

__all__ = ["Recorder"]

_SECONDS_BETWEEN_EVENTS = 0.2
_PROCESSES = "processes"


@final
class Recorder:
    """Settings, log, checkpoints, progress and provenance of one training.

    Args:
        settings: of the training.
        data: its pack.
        folder: where all is written.
        device: where it computes.
        total: steps in all.
        listener: is told the progress.
        digests: of the files besides the data that decide the numbers, by what they are.
        good: whether the training was well at a checkpoint; where it can be unwell.
        haven: whether it may go back there; where it can go back.
    """

    def __init__(
        self,
        settings: BasicSettings,
        data: IPDT,
        folder: RunFolder,
        device: torch.device,
        total: int,
        listener: Listener | None,
        digests: Mapping[str, str],
        *,
        good: Callable[[CheckpointNote], bool] = lambda note: True,
        haven: Callable[[CheckpointNote], bool] = lambda note: True,
    ) -> None:
        self.digests = dict(digests)
        """Of the files besides the data that decide the numbers, by what they are."""
        self._settings = settings
        self._data = data
        self._folder = folder
        self._runtime = describe_runtime(device) | {_PROCESSES: settings.processes.total}
        self._total = total
        self._listener = listener
        self._log = TrainingLog(folder)
        self.collapses = CollapseLog(folder)
        """Where collapses are written down."""
        self.checkpoints = Checkpoints(folder, settings.keep_checkpoints, listener, good, haven)
        """Those of the training."""
        self._saved_at = time.monotonic()
        self._told_at = -math.inf
        self.earlier_data: tuple[EarlierData, ...] = ()
        """Other data sets that the training learnt from before."""

    def open(self, state: Parts, *, resume: bool) -> None:
        """Begin a new training, or bring the fresh ``state`` to the newest good checkpoint.

        Raises:
            CheckpointError: the folder holds checkpoints of another configuration, only damaged ones, or any at all where
                ``resume`` is False.
        """
        checkpoints = self.checkpoints
        if not resume and checkpoints.names():
            raise CheckpointError(
                f"{self._folder.path} holds a training already ({checkpoints.names()[-1]}); "
                "resume it, or train in another folder"
            )
        found = checkpoints.newest()
        if found is not None:
            note, tensors = found
            self._check(note)
            self.earlier_data = earlier_data(
                note, self._data, self._settings, self._folder.path, checkpoints.tell
            )
            _restore(state, note, tensors)
        elif resume:
            checkpoints.tell(
                "info", f"{self._folder.path} holds no checkpoint: training starts at the beginning"
            )
        if found is None:
            self._begin(state)
        self._log.cut(state.step)
        self.collapses.cut(state.reports)
        self._folder.write("settings.json", (self._settings.model_dump_json(indent=1) + "\n").encode())
        self._saved_at = time.monotonic()

    def note(self, state: Parts, values: Mapping[str, float]) -> None:
        """Log a finished step if it is time, or if rare numbers were measured; tell the listener."""
        settings, step = self._settings, state.step
        if not settings.rare.isdisjoint(values) or step % settings.log_every == 0 or step == self._total:
            images = step * settings.images_per_step
            place = {"step": step, "epoch": state.epoch, "images": images}
            self._log.add({**place, **values, "seconds": round(state.seconds, 3)})
        self._tell(state, values)

    def check_finite(self, state: Parts, values: Mapping[str, float], advice: str) -> None:
        """Stop the training where one of the ``values`` that a step measured is not finite.

        Raises:
            SettingsError: see `stop`.
        """
        for name, value in values.items():
            if not math.isfinite(value):
                self.stop(state, Collapse(DIVERGED, name, value, None, advice))

    def stop(self, state: Parts, collapse: Collapse, way_on: str = "") -> NoReturn:
        """End the training of ``state``, which has collapsed; the newest checkpoint is a good one afterwards.

        Args:
            state: of the training.
            collapse: what happened, with what to do.
            way_on: how to go on without doing that, if there is a way: a sentence.

        Raises:
            SettingsError: it tells when, why, and what to do.
        """
        self.collapses.add(state, collapse, "stop")
        good = self.checkpoints.good()
        if good:
            self.checkpoints.remove_after(good[-1])
        raise SettingsError(
            f"{describe(state, collapse)}; the last good checkpoint is {good[-1] if good else 'none'}. "
            f"{collapse.advice[:1].upper()}{collapse.advice[1:]}{way_on and '. '}{way_on}"
        )

    def go_back(self, state: Parts, names: Sequence[str]) -> None:
        """Bring the fresh ``state`` to the newest whole one of the checkpoints ``names``, or leave it at the beginning.

        What was written after that is removed.
        """
        found = self.checkpoints.newest_of(names)
        if found is None:
            self._begin(state)
        else:
            _restore(state, *found)
        self.checkpoints.remove_after(name_of(state.step))
        self._log.cut(state.step)

    def save(self, state: Parts, *, now: bool) -> str | None:
        """Write a checkpoint if it is time, or ``now``.

        Returns:
            The name of a weight that is not finite, which forbids to write one; else None.
        """
        late = time.monotonic() - self._saved_at >= self._settings.checkpoint_seconds
        if not (now or late or self.is_fixed(state.step)):
            return None
        tensors = state.tensors()
        bad = first_not_finite(tensors)
        if bad is not None:
            return bad
        note = CheckpointNote(
            step=state.step,
            seconds=state.seconds,
            state=state.values(),
            settings=deciding(self._settings),
            data_fingerprint=self._data.fingerprint,
            dataset=self._data.dataset,
            styles=self._data.styles,
            earlier_data=self.earlier_data,
            runtime=self._runtime,
            digests=self.digests,
            sha256="0" * 64,
        )
        self.checkpoints.save(tensors, note)
        self._saved_at = time.monotonic()
        return None

    def is_fixed(self, step: int) -> bool:
        """Return whether a checkpoint is written at ``step`` however fast the training is."""
        every = self._settings.fixed_checkpoints
        return every is not None and step % every == 0

    def _begin(self, state: Parts) -> None:
        if self._settings.start is not None:
            start = read_start(self._settings.start)
            if self.digests.setdefault("start", start.sha256) != start.sha256:
                raise CheckpointError(
                    f"start: {self._settings.start} is no longer what this training began with, which it has to do "
                    "again; give that very checkpoint"
                )
            state.begin_with(start.tensors)

    def _check(self, note: CheckpointNote) -> None:
        if self._settings.start is not None:
            # what it began with lies in its own checkpoint: that file may be another by now, or gone
            self.digests["start"] = note.digests.get("start", self._settings.start)
        now = identity(deciding(self._settings), self.digests)
        defaults = {key: value for key, value in before_there_was(self._settings).items() if key in now}
        before = identity({**defaults, **note.settings}, note.digests)
        if before["precision"] == "auto":  # artgen 0.1 did not write down what that was
            before["precision"] = now["precision"]
        differing = differences(before, now)
        if differing:
            raise CheckpointError(
                f"{self._folder.path} holds a training of another configuration: {'; '.join(differing)}. "
                "Give the same settings and data, or another folder"
            )
        if note.step > self._total:
            raise CheckpointError(
                f"{self._folder.path}: its checkpoint has {note.step} steps already, and {self._total} are wanted; "
                "give more steps, or another folder"
            )
        changed = differences({_PROCESSES: 1, **note.runtime}, self._runtime)
        if changed:
            self.checkpoints.tell(
                "warning", f"the last bits will differ from an undisturbed training's: {'; '.join(changed)}"
            )

    def _tell(self, state: Parts, values: Mapping[str, float]) -> None:
        now = time.monotonic()
        if self._listener is None or (
            now - self._told_at < _SECONDS_BETWEEN_EVENTS and state.step < self._total
        ):
            return
        self._told_at = now
        told = self._settings.told.items()
        detail = ", ".join(f"{name} {values[key]:.3f}" for name, key in told if key in values)
        self._listener(
            Progress(stage="training", done=state.step, total=self._total, unit="steps", detail=detail)
        )


def _restore(state: Parts, note: CheckpointNote, tensors: Mapping[str, Tensor]) -> None:
    state.step, state.seconds = note.step, note.seconds
    state.restore(tensors, note.state)
