"""What a training writes while it runs, and where a resumed one begins."""

import math
import time
from collections.abc import Mapping
from typing import final

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
from components.training.engine.batches import Position
from components.training.engine.log import TrainingLog
from components.training.enhancer.settings import TrainingSettings
from components.training.gan.best_model import RARE
from components.training.gan.collapse import Collapse, Health
from components.training.gan.collapse_log import Action, CollapseLog, action_for, describe
from components.training.gan.state import TrainingState
from components.training.settings.identity import before_there_was, deciding, identity
from interfaces.errors import CheckpointError, SettingsError
from interfaces.events import Listener, Progress
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder

__all__ = ["Journal"]

_SECONDS_BETWEEN_EVENTS = 0.2
_STEPS_BETWEEN_HAVENS = 1000
_PROCESSES = "processes"
_TOLD = {"critic": "critic_loss", "generator": "generator_loss", "loss": "loss"}
"""What the listener is told → its name in the log."""


@final
class Journal:
    """Settings, log, checkpoints and progress of one training."""

    def __init__(
        self,
        settings: TrainingSettings,
        data: IPDT,
        folder: RunFolder,
        device: torch.device,
        total: int,
        listener: Listener | None,
        digests: Mapping[str, str],
    ) -> None:
        self.digests = dict(digests)
        """Of the files besides the data that decide the numbers, by what they are."""
        self._settings = settings
        self._data = data
        self._folder = folder
        self._runtime = describe_runtime(device) | {_PROCESSES: settings.devices * settings.nodes}
        self._total = total
        self._listener = listener
        self._log = TrainingLog(folder)
        self._collapses = CollapseLog(folder)
        self._checkpoints = Checkpoints(folder, settings.keep_checkpoints, listener)
        self._saved_at = time.monotonic()
        self._told_at = -math.inf
        self.earlier_data: tuple[EarlierData, ...] = ()
        """Other data sets that the training learnt from before."""

    def open(self, state: Parts, *, resume: bool) -> None:
        """Begin a new training, or bring the fresh ``state`` to the newest good checkpoint.

        Raises:
            CheckpointError: see `GanTrainer.train`.
        """
        if not resume and self._checkpoints.names():
            raise CheckpointError(
                f"{self._folder.path} holds a training already ({self._checkpoints.names()[-1]}); "
                "resume it, or train in another folder"
            )
        found = self._checkpoints.newest()
        if found is not None:
            note, tensors = found
            self._check(note)
            self.earlier_data = earlier_data(
                note, self._data, self._settings, self._folder.path, self._checkpoints.tell
            )
            _restore(state, note, tensors)
            if state.health.collapsed and self._settings.on_collapse != "warn":
                state.health = Health(
                    **{**dict(state.health), "collapsed": False}
                )  # so that it is told again
            state.slow_down(len(state.health.rollbacks))
        elif resume:
            self._checkpoints.tell(
                "info", f"{self._folder.path} holds no checkpoint: training starts at the beginning"
            )
        if found is None:
            self._begin(state)
        self._log.cut(state.step)
        self._collapses.cut(state.health.reports)
        self._folder.write("settings.json", (self._settings.model_dump_json(indent=1) + "\n").encode())
        self._saved_at = time.monotonic()

    def note(self, state: Parts, values: Mapping[str, float]) -> None:
        """Log a finished step if it is time, or if rare numbers were measured; tell the listener."""
        settings, step = self._settings, state.step
        if not RARE.isdisjoint(values) or step % settings.log_every == 0 or step == self._total:
            images = step * settings.images_per_step
            place = {"step": step, "epoch": state.position.epoch, "images": images}
            self._log.add({**place, **values, "seconds": round(state.seconds, 3)})
        self._tell(state, values)

    def answer(self, state: Parts, collapse: Collapse) -> Action:
        """Write down that ``state`` has collapsed, tell the listener, and return what to do.

        Raises:
            SettingsError: the answer is to stop; the newest checkpoint is then a good one.
        """
        action = action_for(self._settings, state.health, collapse)
        self._collapses.add(state, collapse, action)
        rollbacks = (*state.health.rollbacks, *((collapse.kind,) if action == "rollback" else ()))
        counted = {"collapsed": True, "reports": state.health.reports + 1, "rollbacks": rollbacks}
        state.health = Health(**{**dict(state.health), **counted})
        text = describe(state, collapse)
        if action == "stop":
            raise SettingsError(
                f"{text}; the last good checkpoint is {self._keep_good()}. {_way_on(collapse)}"
            )
        doing = "going on from the last good checkpoint" if action == "rollback" else "going on all the same"
        self._checkpoints.tell("warning", f"{text}; {doing}. If it happens again: {collapse.advice}")
        return action

    def go_back(self, state: TrainingState, after: Health) -> TrainingState:
        """Bring the fresh ``state`` to the newest good checkpoint, or leave it at the beginning, and return it.

        Other noise and smaller learning rates let it go another way from there.

        Args:
            state: as it is before the first step.
            after: the health at the collapse.
        """
        found = self._checkpoints.newest_of(self._checkpoints.good(havens=True))
        if found is None:
            self._begin(state)
        else:
            _restore(state, *found)
        kept = {"rollbacks": after.rollbacks, "reports": after.reports}
        state.health = Health(**{**dict(state.health), **kept})
        state.slow_down(len(after.rollbacks))
        state.draw_other_noise(self._settings.seed, len(after.rollbacks))
        self._checkpoints.remove_after(name_of(state.step))
        self._log.cut(state.step)
        return state

    def save(self, state: Parts, *, now: bool) -> str | None:
        """Write a checkpoint if it is time, or ``now``.

        Returns:
            The name of a weight that is not finite, which forbids to write one; else None.
        """
        late = time.monotonic() - self._saved_at >= self._settings.checkpoint_seconds
        if not (now or late or self._is_fixed(state.step)):
            return None
        tensors = state.tensors()
        bad = first_not_finite(tensors)
        if bad is not None:
            return bad
        note = CheckpointNote(
            step=state.step,
            epoch=state.position.epoch,
            offset=state.position.offset,
            seconds=state.seconds,
            settings=deciding(self._settings),
            data_fingerprint=self._data.fingerprint,
            dataset=self._data.dataset,
            styles=self._data.styles,
            earlier_data=self.earlier_data,
            runtime=self._runtime,
            digests=self.digests,
            health=state.health,
            haven=self._settings.on_collapse != "rollback" or self._is_fixed(state.step),
            sha256="0" * 64,
        )
        self._checkpoints.save(tensors, note)
        self._saved_at = time.monotonic()
        return None

    def _begin(self, state: Parts) -> None:
        if self._settings.start is not None:
            start = read_start(self._settings.start)
            if self.digests.setdefault("start", start.sha256) != start.sha256:
                raise CheckpointError(
                    f"start: {self._settings.start} is no longer what this training began with, which it has to do "
                    "again; give that very checkpoint"
                )
            state.begin_with(start.tensors)

    def _is_fixed(self, step: int) -> bool:
        """Return whether a checkpoint is written at ``step`` however fast the training is."""
        rolls_back = self._settings.on_collapse == "rollback"
        every = self._settings.checkpoint_every or (_STEPS_BETWEEN_HAVENS if rolls_back else None)
        return every is not None and step % every == 0

    def _keep_good(self) -> str:
        """Remove what was saved since the training went wrong, and return the newest that is good."""
        good = self._checkpoints.good()
        if not good:
            return "none"
        self._checkpoints.remove_after(good[-1])
        return good[-1]

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
            self._checkpoints.tell(
                "warning", f"the last bits will differ from an undisturbed training's: {'; '.join(changed)}"
            )

    def _tell(self, state: Parts, values: Mapping[str, float]) -> None:
        now = time.monotonic()
        if self._listener is None or (
            now - self._told_at < _SECONDS_BETWEEN_EVENTS and state.step < self._total
        ):
            return
        self._told_at = now
        detail = ", ".join(f"{name} {values[key]:.3f}" for name, key in _TOLD.items() if key in values)
        self._listener(
            Progress(stage="training", done=state.step, total=self._total, unit="steps", detail=detail)
        )


def _restore(state: Parts, note: CheckpointNote, tensors: Mapping[str, Tensor]) -> None:
    state.restore(tensors)
    state.step, state.seconds = note.step, note.seconds
    state.position = Position(note.epoch, note.offset)
    state.health = note.health


def _way_on(collapse: Collapse) -> str:
    advice = f"{collapse.advice[:1].upper()}{collapse.advice[1:]}"
    if collapse.kind == "not-a-number":
        return advice
    return f"{advice}. To go on all the same, resume with on_collapse=warn"
