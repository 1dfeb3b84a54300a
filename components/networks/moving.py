"""A point moved along directions of its latent space."""

from collections.abc import Sequence

import torch
from torch import Tensor

from interfaces.exploration import Directions
from interfaces.igme import Latent

__all__ = ["moved", "moved_along"]


def moved(begin: Sequence[float], along: Directions, moves: Sequence[float], takes: Latent) -> list[float]:
    """Return a point that is moved so many deviations along each of the first directions.

    Where the prior is uniform it stays in [-1, 1].
    """
    first = slice(len(moves))
    point = (
        torch.tensor(list(begin)) + (torch.tensor(list(moves)) * along.spreads[first]) @ along.vectors[first]
    )
    found: list[float] = _within(point, takes).tolist()
    return found


def moved_along(begin: Sequence[float], along: Directions, steps: int, reach: float, takes: Latent) -> Tensor:
    """Return points float32 (K · steps, Z): for each direction those from ``-reach`` to ``reach`` deviations away.

    Where the prior is uniform they stay in [-1, 1].
    """
    shares = torch.linspace(-reach, reach, steps)
    far = along.spreads[:, None] * shares  # (K, steps)
    points = torch.tensor(list(begin)) + far[..., None] * along.vectors[:, None]  # (K, steps, Z)
    return _within(points.flatten(0, 1), takes)


def _within(points: Tensor, takes: Latent) -> Tensor:
    return points.clamp(-1, 1) if takes.prior == "uniform" else points
