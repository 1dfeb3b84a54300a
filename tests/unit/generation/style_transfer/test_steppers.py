"""Both optimisers reach known minima, and go on from a state to the same bits."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from components.generation.style_transfer.steppers import LBFGS, Adam, Stepper

MAKERS = [LBFGS, Adam]


def rosenbrock(image: Tensor) -> Tensor:
    """A curved valley with its end at 1, 1 in each pair of values."""
    x, y = image[..., 0::2], image[..., 1::2]
    return ((1 - x) ** 2 + 10 * (y - x**2) ** 2).sum()


def follow(stepper: Stepper, image: Tensor, first: int, last: int, steps: int = 300) -> Tensor:
    for number in range(first, last):
        at = image.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(rosenbrock(at), at)
        image = stepper.step(image, gradient, number / steps)
    return image


def start() -> Tensor:
    return torch.rand((1, 1, 4, 6), generator=torch.Generator().manual_seed(0)) * 2 - 1


@pytest.mark.parametrize("make", MAKERS)
def test_the_end_of_a_curved_valley_is_found(make: Callable[[], Stepper]) -> None:
    assert rosenbrock(start()) > 30
    assert rosenbrock(follow(make(), start(), 0, 300)) < 0.3


def test_lbfgs_needs_few_steps_for_a_badly_scaled_bowl() -> None:
    scales = torch.logspace(-1, 2, 24).view(1, 1, 4, 6)
    image, stepper = start(), LBFGS()
    for number in range(80):
        image = stepper.step(image, scales * image, number / 80)
    assert float((scales * image.square()).sum()) < 1e-4


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("steps", [0, 1, 7, 25])
def test_a_restored_stepper_goes_on_to_the_same_bits(make: Callable[[], Stepper], steps: int) -> None:
    stepper, other = make(), make()
    image = follow(stepper, start(), 0, steps)
    other.restore({name: each.clone() for name, each in stepper.state().items()})
    assert torch.equal(follow(stepper, image, steps, steps + 9), follow(other, image, steps, steps + 9))


def test_the_history_that_is_kept_has_a_bound() -> None:
    of_one = start().nbytes
    for memory, steps in ((0, 6), (2 * 9 * of_one, 9), (2**27, 30)):
        stepper = LBFGS(memory)
        follow(stepper, start(), 0, 60)
        assert sum(each.nbytes for each in stepper.state().values()) == (2 * steps + 2) * of_one


def test_adam_moves_first_by_its_rate_against_the_gradient() -> None:
    moved = Adam(0.06).step(torch.zeros(3), torch.tensor([5.0, -0.001, 0.0]), 0.0)
    assert moved.tolist() == pytest.approx([-0.06, 0.06, 0.0], rel=1e-4)
