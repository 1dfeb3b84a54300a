"""A step changes what it should, leaves the rest alone, and reports what it did."""

from contextlib import nullcontext
from copy import deepcopy
from typing import final

import pytest
import torch
from torch import Tensor, nn

from components.training.adversarial.steps import CriticStep, critic_step, generator_step
from components.training.engine.averaging import average_weights
from components.training.gan.state import TrainingState, new_state
from tests.unit.training.tiny import tiny_settings


@pytest.fixture
def state() -> TrainingState:
    return new_state(tiny_settings(learning_rate=1e-3, beta1=0.5), torch.device("cpu"))


def real_images(n: int = 4) -> Tensor:
    return torch.rand(n, 3, 8, 8, generator=torch.Generator().manual_seed(3)) * 2 - 1


def step_critic(state: TrainingState, generator: nn.Module | None = None) -> CriticStep:
    return critic_step(
        generator or state.generator,
        state.critic,
        state.critic_optimizer,
        real_images(),
        torch.randn(4, 5, generator=state.latents),
        penalty_weight=10.0,
        rng=state.penalty,
        autocast=nullcontext,
    )


def weights(network: nn.Module) -> list[Tensor]:
    return [parameter.detach().clone() for parameter in network.parameters()]


def test_a_critic_step_changes_the_critic_alone(state: TrainingState) -> None:
    generator, critic = weights(state.generator), weights(state.critic)
    step_critic(state)
    assert all(map(torch.equal, generator, weights(state.generator)))
    *moved, last_bias = zip(critic, weights(state.critic), strict=True)
    assert not any(torch.equal(*pair) for pair in moved)
    assert torch.equal(*last_bias)  # it shifts all scores alike, which the loss does not see


def test_a_generator_step_changes_the_generator_alone(state: TrainingState) -> None:
    generator, critic = weights(state.generator), weights(state.critic)
    latents = torch.randn(4, 5, generator=state.latents)
    generator_step(state.generator, state.critic, state.generator_optimizer, latents, autocast=nullcontext)
    assert not any(map(torch.equal, generator, weights(state.generator)))
    assert all(map(torch.equal, critic, weights(state.critic)))
    assert all(parameter.requires_grad for parameter in state.critic.parameters())


def test_a_critic_step_reports_the_loss_of_the_paper(state: TrainingState) -> None:
    before = deepcopy(state.critic)
    generator = deepcopy(state.generator)
    latents = torch.randn(4, 5, generator=torch.Generator().set_state(state.latents.get_state()))
    record = step_critic(state)
    real, fake = before(real_images()).mean(), before(generator(latents)).mean()
    assert record.real_score.item() == pytest.approx(real.item(), abs=1e-6)
    assert record.fake_score.item() == pytest.approx(fake.item(), abs=1e-6)
    assert record.wasserstein.item() == pytest.approx((real - fake).item(), abs=1e-6)
    assert record.loss.item() == pytest.approx((fake - real + 10 * record.penalty).item(), abs=1e-5)
    assert record.penalty > 0
    assert not any(value.requires_grad for value in record)


def test_a_generator_step_raises_the_score_of_its_images(state: TrainingState) -> None:
    latents = torch.randn(16, 5, generator=state.latents)
    losses = [
        generator_step(
            state.generator, state.critic, state.generator_optimizer, latents, autocast=nullcontext
        ).loss.item()
        for _ in range(20)
    ]
    assert losses[-1] < losses[0]


def test_the_slope_of_a_trained_critic_is_one(state: TrainingState) -> None:
    @final
    class Constant(nn.Module):
        def forward(self, latents: Tensor) -> Tensor:
            return torch.zeros(len(latents), 3, 8, 8)

    for parameter in state.critic.parameters():
        parameter.data.mul_(0.5)
    records = [step_critic(state, Constant()) for _ in range(150)]
    assert records[0].gradient_norm < 0.5
    assert torch.stack([record.gradient_norm for record in records[-20:]]).mean().item() == pytest.approx(
        1, abs=0.1
    )
    assert records[-1].wasserstein > records[0].wasserstein


def test_the_running_mean_forgets_the_first_weights_soon(state: TrainingState) -> None:
    average, network = nn.Linear(1, 1), nn.Linear(1, 1)
    nn.init.constant_(average.weight, 0.0)
    nn.init.constant_(network.weight, 1.0)
    average_weights(average, network, decay=0.999, step=0)
    assert average.weight.item() == pytest.approx(0.9)  # decay (1 + 0) / (10 + 0)
    average_weights(average, network, decay=0.5, step=10**6)
    assert average.weight.item() == pytest.approx(0.95)
