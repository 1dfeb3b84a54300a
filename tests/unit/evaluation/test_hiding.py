"""Hidden information: a pair of translations that hides everything, one that hides nothing, and what the numbers are."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from components.evaluation.hiding import CHANGES, Return, hiding_score, measure_returns

STEP = 2 / 255


def pictures(count: int = 3) -> Tensor:
    coarse = torch.rand(count, 3, 4, 4, generator=torch.Generator().manual_seed(0)) * 1.6 - 0.8
    return F.interpolate(coarse, size=24, mode="bilinear")


def hide(images: Tensor) -> Tensor:
    """Return grey, with all of the picture in a fortieth of a step of 8 bits."""
    return images * STEP / 40


def find(images: Tensor) -> Tensor:
    return (images * 40 / STEP).clamp(-1, 1)


def by_name(returns: list[Return]) -> dict[str, Return]:
    return {each.change: each for each in returns}


def test_what_is_hidden_survives_nothing() -> None:
    found = by_name(list(measure_returns(hide, find, pictures())))
    assert found["as it is"].error < 1e-5
    assert found["as it is"].ssim > 0.999
    for change in CHANGES.keys() - {"as it is"}:
        assert found[change].error > 0.1
        assert found[change].ssim < 0.6
    assert hiding_score([*found.values()]) > 1000


def test_what_shows_everything_hides_nothing() -> None:
    """A negative can be turned back, whatever happens in the middle: the error is that of the change itself."""
    seen = pictures() * 0.9 + 0.05 * torch.randn(3, 3, 24, 24, generator=torch.Generator().manual_seed(3))
    found = by_name(list(measure_returns(lambda x: -x, lambda x: -x + 0.05, seen)))
    assert found["as it is"].error == pytest.approx(0.025, abs=1e-3)
    assert hiding_score([*found.values()]) < 1.1
    for sigma in (1, 2, 4, 8):
        plain = by_name(list(measure_returns(lambda x: -x, lambda x: -x, seen)))[f"noise {sigma}/255"]
        # the mean absolute value of a normal variable is its deviation times the root of 2/π
        assert plain.error == pytest.approx(sigma / 255 * (2 / torch.pi) ** 0.5, rel=0.05)


def test_changes_leave_the_picture_in_the_middle_alone() -> None:
    middle = pictures()
    for change in CHANGES.values():
        before = middle.clone()
        made = change(middle, torch.Generator().manual_seed(0))
        assert torch.equal(middle, before)
        assert made.shape == middle.shape
        assert float((made - middle).abs().mean()) < 0.06


def test_equal_seeds_measure_equally() -> None:
    assert measure_returns(hide, find, pictures(), 4) == measure_returns(hide, find, pictures(), 4)
    assert measure_returns(hide, find, pictures(), 4) != measure_returns(hide, find, pictures(), 5)
