"""What style transfer by relaxed optimal transport makes small (Kolkin, Salavon & Shakhnarovich 2019), on sets of feature vectors."""

from typing import Protocol, final

import torch
from torch import Tensor

from components.generation.style_transfer.products import products

__all__ = [
    "Cosine",
    "Euclidean",
    "Metric",
    "decorrelated",
    "moment_distance",
    "moments",
    "relaxed_emd",
    "self_similarity",
    "self_similarity_distance",
]

_TINY = 1e-8
_DECORRELATING = (
    (0.577350, 0.577350, 0.577350),
    (-0.577350, 0.788675, -0.211325),
    (-0.577350, -0.211325, 0.788675),
)
"""Rows: lightness first, the two others at right angles to it and each other."""


class Metric(Protocol):
    """How far vectors are from each other."""

    def table(self, these: Tensor, those: Tensor) -> Tensor:
        """Return the distances (n, m) of each of ``these`` (n, d) to each of ``those`` (m, d)."""
        ...

    def pairs(self, these: Tensor, those: Tensor) -> Tensor:
        """Return the distances (n,) of each of ``these`` (n, d) to its partner in ``those`` (n, d)."""
        ...


@final
class Cosine:
    """1 - the cosine of the angle between vectors of length 1."""

    def table(self, these: Tensor, those: Tensor) -> Tensor:
        """Return the distances, in [0, 2]."""
        return 1 - these @ those.T

    def pairs(self, these: Tensor, those: Tensor) -> Tensor:
        """Return the distances, in [0, 2]."""
        return 1 - (these * those).sum(1)


@final
class Euclidean:
    """The length of the difference."""

    def table(self, these: Tensor, those: Tensor) -> Tensor:
        """Return the distances."""
        return torch.cdist(these, those)

    def pairs(self, these: Tensor, those: Tensor) -> Tensor:
        """Return the distances; equal vectors have a gradient, too, which is 0."""
        return ((these - those).square().sum(1) + _TINY**2).sqrt()


def relaxed_emd(got: Tensor, wanted: Tensor, metric: Metric) -> Tensor:
    """Return the relaxed earth mover's distance of two sets of vectors, (n, d) and (m, d), all of the same mass.

    Each vector goes to its nearest one in the other set, in the direction in which that costs more (equations 4 to 6): a lower bound
    of the earth mover's distance. Gradients pass through ``got``. The nearest ones are looked for without gradients, which come out
    the same and need a fraction of the time.
    """
    with torch.no_grad():
        table = metric.table(got, wanted)
        (to_wanted, nearest), (to_got, origin) = table.min(1), table.min(0)
        there_costs_more = bool(to_wanted.mean() >= to_got.mean())
    if there_costs_more:
        return metric.pairs(got, wanted[nearest]).mean()
    return metric.pairs(got[origin], wanted).mean()


def moments(vectors: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean (d,) and covariance (d, d) of vectors (n, d)."""
    mean = vectors.mean(0)
    away = vectors - mean
    return mean, products(away.T) / len(vectors)


def moment_distance(got: tuple[Tensor, Tensor], wanted: tuple[Tensor, Tensor]) -> Tensor:
    """Return the absolute difference of the means plus that of the covariances (equation 7).

    Each is relative to what is wanted: about 1 where nothing of it is there, for every network. In the paper the order of a network's
    activations decides how much it counts.
    """
    return sum(
        (
            (here - there).abs().mean() / (there.abs().mean() + _TINY)
            for here, there in zip(got, wanted, strict=True)
        ),
        start=got[0].new_zeros(()),
    )


def self_similarity(vectors: Tensor) -> Tensor:
    """Return the cosine distances (n, n) of vectors (n, d) of length 1 to each other, 1 together in each column.

    It does not change where all vectors are turned: it says which places are alike, and not what they look like.
    """
    distances = (1 - products(vectors)).clamp_min(0)
    return distances / distances.sum(0, keepdim=True).clamp_min(_TINY)


def self_similarity_distance(got: Tensor, wanted: Tensor) -> Tensor:
    """Return how far two self-similarities (n, n) are from each other: the absolute differences of a column together, their mean."""
    return (got - wanted).abs().sum(0).mean()


def decorrelated(colours: Tensor) -> Tensor:
    """Return red, green and blue (n, 3) in axes that hardly depend on each other: lightness and two of colour, by a turn alone."""
    return colours @ colours.new_tensor(_DECORRELATING).T
