"""Formulas against others, written here from the papers."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import sqrtm
from torch import Tensor

from components.evaluation.distances import frechet_distance, kernel_distance, precision_and_recall
from components.networks._compat import enable


@pytest.fixture(autouse=True)
def _importable() -> None:
    enable()  # before torch-fidelity, which imports torchvision


def _features(n: int, d: int, seed: int, shift: float = 0.0) -> Tensor:
    rng = np.random.default_rng(seed)
    return torch.from_numpy(rng.normal(shift, 1, (n, d)) @ rng.normal(0, 1, (d, d)))


def _frechet(a: np.ndarray, b: np.ndarray) -> float:
    """Heusel et al. 2017, equation 6."""
    first, second = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = sqrtm(first @ second).real
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(first + second - 2 * root))


def _kernel(a: np.ndarray, b: np.ndarray) -> float:
    """Bińkowski et al. 2018, equation 4, pair by pair."""

    def k(x: np.ndarray, y: np.ndarray) -> float:
        return float((x @ y / len(x) + 1) ** 3)

    m = len(a)
    within = sum(k(s[i], s[j]) for s in (a, b) for i in range(m) for j in range(m) if i != j)
    return within / (m * (m - 1)) - 2 * sum(k(x, y) for x in a for y in b) / m**2


@settings(max_examples=20, deadline=None)
@given(n=st.integers(30, 60), d=st.integers(2, 8), seed=st.integers(0, 1000))
def test_the_frechet_distance_is_that_of_the_matrix_square_root(n: int, d: int, seed: int) -> None:
    a, b = _features(n, d, seed), _features(n + 5, d, seed + 1, shift=0.5)
    assert frechet_distance(a, b) == pytest.approx(_frechet(a.numpy(), b.numpy()), rel=1e-6)


def test_the_frechet_distance_is_that_of_torch_fidelity() -> None:
    from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric

    a, b = _features(80, 6, 0), _features(80, 6, 1)
    theirs = fid_statistics_to_metric(
        fid_features_to_statistics(a), fid_features_to_statistics(b), verbose=False
    )
    assert frechet_distance(a, b) == pytest.approx(theirs["frechet_inception_distance"], rel=1e-8)


def test_the_frechet_distance_of_two_normal_distributions_is_known_in_closed_form() -> None:
    rng = torch.Generator().manual_seed(0)
    a, b = torch.randn(200_000, 1, generator=rng), 3 * torch.randn(200_000, 1, generator=rng) + 2
    assert frechet_distance(a, b) == pytest.approx(2**2 + (3 - 1) ** 2, rel=0.02)


def test_fewer_pictures_than_dimensions_give_a_frechet_distance_too() -> None:
    a, b = _features(10, 40, 0), _features(10, 40, 1)
    assert frechet_distance(a, b) == pytest.approx(_frechet(a.numpy(), b.numpy()), rel=1e-4)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-9)


def test_the_kernel_distance_of_all_rows_is_the_sum_over_pairs() -> None:
    a, b = _features(12, 3, 0), _features(12, 3, 1, shift=0.3)
    found = kernel_distance(a, b, subsets=5, subset_size=12)
    assert found.mean == pytest.approx(_kernel(a.numpy(), b.numpy()), rel=1e-9)
    assert found.deviation == pytest.approx(0, abs=1e-9)


def test_the_kernel_distance_is_that_of_torch_fidelity() -> None:
    from torch_fidelity.metric_kid import kid_features_to_metric

    a, b = _features(40, 6, 0), _features(40, 6, 1)
    theirs = kid_features_to_metric(a, b, kid_subsets=2, kid_subset_size=40, verbose=False)
    ours = kernel_distance(a, b, subsets=2, subset_size=40)
    assert ours.mean == pytest.approx(theirs["kernel_inception_distance_mean"], rel=1e-8)


def test_the_kernel_distance_is_about_zero_between_equals_and_its_deviation_says_how_sure_it_is() -> None:
    features = _features(300, 4, 0)
    near = kernel_distance(features[:150], features[150:], subset_size=50)
    apart = kernel_distance(features[:150], features[150:] * 2, subset_size=50)
    assert abs(near.mean) < near.deviation
    assert apart.mean > max(apart.deviation, 10 * abs(near.mean))
    assert near == kernel_distance(features[:150], features[150:], subset_size=50)
    assert near != kernel_distance(features[:150], features[150:], subset_size=50, seed=1)


def test_precision_and_recall_are_the_shares_within_the_balls() -> None:
    generated, real = _features(40, 2, 0).numpy(), _features(50, 2, 1, shift=0.5).numpy()

    def covered(points: np.ndarray, manifold: np.ndarray) -> float:
        def gaps(a: np.ndarray, b: np.ndarray) -> np.ndarray:
            return np.asarray(np.linalg.norm(a[:, None] - b[None], axis=2))

        radius = np.sort(gaps(manifold, manifold), axis=1)[:, 3]  # column 0 is the point itself
        return float((gaps(points, manifold) <= radius).any(axis=1).mean())

    found = precision_and_recall(torch.from_numpy(generated), torch.from_numpy(real))
    assert found == pytest.approx((covered(generated, real), covered(real, generated)))
    assert 0 < found[0] < 1


def test_a_generator_of_one_picture_has_precision_and_no_recall() -> None:
    real = _features(60, 3, 0)
    one = real[:1] + 1e-6 * torch.randn(60, 3, generator=torch.Generator().manual_seed(0))
    precision, recall = precision_and_recall(one, real)
    assert precision == 1
    assert recall < 0.1
