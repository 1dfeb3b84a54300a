"""Augmentation changes what it says, differentiably, in the same way for real and generated images."""

import pytest
import torch
from torch import Tensor

from components.training.adversarial.augmentation import Augmentation, augment

KINDS: tuple[Augmentation, ...] = ("colour", "shift", "cutout")


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def images(n: int = 4) -> Tensor:
    return torch.rand(n, 3, 16, 16, generator=rng(9)) * 2 - 1


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_equal_finite_differences(kind: Augmentation) -> None:
    before, direction = images(), torch.randn(4, 3, 16, 16, generator=rng(1))
    weights = torch.randn(4, 3, 16, 16, generator=rng(2))

    def value(step: float) -> float:
        return float((augment(before + step * direction, (kind,), rng()) * weights).double().sum())

    point = before.clone().requires_grad_()
    (augment(point, (kind,), rng()) * weights).sum().backward()
    assert point.grad is not None
    wanted = value(0.5) - value(-0.5)  # each change is linear in the pixels
    assert float((point.grad * direction).sum()) == pytest.approx(wanted, rel=1e-3, abs=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_the_source_of_randomness_alone_decides_the_change(kind: Augmentation) -> None:
    one, same, other = (augment(images(), (kind,), rng(seed)) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_shifts_move_whole_pictures_by_up_to_an_eighth() -> None:
    dots = torch.zeros(300, 1, 16, 16)
    dots[:, 0, 8, 6] = 1
    moved = augment(dots, ("shift",), rng()).nonzero()
    assert len(moved) == 300
    assert sorted(set((moved[:, 2] - 8).tolist())) == [-2, -1, 0, 1, 2]
    assert sorted(set((moved[:, 3] - 6).tolist())) == [-2, -1, 0, 1, 2]


def test_colours_change_by_brightness_saturation_and_contrast() -> None:
    before = images()
    after = augment(before, ("colour",), rng(3))
    brightness, saturation, contrast = torch.rand(3, 4, 1, 1, 1, generator=rng(3))
    wanted = before + brightness - 0.5
    grey = wanted.mean(1, keepdim=True)
    wanted = (wanted - grey) * saturation * 2 + grey
    mean = wanted.mean((1, 2, 3), keepdim=True)
    torch.testing.assert_close(after, (wanted - mean) * (contrast + 0.5) + mean)


def test_a_square_of_at_most_half_the_side_is_cut_out() -> None:
    gone = (augment(torch.ones(100, 3, 16, 16), ("cutout",), rng()) == 0)[:, 0]
    rows, columns = gone.any(2).sum(1), gone.any(1).sum(1)
    assert torch.equal(gone.sum((1, 2)), rows * columns)
    assert rows.max() == columns.max() == 8
    assert rows.min() >= 4


def test_nothing_is_changed_where_nothing_is_asked_for() -> None:
    assert torch.equal(augment(images(), (), rng()), images())
