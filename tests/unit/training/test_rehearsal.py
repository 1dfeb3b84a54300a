"""A rehearsal makes real steps, says what a training takes, and leaves nothing behind."""

from pathlib import Path

import pytest
import torch

from components.networks.build import count_parameters
from components.training import GanTrainer, rehearse
from components.training.gan.state import new_state
from interfaces.errors import SettingsError
from interfaces.events import Event, Progress
from interfaces.ipdt import IPDT
from tests.unit.training.tiny import tiny_settings


def test_what_it_says_follows_from_the_steps_it_made(pack: IPDT, tmp_path: Path) -> None:
    settings = tiny_settings(steps=None, epochs=10, critic_steps=2, batch=4)
    before = sorted(tmp_path.rglob("*"))
    told: list[Event] = []
    found = rehearse(GanTrainer(settings), pack, told.append)
    state = new_state(settings, torch.device("cpu"))
    assert found.images == 17
    assert (found.steps, found.epochs) == (20, 10)  # 4 batches an epoch, 2 critic steps each
    assert found.generator_parameters == count_parameters(state.generator)
    assert found.critic_parameters == count_parameters(state.critic)
    assert found.epoch_s == pytest.approx(2 * found.step_s)
    assert found.total_s == pytest.approx(20 * found.step_s)
    assert found.measured_steps == 5
    steps = [event for event in told if isinstance(event, Progress)]
    assert [event.done for event in steps] == [1, 2, 3, 4, 5, 6]
    assert sorted(tmp_path.rglob("*")) == before


def test_memory_is_measured(pack: IPDT) -> None:
    wide = {"side": 8, "width": 1024, "max_width": 1024, "latent": 1024}
    large = rehearse(GanTrainer(tiny_settings(generator=wide, batch=1)), pack)
    # weights, gradients, their running mean and Adam's two moments, in float32; and torch alone. What earlier tests
    # left to this process may be used again, so that the peak need not be that much above an earlier one
    assert large.peak_bytes > 5 * 4 * large.generator_parameters + 50e6


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"batch": 18}, "wanted at most the 17 training images"),
        ({"generator": {"side": 16}}, r"generator\.side"),
    ],
)
def test_what_a_training_would_refuse_is_refused(changes: dict[str, object], said: str, pack: IPDT) -> None:
    with pytest.raises(SettingsError, match=said):
        rehearse(GanTrainer(tiny_settings(**changes)), pack)
