"""Distances between two sets of feature vectors. What they are called depends on the features."""

from typing import NamedTuple

import torch
from torch import Tensor

__all__ = ["Estimate", "frechet_distance", "kernel_distance", "precision_and_recall"]


class Estimate(NamedTuple):
    """A mean and the standard deviation over the subsets that it is the mean of."""

    mean: float
    deviation: float


def frechet_distance(a: Tensor, b: Tensor) -> float:
    """Return the Fréchet distance of Gaussians fitted to both sets (Dowson & Landau 1982; Heusel et al. 2017).

    ``|m₁ - m₂|² + tr(C₁ + C₂ - 2 (C₁C₂)^½)``. With ``Cᵢ = AᵢᵀAᵢ`` the trace of the root is the sum of the singular
    values of ``A₁A₂ᵀ``: it is real for singular covariances too, where a matrix square root fails.

    Args:
        a: (N, D), N at least 2.
        b: (M, D), M at least 2.

    >>> points = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    >>> round(frechet_distance(points, points + 2), 6)
    8.0
    """
    a, b = a.double(), b.double()
    gap = (a.mean(dim=0) - b.mean(dim=0)).square().sum()
    roots = [_root_of_covariance(features) for features in (a, b)]
    shared = torch.linalg.svdvals(roots[0] @ roots[1].T).sum()
    total = gap + roots[0].square().sum() + roots[1].square().sum() - 2 * shared
    return max(0.0, float(total))  # equal sets may end a rounding error below


def _root_of_covariance(features: Tensor) -> Tensor:
    """Return R with RᵀR the covariance of the rows: (min(N, D), D)."""
    centred = (features - features.mean(dim=0)) / (len(features) - 1) ** 0.5
    root: Tensor = torch.linalg.qr(centred, mode="r").R
    return root


def kernel_distance(
    a: Tensor, b: Tensor, *, subsets: int = 100, subset_size: int = 1000, seed: int = 0
) -> Estimate:
    """Return the squared maximum mean discrepancy with the kernel ``(x·y / D + 1)³`` (Bińkowski et al. 2018).

    Unbiased: between samples of one distribution it is 0 on average, and may be negative.

    Args:
        a: (N, D).
        b: (N, D), as many.
        subsets: random subsets, each without repetition.
        subset_size: rows of a subset; at most N.
        seed: of the subsets.
    """
    a, b = a.double(), b.double()
    rng = torch.Generator().manual_seed(seed)
    chosen_a, chosen_b = (_indicators(len(a), subsets, subset_size, rng) for _ in "ab")  # (N, subsets)
    m = subset_size
    found = _within(a, chosen_a) + _within(b, chosen_b)
    cross = ((_kernel(a, b) @ chosen_b) * chosen_a).sum(dim=0)
    found = found / (m * (m - 1)) - 2 * cross / m**2
    return Estimate(found.mean().item(), found.std(correction=0).item())


def _kernel(a: Tensor, b: Tensor) -> Tensor:
    return (a @ b.T).div_(a.shape[1]).add_(1).pow_(3)


def _within(features: Tensor, chosen: Tensor) -> Tensor:
    """Return the sum of the kernel over all pairs of different rows, for each subset."""
    kernel = _kernel(features, features).fill_diagonal_(0)
    return ((kernel @ chosen) * chosen).sum(dim=0)


def _indicators(n: int, subsets: int, size: int, rng: torch.Generator) -> Tensor:
    """Return 1 where a row is in a subset, else 0: with it, sums over subsets are matrix products."""
    chosen = torch.zeros(n, subsets, dtype=torch.float64)
    for column in range(subsets):
        chosen[torch.randperm(n, generator=rng)[:size], column] = 1
    return chosen


def precision_and_recall(generated: Tensor, real: Tensor, *, neighbours: int = 3) -> tuple[float, float]:
    """Return the shares of generated features within the real manifold, and the reverse (Kynkäänniemi et al. 2019).

    The manifold of a set is all balls around its points that reach the k-th nearest other one.

    Args:
        generated: (N, D), N more than ``neighbours``.
        real: (M, D).
        neighbours: k.
    """
    from components.networks._compat import enable

    enable()
    from torch_fidelity.metric_prc import calculate_precision_recall_part

    precision, recall = calculate_precision_recall_part(
        generated.double(), real.double(), neighborhood=neighbours, batch_size=2048
    )
    return float(precision), float(recall)
