"""Trainings that really collapse: caught, told, and brought back to the same bytes however often they are killed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from components.training import GanTrainer
from components.training.model import StateView
from interfaces.errors import SettingsError
from interfaces.events import Event, Notice
from interfaces.igme import IGME
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder, TrainingObserver, TrainingView
from storage.run_folder import DirectoryFolder
from tests.unit.training.tiny import make_colours, tiny_settings

NewFolder = Callable[[], DirectoryFolder]

COLLAPSING: dict[str, Any] = {
    "generator": {"side": 8, "width": 8, "max_width": 16, "latent": 5},
    "loss": "cross-entropy",
    "correction": "none",
    "critic_steps": 1,
    "learning_rate": 0.1,  # found by trying: the generator paints one image from about step 70 on
    "beta1": 0.5,
    "beta2": 0.999,
    "batch": 16,
    "watch_every": 5,
    "checkpoint_every": 10,
    "steps": 130,
}
SATURATING: dict[str, Any] = {
    **COLLAPSING,
    "generator": {**COLLAPSING["generator"], "normalisation": "none"},
    "loss": "hinge",
    "optimizer": "sgd",
    "learning_rate": 0.5,
    "beta1": 0.9,
    "steps": 260,
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


@pytest.fixture
def colours(tmp_path: Path) -> IPDT:
    return make_colours(tmp_path)


def train(
    pack: IPDT, folder: DirectoryFolder, *observers: TrainingObserver, resume: bool = False, **changes: Any
) -> tuple[IGME | None, list[str]]:
    """Return the model and the warnings."""
    events: list[Event] = []
    settings = tiny_settings(**COLLAPSING | changes)
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


def test_a_collapse_stops_the_training_at_the_last_good_checkpoint(
    colours: IPDT, new_folder: NewFolder
) -> None:
    folder = new_folder()
    with pytest.raises(
        SettingsError,
        match=r"collapsed \(lost-diversity\) in epoch \d+, step \d+: diversity is .* last good checkpoint is .*"
        r"resume with on_collapse=warn",
    ) as caught:
        train(colours, folder, on_collapse="stop")
    (line,) = collapses(folder)
    assert set(line) == {"step", "epoch", "kind", "measured", "value", "threshold", "action", "advice"}
    assert (line["kind"], line["action"]) == ("lost-diversity", "stop")
    assert line["value"] < line["threshold"]
    assert line["epoch"] == line["step"] * 16 // 64 - (line["step"] % 4 == 0)
    good = folder.names("checkpoints/*.json")[-1]
    assert good in str(caught.value)
    measured = {one["step"]: one["diversity"] for one in log(folder) if "diversity" in one}
    assert sorted(measured) == list(range(5, line["step"], 5))
    assert measured[int(good[-14:-5])] > 0.3
    model, warnings = train(colours, folder, resume=True, on_collapse="warn")
    assert model is not None
    assert collapses(folder)[0]["action"] == "warn"
    assert "going on all the same" in warnings[0]


def test_a_warning_leaves_the_numbers_and_the_last_good_checkpoint_alone(
    colours: IPDT, new_folder: NewFolder
) -> None:
    warned, blind = new_folder(), new_folder()
    model, warnings = train(colours, warned, on_collapse="warn", steps=100)
    assert model is not None
    assert model.training["collapses"] == len(warnings) == len(collapses(warned)) == 1
    kept = [int(name[-14:-5]) for name in warned.names("checkpoints/*.json")]
    assert kept[-2:] == [90, 100]
    (good,) = kept[:-2]
    assert next(one["diversity"] for one in log(warned) if one["step"] == good) > 0.3
    train(colours, blind, on_collapse="warn", steps=100, watch_every=1000)
    assert collapses(blind) == []
    assert warned.read("model.safetensors") == blind.read("model.safetensors")


def test_a_collapse_rolls_back_to_smaller_steps_and_other_noise(colours: IPDT, new_folder: NewFolder) -> None:
    folder = new_folder()
    rates: list[tuple[float, float]] = []

    def look(view: StateView) -> None:
        state = view.state
        both = (state.generator_optimizer, state.critic_optimizer)
        rates.append(tuple(optimizer.param_groups[0]["lr"] for optimizer in both))

    model, warnings = train(colours, folder, Each(look))
    assert model is not None
    found = collapses(folder)
    assert [one["action"] for one in found] == ["rollback"] * len(found)
    assert model.training["collapses"] == len(found) == len(warnings) >= 1
    assert "going on from the last good checkpoint" in warnings[0]
    assert rates[0] == (0.1, 0.1)
    assert rates[-1] == (0.1 / 2 ** len(found),) * 2
    assert [one["step"] for one in log(folder)] == list(range(1, 131))


def test_a_training_that_rolls_back_ends_with_the_same_bytes_however_often_it_is_killed(
    colours: IPDT, new_folder: NewFolder
) -> None:
    whole, killed = new_folder(), new_folder()
    train(colours, whole)
    (first, *_) = collapses(whole)
    crashes = crash_once(
        lambda step, rollbacks: step == 5,
        lambda step, rollbacks: step == 37,
        lambda step, rollbacks: step == first["step"] - 1,
        lambda step, rollbacks: rollbacks == 1,
        lambda step, rollbacks: rollbacks == 1 and step == first["step"],
        lambda step, rollbacks: step == 125,
    )
    assert train_killed(colours, killed, crashes) == 6
    assert killed.read("model.safetensors") == whole.read("model.safetensors")
    assert log(killed) == log(whole)
    assert collapses(killed) == collapses(whole)


def test_a_conditional_generator_that_paints_one_image_for_each_style_is_caught(
    colours: IPDT, new_folder: NewFolder
) -> None:
    folder = new_folder()
    with pytest.raises(SettingsError, match=r"collapsed \(lost-diversity\)"):
        train(colours, folder, on_collapse="stop", conditional=True)


def test_a_critic_that_knows_everything_is_caught(colours: IPDT, new_folder: NewFolder) -> None:
    folder = new_folder()
    with pytest.raises(SettingsError, match=r"collapsed \(saturated-critic\) .* critic_loss is .* at least"):
        train(colours, folder, **SATURATING | {"on_collapse": "stop"})
    assert [one["kind"] for one in collapses(folder)] == ["saturated-critic"]


@pytest.mark.parametrize("on_collapse", ["stop", "warn"])
def test_numbers_that_are_not_finite_stop_the_training(
    colours: IPDT, new_folder: NewFolder, on_collapse: str
) -> None:
    folder = new_folder()
    with pytest.raises(SettingsError, match=r"diverged in step 13: .* checkpoints/step-000000010.json"):
        train(colours, folder, poison(12, "generator"), on_collapse=on_collapse)
    (line,) = collapses(folder)
    assert (line["step"], line["kind"], line["value"], line["action"]) == (13, "not-a-number", None, "stop")
    model, _ = train(colours, folder, resume=True, steps=20)
    assert model is not None
    assert collapses(folder) == []


@pytest.mark.parametrize(("step", "network"), [(12, "critic"), (20, "generator"), (30, "critic")])
def test_numbers_that_are_not_finite_roll_back_as_well(
    colours: IPDT, new_folder: NewFolder, step: int, network: str
) -> None:
    whole, killed = new_folder(), new_folder()
    changes: dict[str, Any] = {"learning_rate": 1e-3, "steps": 30}
    model, _ = train(colours, whole, poison(step, network), **changes)
    assert model is not None
    # a checkpoint is due at step 20 and 30, and must not be written; else the next step shows it
    assert [one["step"] for one in collapses(whole)] == [13 if step == 12 else step]
    crashes = crash_once(lambda _, rollbacks: rollbacks == 1, lambda step, _: step == 29)
    assert train_killed(colours, killed, crashes, poison(step, network), **changes) == 2
    assert killed.read("model.safetensors") == whole.read("model.safetensors")
    assert collapses(killed) == collapses(whole)


def test_patience_ends_after_three_rollbacks(colours: IPDT, new_folder: NewFolder) -> None:
    folder = new_folder()
    with pytest.raises(SettingsError, match=r"diverged in step 8: .* last good checkpoint is none"):
        train(colours, folder, poison(7, "critic", times=9))
    assert [one["action"] for one in collapses(folder)] == ["rollback"] * 3 + ["stop"]


HEALTHY: list[dict[str, Any]] = [
    {"learning_rate": 1e-3, "loss": "wasserstein", "correction": "penalty", "beta1": 0.0, "beta2": 0.9},
    {"learning_rate": 1e-3, "critic": {"width": 8, "max_width": 16, "normalisation": "batch"}},
    {"learning_rate": 1e-3, "loss": "hinge", "conditional": True, "augment": ("colour", "shift")},
    {"learning_rate": 1e-3, "loss": "relativistic", "correction": "zero-centred", "penalty_weight": 1.0},
]


@pytest.mark.parametrize("changes", HEALTHY)
def test_a_healthy_training_is_left_alone(
    colours: IPDT, new_folder: NewFolder, changes: dict[str, Any]
) -> None:
    folder = new_folder()
    train(colours, folder, **changes, steps=80)
    assert collapses(folder) == []


@pytest.mark.slow
@pytest.mark.parametrize("changes", HEALTHY)
def test_500_healthy_steps_are_left_alone(
    colours: IPDT, new_folder: NewFolder, changes: dict[str, Any]
) -> None:
    folder = new_folder()
    train(colours, folder, **changes, steps=500)
    assert collapses(folder) == []
    assert log(folder)[-1]["diversity"] > 0.2
