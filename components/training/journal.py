"""What a training writes while it runs, and where a resumed one begins."""

import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, final

import torch
from pydantic import JsonValue

from components.networks.runtime import describe_runtime
from components.training.batches import Position
from components.training.checkpoints import CheckpointNote, Checkpoints, differences, read_tensors
from components.training.log import TrainingLog
from components.training.settings import GanSettings
from components.training.state import TrainingState
from interfaces.errors import CheckpointError, SettingsError
from interfaces.events import Listener, Progress
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder

__all__ = ["Journal"]

_FREE = {
    "steps",
    "epochs",
    "log_every",
    "checkpoint_every",
    "checkpoint_seconds",
    "keep_checkpoints",
    "store_half",
    "licence",
    "name",
}
"""Settings that may differ when a training goes on: they do not change the numbers of a step."""
_SECONDS_BETWEEN_EVENTS = 0.2


@final
class Journal:
    """Settings, log, checkpoints and progress of one training."""

    def __init__(
        self,
        settings: GanSettings,
        data: IPDT,
        folder: RunFolder,
        device: torch.device,
        total: int,
        listener: Listener | None,
        digests: Mapping[str, str],
    ) -> None:
        self._digests = dict(digests)
        self._settings = settings
        self._fingerprint = data.fingerprint
        self._folder = folder
        self._runtime = describe_runtime(device)
        self._total = total
        self._listener = listener
        self._log = TrainingLog(folder)
        self._checkpoints = Checkpoints(folder, settings.keep_checkpoints, listener)
        self._saved_at = time.monotonic()
        self._told_at = -math.inf

    def open(self, state: TrainingState, *, resume: bool) -> None:
        """Begin a new training, or bring ``state`` to the newest good checkpoint.

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
            state.restore(tensors)
            state.step, state.seconds = note.step, note.seconds
            state.position = Position(note.epoch, note.offset)
        elif resume:
            self._checkpoints.tell(
                "info", f"{self._folder.path} holds no checkpoint: training starts at the beginning"
            )
        if found is None and self._settings.start is not None:
            state.begin_with(read_tensors(Path(self._settings.start)))
        self._log.cut(state.step)
        self._folder.write("settings.json", (self._settings.model_dump_json(indent=1) + "\n").encode())
        self._saved_at = time.monotonic()

    def note(self, state: TrainingState, values: Mapping[str, float]) -> None:
        """Log a finished step and tell the listener.

        Raises:
            SettingsError: a value is not finite.
        """
        settings, step = self._settings, state.step
        bad = [name for name, value in values.items() if not math.isfinite(value)]
        if bad:
            saved = self._checkpoints.names()[-1:]
            raise SettingsError(
                f"training diverged in step {step}: {bad[0]} is {values[bad[0]]}; the last good checkpoint is "
                f"{saved[0] if saved else 'none'}. Train again with a smaller learning_rate, now "
                f"{settings.learning_rate:g}"
            )
        if step % settings.log_every == 0 or step == self._total:
            images = step * settings.critic_steps * settings.batch
            place = {"step": step, "epoch": state.position.epoch, "images": images}
            self._log.add({**place, **values, "seconds": round(state.seconds, 3)})
        self._tell(state, values)

    def save(self, state: TrainingState, *, now: bool) -> None:
        """Write a checkpoint if it is time, or ``now``."""
        every = self._settings.checkpoint_every
        due = every is not None and state.step % every == 0
        late = time.monotonic() - self._saved_at >= self._settings.checkpoint_seconds
        if not (now or due or late):
            return
        note = CheckpointNote(
            step=state.step,
            epoch=state.position.epoch,
            offset=state.position.offset,
            seconds=state.seconds,
            settings=_deciding(self._settings),
            data_fingerprint=self._fingerprint,
            runtime=self._runtime,
            digests=self._digests,
            sha256="0" * 64,
        )
        self._checkpoints.save(state.tensors(), note)
        self._saved_at = time.monotonic()

    def _check(self, note: CheckpointNote) -> None:
        now = _identity(_deciding(self._settings), self._fingerprint, self._digests)
        # settings that an older artgen did not have were what the defaults are
        defaults = {key: value for key, value in _deciding(GanSettings()).items() if key in now}
        before = _identity({**defaults, **note.settings}, note.data_fingerprint, note.digests)
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
        changed = differences(note.runtime, self._runtime)
        if changed:
            self._checkpoints.tell(
                "warning", f"the last bits will differ from an undisturbed training's: {'; '.join(changed)}"
            )

    def _tell(self, state: TrainingState, values: Mapping[str, float]) -> None:
        now = time.monotonic()
        if self._listener is None or (
            now - self._told_at < _SECONDS_BETWEEN_EVENTS and state.step < self._total
        ):
            return
        self._told_at = now
        detail = f"critic {values['critic_loss']:.3f}, generator {values['generator_loss']:.3f}"
        self._listener(
            Progress(stage="training", done=state.step, total=self._total, unit="steps", detail=detail)
        )


def _deciding(settings: GanSettings) -> dict[str, JsonValue]:
    values = _flat(settings.model_dump(mode="json", exclude=_FREE))
    for name in ("critic.features", "start"):
        values.pop(name, None)  # the file may lie elsewhere: its digest decides
    return values


def _identity(
    settings: Mapping[str, JsonValue], fingerprint: str, digests: Mapping[str, str]
) -> dict[str, JsonValue]:
    return {
        **settings,
        "data fingerprint": fingerprint,
        **{f"{key} SHA-256": d for key, d in digests.items()},
    }


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        found |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return found
