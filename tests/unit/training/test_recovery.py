"""Trainings that collapse: caught, told, and brought back to the same bytes however often they are killed.

What is measured follows a script: whether a real training of this size collapses, and when, depends on the last bits,
which differ from processor to processor. `test_collapse.py` shows that the real measurements see what they should.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from components.training.gan.model import StateView
from interfaces.errors import SettingsError
from interfaces.ipdt import IPDT
from storage.run_folder import DirectoryFolder
from tests.unit.training.collapsing import (
    Each,
    Script,
    collapses,
    crash_once,
    falls,
    log,
    poison,
    train,
    train_killed,
)
from tests.unit.training.tiny import make_colours

NewFolder = Callable[[], DirectoryFolder]


@pytest.fixture
def colours(tmp_path: Path) -> IPDT:
    return make_colours(tmp_path)


@pytest.fixture
def falling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the diversity of every training be lost at step 70, until it was rolled back twice."""
    Script(falls(70, rollbacks=2)).play(monkeypatch)


@pytest.mark.usefixtures("falling")
def test_a_collapse_stops_the_training_at_the_last_good_checkpoint(
    colours: IPDT, new_folder: NewFolder
) -> None:
    folder = new_folder()
    with pytest.raises(
        SettingsError,
        match=r"collapsed \(lost-diversity\) in epoch 22, step 85: diversity is 0.05, wanted 0.3 at least.*"
        r" last good checkpoint is checkpoints/step-000000060.json.*resume with on_collapse=warn",
    ):
        train(colours, folder, on_collapse="stop")
    (line,) = collapses(folder)
    assert set(line) == {"step", "epoch", "kind", "measured", "value", "threshold", "action", "advice"}
    assert (line["kind"], line["action"]) == ("lost-diversity", "stop")
    assert (line["step"], line["value"], line["threshold"]) == (85, 0.05, pytest.approx(0.3))
    assert line["epoch"] == 21  # 4 batches each, counted from 0
    assert folder.names("checkpoints/*.json")[-1] == "checkpoints/step-000000060.json"
    assert [one["step"] for one in log(folder) if "diversity" in one] == list(range(5, 85, 5))
    model, warnings = train(colours, folder, resume=True, on_collapse="warn")
    assert model is not None
    assert collapses(folder)[0]["action"] == "warn"
    assert "going on all the same" in warnings[0]


@pytest.mark.usefixtures("falling")
def test_a_warning_leaves_the_numbers_and_the_last_good_checkpoint_alone(
    colours: IPDT, new_folder: NewFolder
) -> None:
    warned, blind = new_folder(), new_folder()
    model, warnings = train(colours, warned, on_collapse="warn")
    assert model is not None
    assert model.training["collapses"] == len(warnings) == len(collapses(warned)) == 1
    assert [int(name[-14:-5]) for name in warned.names("checkpoints/*.json")] == [60, 90, 100]
    train(colours, blind, on_collapse="warn", watch_every=1000)
    assert collapses(blind) == []
    assert warned.read("model.safetensors") == blind.read("model.safetensors")


@pytest.mark.usefixtures("falling")
def test_a_collapse_rolls_back_to_smaller_steps_and_other_noise(colours: IPDT, new_folder: NewFolder) -> None:
    folder = new_folder()
    rates: list[tuple[float, float]] = []
    noise: list[bytes] = []

    def look(view: StateView) -> None:
        state = view.state
        both = (state.generator_optimizer, state.critic_optimizer)
        rates.append(tuple(optimizer.param_groups[0]["lr"] for optimizer in both))
        if view.step == 61:
            noise.append(state.latents.get_state().numpy().tobytes())

    model, warnings = train(colours, folder, Each(look))
    assert model is not None
    found = collapses(folder)
    assert [(one["step"], one["action"]) for one in found] == [(85, "rollback")] * 2
    assert model.training["collapses"] == len(warnings) == 2
    assert "going on from the last good checkpoint" in warnings[0]
    assert list(dict.fromkeys(rates)) == [(1e-3, 1e-3), (5e-4, 5e-4), (2.5e-4, 2.5e-4)]
    assert len({*noise}) == len(noise) == 3
    assert [one["step"] for one in log(folder)] == list(range(1, 101))


