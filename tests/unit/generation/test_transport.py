"""The parts of the transport loss against formulas written independently, and against exact optimal transport."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.optimize import linear_sum_assignment, linprog
from torch import Tensor

from components.generation.style_transfer.transport import (
    Cosine,
    Euclidean,
    Metric,
    decorrelated,
    moment_distance,
    moments,
    relaxed_emd,
    self_similarity,
    self_similarity_distance,
)

METRICS: list[Metric] = [Cosine(), Euclidean()]


def vectors(count: int, channels: int, seed: int) -> Tensor:
    drawn = torch.randn(count, channels, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return torch.nn.functional.normalize(drawn, dim=1)


def independent_costs(these: Tensor, those: Tensor, metric: Metric) -> np.ndarray:
    table = np.empty((len(these), len(those)))
    for row, this in enumerate(these.numpy()):
        for column, that in enumerate(those.numpy()):
            apart = np.linalg.norm(this - that)
            cosine = 1 - np.dot(this, that) / np.linalg.norm(this) / np.linalg.norm(that)
            table[row, column] = cosine if isinstance(metric, Cosine) else apart
    return table


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("shape", [(7, 11), (11, 7)])
def test_relaxed_distance_is_the_larger_mean_of_what_is_nearest(
    metric: Metric, shape: tuple[int, int]
) -> None:
    got, wanted = vectors(shape[0], 5, 1), vectors(shape[1], 5, 2)
    costs = independent_costs(got, wanted, metric)
    expected = max(costs.min(axis=1).mean(), costs.min(axis=0).mean())
    assert float(relaxed_emd(got, wanted, metric)) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("seed", range(10))
def test_relaxed_distance_never_exceeds_that_of_the_best_assignment(metric: Metric, seed: int) -> None:
    got, wanted = vectors(6, 3, seed), vectors(6, 3, seed + 100)
    costs = independent_costs(got, wanted, metric)
    exact = costs[linear_sum_assignment(costs)].mean()
    assert 0 < float(relaxed_emd(got, wanted, metric)) <= exact + 1e-7


@pytest.mark.parametrize("seed", range(5))
def test_relaxed_distance_never_exceeds_the_cheapest_transport_of_sets_of_other_sizes(seed: int) -> None:
    got, wanted = vectors(4, 3, seed), vectors(7, 3, seed + 100)
    costs = independent_costs(got, wanted, Cosine())
    leaves, arrives = np.kron(np.eye(4), np.ones(7)), np.kron(np.ones(4), np.eye(7))
    masses = np.r_[np.full(4, 1 / 4), np.full(7, 1 / 7)]
    exact = linprog(costs.ravel(), A_eq=np.vstack([leaves, arrives]), b_eq=masses).fun
    assert 0 < float(relaxed_emd(got, wanted, Cosine())) <= exact + 1e-7


def test_relaxed_distance_of_the_same_vectors_in_another_order_is_0() -> None:
    some = vectors(9, 4, 3)
    assert float(relaxed_emd(some, some.flip(0), Cosine())) == pytest.approx(0, abs=1e-7)


def test_relaxed_distance_sees_that_a_part_of_the_style_is_missing() -> None:
    wanted = torch.eye(2, dtype=torch.float64)
    assert float(relaxed_emd(wanted[:1].expand(5, 2), wanted, Cosine())) == pytest.approx(0.5)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("shape", [(3, 8), (8, 3)])
def test_gradient_of_the_relaxed_distance_agrees_with_differences(
    metric: Metric, shape: tuple[int, int]
) -> None:
    wanted = vectors(shape[1], 4, 5)
    assert_gradient(lambda got: relaxed_emd(got, wanted, metric), vectors(shape[0], 4, 4))


def test_moments_are_those_of_numpy() -> None:
    some = vectors(20, 4, 6)
    mean, covariance = moments(some)
    np.testing.assert_allclose(mean.numpy(), some.numpy().mean(0))
    np.testing.assert_allclose(covariance.numpy(), np.cov(some.numpy().T, bias=True))


def test_moment_distance_is_the_absolute_difference_beside_what_is_wanted() -> None:
    got, wanted = vectors(20, 4, 7), vectors(15, 4, 8)
    expected = 0.0
    for statistic in (lambda x: x.mean(0), lambda x: np.cov(x.T, bias=True)):
        here, there = statistic(got.numpy()), statistic(wanted.numpy())
        expected += np.abs(here - there).sum() / np.abs(there).sum()
    assert float(moment_distance(moments(got), moments(wanted))) == pytest.approx(expected)
    assert_gradient(lambda vectors: moment_distance(moments(vectors), moments(wanted)), got)


def test_self_similarity_knows_which_vectors_are_alike_and_not_what_they_are() -> None:
    some = vectors(12, 5, 9)
    turn = torch.linalg.qr(vectors(5, 5, 10)).Q
    torch.testing.assert_close(self_similarity(some @ turn), self_similarity(some))
    other = vectors(12, 5, 11)
    assert float(self_similarity_distance(self_similarity(other), self_similarity(some))) > 0.1


def test_self_similarity_is_the_formula_of_the_paper() -> None:
    some, other = vectors(6, 5, 12), vectors(6, 5, 13)
    here, there = (independent_costs(each, each, Cosine()) for each in (some, other))
    apart = np.abs(here / here.sum(0) - there / there.sum(0)).sum() / 6
    got = self_similarity_distance(self_similarity(some), self_similarity(other))
    assert float(got) == pytest.approx(apart, abs=1e-7)


def test_self_similarity_of_vectors_that_are_all_alike_is_a_number() -> None:
    even = torch.ones(4, 3) / 3**0.5
    assert bool(self_similarity(even).isfinite().all())


def test_colours_are_turned_and_nothing_else() -> None:
    colours = vectors(10, 3, 14)
    turned = decorrelated(colours)
    torch.testing.assert_close(torch.cdist(turned, turned), torch.cdist(colours, colours), atol=1e-5, rtol=0)
    grey = decorrelated(torch.full((1, 3), 0.5, dtype=torch.float64))
    assert grey[0, 1:].abs().max() < 1e-5


def assert_gradient(loss: Callable[[Tensor], Tensor], at: Tensor) -> None:
    moved = at.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(loss(moved), moved)
    step = 1e-6
    for index in np.ndindex(*at.shape):
        away = torch.zeros_like(at)
        away[index] = step
        slope = float(loss(at + away) - loss(at - away)) / (2 * step)
        assert float(gradient[index]) == pytest.approx(slope, abs=1e-6)
