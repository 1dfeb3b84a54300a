"""Losses equal formulas written out with plain numbers."""

from math import exp, log

import pytest
import torch

from components.training.adversarial.losses import LOSSES, LossName

REAL, FAKE = [0.3, -1.2, 2.5], [-0.4, 0.9, -3.0]


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def logistic(x: float) -> float:
    return 1 / (1 + exp(-x))


@pytest.mark.parametrize(
    ("name", "critic", "generator"),
    [
        ("wasserstein", mean(FAKE) - mean(REAL), -mean(FAKE)),
        (
            "cross-entropy",
            mean([-log(logistic(x)) for x in REAL]) + mean([-log(1 - logistic(x)) for x in FAKE]),
            mean([-log(logistic(x)) for x in FAKE]),
        ),
        (
            "relativistic",
            mean([-log(logistic(real - fake)) for real, fake in zip(REAL, FAKE, strict=True)]),
            mean([-log(logistic(x)) for x in FAKE]),  # of differences, where it is used
        ),
        ("hinge", mean([max(0, 1 - x) for x in REAL]) + mean([max(0, 1 + x) for x in FAKE]), -mean(FAKE)),
    ],
)
def test_losses_equal_their_formulas(name: LossName, critic: float, generator: float) -> None:
    loss, real, fake = LOSSES[name], torch.tensor(REAL), torch.tensor(FAKE)
    assert loss.critic(real, fake).item() == pytest.approx(critic, rel=1e-6)
    assert loss.generator(fake).item() == pytest.approx(generator, rel=1e-6)


def test_cross_entropy_stays_finite_where_the_logistic_function_is_0_or_1() -> None:
    loss, far = LOSSES["cross-entropy"], torch.tensor([1e4])
    assert loss.critic(-far, far).item() == pytest.approx(2e4)
    assert loss.generator(-far).item() == pytest.approx(1e4)
