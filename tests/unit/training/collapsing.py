"""Trainings of a tiny GAN that collapse by a script, break their weights, or are killed, and what they leave."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import torch

from components.training import GanTrainer
from components.training.gan import trainer
from components.training.gan.iteration import advance
from components.training.gan.model import StateView
from components.training.gan.state import TrainingState
from interfaces.events import Event, Notice
from interfaces.igme import IGME
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder, TrainingObserver, TrainingView
from storage.run_folder import DirectoryFolder
from tests.unit.training.tiny import tiny_settings

TINY: dict[str, Any] = {
    "generator": {"side": 8, "width": 8, "max_width": 16, "latent": 5},
    "loss": "cross-entropy",
    "correction": "none",
    "critic_steps": 1,
    "learning_rate": 1e-3,
    "beta1": 0.5,
    "beta2": 0.999,
    "batch": 16,
    "watch_every": 5,
    "checkpoint_every": 10,
    "steps": 100,
}


class CrashError(Exception):
    """As a kill: nothing is saved."""


class Each:
    """An observer that does something after every step."""

    def __init__(self, act: Callable[[StateView], object]) -> None:
        self.act = act

    def observe(self, view: TrainingView, folder: RunFolder) -> bool:
        assert isinstance(view, StateView)
        return self.act(view) is not False

    def finish(self, folder: RunFolder) -> None:
        """Nothing is left to do."""


class Script:
    """Says what is measured at each step, in place of the trainer's own probe and of the critic's loss.

    Args:
        diversity: of the step and the number of rollbacks before it.
        critic_loss: of the step; None leaves what was computed.
    """

    def __init__(
        self,
        diversity: Callable[[int, int], float] = lambda step, rollbacks: 1.0,
        critic_loss: Callable[[int], float] | None = None,
    ) -> None:
        self._diversity, self._critic_loss = diversity, critic_loss
        self._advance = advance
        self._step = self._rollbacks = 0

    def play(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let every training measure what the script says."""
        monkeypatch.setattr(trainer, "advance", self._make_step)
        monkeypatch.setattr(trainer, "DiversityProbe", lambda *_: self)

    def measure(self, _: object) -> float:
        """Return the diversity, as `DiversityProbe.measure` does."""
        return self._diversity(self._step, self._rollbacks)

    def _make_step(self, state: TrainingState, *others: Any) -> Mapping[str, float]:
        values = dict(self._advance(state, *others))
        self._step, self._rollbacks = state.step, len(state.health.rollbacks)
        if self._critic_loss is not None:
            values["critic_loss"] = self._critic_loss(state.step)
        return values


def falls(at: int, rollbacks: int) -> Callable[[int, int], float]:
    """Return a diversity that grows to 1, and is lost from step ``at`` on until there were that many rollbacks."""
    return lambda step, before: 0.05 if step >= at and before < rollbacks else min(1.0, 0.02 * step)


def train(
    pack: IPDT, folder: DirectoryFolder, *observers: TrainingObserver, resume: bool = False, **changes: Any
) -> tuple[IGME | None, list[str]]:
    """Return the model and the warnings."""
    events: list[Event] = []
    settings = tiny_settings(**TINY | changes)
    model = GanTrainer(settings).train(
        pack, folder, resume=resume, observers=observers, listener=events.append
    )
    return model, [e.text for e in events if isinstance(e, Notice) and e.level == "warning"]


def lines(folder: DirectoryFolder, name: str) -> list[dict[str, Any]]:
    return (
        [json.loads(line) for line in folder.read(name).decode().splitlines()] if folder.names(name) else []
    )


def collapses(folder: DirectoryFolder) -> list[dict[str, Any]]:
    return lines(folder, "collapses.jsonl")


def log(folder: DirectoryFolder) -> list[dict[str, Any]]:
    return [
        {key: value for key, value in one.items() if key != "seconds"} for one in lines(folder, "log.jsonl")
    ]


def poison(step: int, network: str, *, times: int = 1) -> Each:
    """Return what makes weights infinite after ``step``, as long as there were fewer rollbacks than ``times``."""

    def act(view: StateView) -> None:
        if view.step == step and len(view.state.health.rollbacks) < times:
            next(getattr(view.state, network).parameters()).data.fill_(torch.inf)

    return Each(act)


def crash_once(*places: Callable[[int, int], bool]) -> Each:
    """Return what ends the training once at each of ``places``, which know the step and the number of rollbacks."""
    left = list(places)

    def act(view: StateView) -> None:
        for place in left:
            if place(view.step, len(view.state.health.rollbacks)):
                left.remove(place)
                raise CrashError

    return Each(act)


def train_killed(
    pack: IPDT, folder: DirectoryFolder, crashes: Each, *observers: TrainingObserver, **changes: Any
) -> int:
    """Train until it succeeds, and return how often it was killed."""
    for count in range(20):
        try:
            train(pack, folder, *observers, crashes, resume=True, **changes)
        except CrashError:
            continue
        return count
    raise AssertionError("it never ended")