@pytest.mark.usefixtures("falling")
def test_a_training_that_rolls_back_ends_with_the_same_bytes_however_often_it_is_killed(
    colours: IPDT, new_folder: NewFolder
) -> None:
    whole, killed = new_folder(), new_folder()
    train(colours, whole)
    crashes = crash_once(
        lambda step, rollbacks: step == 5,
        lambda step, rollbacks: step == 37,
        lambda step, rollbacks: step == 84,
        lambda step, rollbacks: rollbacks == 1,
        lambda step, rollbacks: rollbacks == 1 and step == 84,
        lambda step, rollbacks: rollbacks == 2 and step == 85,
        lambda step, rollbacks: step == 95,
    )
    assert train_killed(colours, killed, crashes) == 7
    assert killed.read("model.safetensors") == whole.read("model.safetensors")
    assert log(killed) == log(whole)
    assert collapses(killed) == collapses(whole)


def test_a_conditional_generator_that_paints_one_image_for_each_style_is_caught(
    colours: IPDT, new_folder: NewFolder
) -> None:
    painted: list[torch.Tensor] = []

    def blind(view: StateView) -> None:
        first = next(view.state.generator.get_submodule("layers").parameters())
        first.data[:, : view.latent] = 0  # what is left is the label's part
        view.state.generator_optimizer.param_groups[0]["lr"] = 0.0
        painted.append(view.state.generator(torch.randn(2, view.latent), torch.tensor([0, 1])))

    with pytest.raises(SettingsError, match=r"collapsed \(lost-diversity\)"):
        train(colours, new_folder(), Each(blind), on_collapse="stop", conditional=True, watch_every=1)
    one, other = painted[-1]
    assert not torch.equal(one, other)


def test_a_critic_that_knows_everything_is_caught(
    colours: IPDT, new_folder: NewFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = new_folder()
    Script(critic_loss=lambda step: 0.019 if step > 10 else 2.0).play(monkeypatch)
    with pytest.raises(
        SettingsError,
        match=r"collapsed \(saturated-critic\) .* step 210: critic_loss is 0.019, wanted 0.02 at least",
    ):
        train(colours, folder, loss="hinge", on_collapse="stop", steps=220)
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
    model, _ = train(colours, whole, poison(step, network), steps=30)
    assert model is not None
    # a checkpoint is due at step 20 and 30, and must not be written; else the next step shows it
    assert [one["step"] for one in collapses(whole)] == [13 if step == 12 else step]
    crashes = crash_once(lambda _, rollbacks: rollbacks == 1, lambda step, _: step == 29)
    assert train_killed(colours, killed, crashes, poison(step, network), steps=30) == 2
    assert killed.read("model.safetensors") == whole.read("model.safetensors")
    assert collapses(killed) == collapses(whole)


def test_patience_ends_after_three_rollbacks(colours: IPDT, new_folder: NewFolder) -> None:
    folder = new_folder()
    with pytest.raises(SettingsError, match=r"diverged in step 8: .* last good checkpoint is none"):
        train(colours, folder, poison(7, "critic", times=9))
    assert [one["action"] for one in collapses(folder)] == ["rollback"] * 3 + ["stop"]


HEALTHY: list[dict[str, Any]] = [
    {"loss": "wasserstein", "correction": "penalty", "beta1": 0.0, "beta2": 0.9},
    {"critic": {"width": 8, "max_width": 16, "normalisation": "batch"}},
    {"loss": "hinge", "conditional": True, "augment": ("colour", "shift")},
    {"loss": "relativistic", "correction": "zero-centred", "penalty_weight": 1.0},
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
