"""What is done when a training has collapsed: stop, go back, or warn and go on."""

from collections.abc import Callable
from typing import Literal, final

from components.training.checkpoints.store import CheckpointNote
from components.training.engine.collapse_log import DIVERGED, Collapse, describe
from components.training.engine.recorder import Recorder
from components.training.gan.collapse import Health
from components.training.gan.settings import GanSettings
from components.training.gan.state import TrainingState

__all__ = ["Action", "Rollback", "is_good", "is_haven"]

_MOST_ROLLBACKS = 3
_WAY_ON = "To go on all the same, resume with on_collapse=warn"

Action = Literal["rollback", "stop", "warn"]


def is_good(note: CheckpointNote) -> bool:
    """Return whether the training was well at the checkpoint."""
    return Health.model_validate(note.state.get("health", {})).good


def is_haven(note: CheckpointNote) -> bool:
    """Return whether a training that collapses may go back to the checkpoint, if it was well there."""
    return note.state.get("haven", True) is True


@final
class Rollback:
    """Answers a collapse.

    Args:
        settings: of the training.
        recorder: of the training, which judges checkpoints by `is_good` and `is_haven`.
        begin: makes the state before the first step.
    """

    def __init__(self, settings: GanSettings, recorder: Recorder, begin: Callable[[], TrainingState]) -> None:
        self._settings = settings
        self._recorder = recorder
        self._begin = begin

    def open(self, state: TrainingState) -> None:
        """Let a collapse that ``state`` was saved in be told again, unless it was only warned of."""
        if state.health.collapsed and self._settings.on_collapse != "warn":
            state.health = Health(**{**dict(state.health), "collapsed": False})

    def answer(self, state: TrainingState, collapse: Collapse) -> TrainingState:
        """Write down that ``state`` has collapsed, tell the listener, and return what to go on from.

        Raises:
            SettingsError: the answer is to stop; the newest checkpoint is then a good one.
        """
        action = self._action(state.health, collapse)
        recorder = self._recorder
        if action == "stop":
            recorder.stop(state, collapse, "" if collapse.kind == DIVERGED else _WAY_ON)
        recorder.collapses.add(state, collapse, action)
        rollbacks = (*state.health.rollbacks, *((collapse.kind,) if action == "rollback" else ()))
        counted = {"collapsed": True, "reports": state.health.reports + 1, "rollbacks": rollbacks}
        state.health = Health.model_validate({**dict(state.health), **counted})
        doing = "going on from the last good checkpoint" if action == "rollback" else "going on all the same"
        text = f"{describe(state, collapse)}; {doing}. If it happens again: {collapse.advice}"
        recorder.checkpoints.tell("warning", text)
        return state if action == "warn" else self._go_back(state.health)

    def save(self, state: TrainingState, *, now: bool) -> str | None:
        """Write a checkpoint as `Recorder.save` does; havens are at fixed steps only, so that the clock decides nothing."""
        state.haven = self._settings.on_collapse != "rollback" or self._recorder.is_fixed(state.step)
        return self._recorder.save(state, now=now)

    def _action(self, health: Health, collapse: Collapse) -> Action:
        """Return what is done: numbers that are not finite leave nothing to go on with, and patience has an end."""
        if self._settings.on_collapse == "rollback":
            return "rollback" if len(health.rollbacks) < _MOST_ROLLBACKS else "stop"
        return "stop" if collapse.kind == DIVERGED else self._settings.on_collapse

    def _go_back(self, after: Health) -> TrainingState:
        """Return the newest good state; other noise and smaller learning rates let it go another way from there."""
        state, recorder = self._begin(), self._recorder
        recorder.go_back(state, recorder.checkpoints.good(havens=True))
        kept = {"rollbacks": after.rollbacks, "reports": after.reports}
        state.health = Health(**{**dict(state.health), **kept})
        state.slow_down()
        state.draw_other_noise(self._settings.seed, len(after.rollbacks))
        return state
