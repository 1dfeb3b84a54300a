"""Each statistic is what its paper says, by formulas that are written independently here."""

import numpy as np
import pytest
import torch
from scipy.optimize import linear_sum_assignment
from scipy.stats import wasserstein_distance

from components.generation.style_transfer.statistics import Gram, Moments, SlicedWasserstein, Statistic


def maps(seed: int, channels: int = 5, count: int = 12) -> torch.Tensor:
    draw = torch.Generator().manual_seed(seed)
    return torch.rand((channels, count), generator=draw) * 3 + torch.arange(channels)[:, None]


def sliced(seed: int = 0) -> SlicedWasserstein:
    return SlicedWasserstein(torch.Generator().manual_seed(seed))


def test_a_gram_matrix_holds_the_mean_product_of_each_two_channels() -> None:
    found = Gram().describe("a", maps(1), None)
    values = maps(1).numpy()
    for first in range(5):
        for second in range(5):
            assert found[first, second] == pytest.approx(np.mean(values[first] * values[second]), rel=1e-5)


def test_a_gram_distance_is_the_squared_error_relative_to_the_style() -> None:
    ours, theirs = (
        np.einsum("cn,dn->cd", m, m) / m.shape[1] for m in (maps(1).numpy(), maps(2, count=30).numpy())
    )
    gram = Gram()
    found = gram.distance(gram.describe("a", maps(1), None), gram.describe("a", maps(2, count=30), None))
    assert found == pytest.approx(((ours - theirs) ** 2).sum() / (theirs**2).sum(), rel=1e-4)


def test_moments_are_mean_and_deviation_of_each_channel() -> None:
    mean, deviation = Moments().describe("a", maps(1), None)
    np.testing.assert_allclose(mean, maps(1).numpy().mean(1), rtol=1e-5)
    np.testing.assert_allclose(deviation, maps(1).numpy().std(1), rtol=1e-4)


def test_a_sliced_distance_pairs_the_projections_at_the_least_cost() -> None:
    ours, theirs = maps(1, 4), maps(2, 4)
    statistic = sliced()
    found = statistic.distance(statistic.describe("a", ours, None), statistic.describe("a", theirs, None))
    directions = np.linalg.qr(torch.randn(4, 4, generator=torch.Generator().manual_seed(0)).numpy())[0].T
    cost = square = 0.0
    for direction in directions:
        a, b = direction @ ours.numpy(), direction @ theirs.numpy()
        table = (a[:, None] - b) ** 2
        cost += table[linear_sum_assignment(table)].mean()
        square += (b**2).mean()
    assert found == pytest.approx(cost / square, rel=1e-4)


def test_a_sliced_distance_of_a_shift_is_scipys_wasserstein_distance_squared() -> None:
    ours = maps(1, 1, 40)
    theirs = ours[:, torch.randperm(40, generator=torch.Generator().manual_seed(1))] + 0.7
    statistic = sliced()
    found = statistic.distance(statistic.describe("a", ours, None), statistic.describe("a", theirs, None))
    exact = wasserstein_distance(ours[0].numpy(), theirs[0].numpy()) ** 2
    assert float(found) * theirs.square().mean() == pytest.approx(exact, rel=1e-3)


def test_sets_of_other_lengths_are_brought_to_equal_ones() -> None:
    """An even spread over the same range is the same distribution, however many values it has."""
    statistic = sliced()
    few, many = (torch.linspace(0.5 / n, 1 - 0.5 / n, n)[None] for n in (50, 333))
    near = statistic.distance(statistic.describe("a", few, None), statistic.describe("a", many, None))
    far = statistic.distance(statistic.describe("a", few + 0.1, None), statistic.describe("a", many, None))
    assert near < 1e-6
    assert far == pytest.approx(0.01 / float(many.square().mean()), rel=0.05)


@pytest.mark.parametrize("statistic", [Gram(), Moments(), sliced()], ids=["gram", "moments", "sliced"])
def test_places_of_no_weight_do_not_count(statistic: Statistic) -> None:  # type: ignore[type-arg]
    weights = torch.zeros(12)
    weights[3:8] = 0.2
    wanted = statistic.describe("a", maps(2), None)
    masked = statistic.distance(statistic.describe("a", maps(1), weights), wanted)
    cut = statistic.distance(statistic.describe("a", maps(1)[:, 3:8], None), wanted)
    assert float(masked) == pytest.approx(float(cut), rel=1e-4)
    assert float(cut) > 1e-4


@pytest.mark.parametrize("statistic", [Gram(), Moments(), sliced()], ids=["gram", "moments", "sliced"])
@pytest.mark.parametrize("is_masked", [False, True])
def test_gradients_are_those_of_finite_differences(statistic: Statistic, is_masked: bool) -> None:  # type: ignore[type-arg]
    """In float32 along one direction; the sorted order does not change within so small a step."""
    weights = torch.linspace(0.5, 1.5, 12) / 12 if is_masked else None
    wanted = statistic.describe("a", maps(2), None)
    start, towards = maps(1).requires_grad_(), maps(7) - 3

    def loss(at: torch.Tensor) -> torch.Tensor:
        return statistic.distance(statistic.describe("a", at, weights), wanted)

    (gradient,) = torch.autograd.grad(loss(start), start)
    step = 1e-3
    with torch.no_grad():
        slope = (loss(start + step * towards) - loss(start - step * towards)) / (2 * step)
    assert float((gradient * towards).sum()) == pytest.approx(float(slope), rel=2e-2)
