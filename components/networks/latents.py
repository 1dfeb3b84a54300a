"""Latent vectors: the one place where they are drawn."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from interfaces.errors import SettingsError
from interfaces.igme import GenerativeNetwork, Latent

__all__ = ["draw_latents", "latents_between", "latents_of_seeds", "latents_on_the_way", "wanted_latent"]


def draw_latents(count: int, takes: Latent, rng: torch.Generator) -> Tensor:
    """Return latent vectors, float32 (count, length), on the device of ``rng``.

    >>> draw_latents(5, Latent(length=3, prior="uniform"), torch.Generator()).abs().max().item() <= 1
    True
    """
    shape = (count, takes.length)
    if takes.prior == "uniform":
        return torch.rand(shape, generator=rng, device=rng.device) * 2 - 1
    return torch.randn(shape, generator=rng, device=rng.device)


def latents_of_seeds(seeds: Sequence[int], takes: Latent) -> Tensor:
    """Return latent vectors, float32 (len(seeds), length), each from its own seed alone.

    >>> takes = Latent(length=4)
    >>> bool((latents_of_seeds(range(5, 8), takes)[2] == latents_of_seeds(range(7, 8), takes)[0]).all())
    True
    """
    rows = [draw_latents(1, takes, torch.Generator().manual_seed(seed)) for seed in seeds]
    return torch.cat(rows)  # N x (1, Z) -> (N, Z)


def latents_between(first: int, last: int, shares: Sequence[float], takes: Latent) -> Tensor:
    """Return latent vectors on the way between those of two seeds, float32 (len(shares), length).

    Normal ones go along the great circle (Shoemake 1985; for generators White 2016, "Sampling Generative Networks"), their
    lengths from the one to the other in equal steps: a straight line would pass vectors shorter than any that is drawn.
    Uniform ones go straight, which stays within their range. Each depends on its own share alone.

    Args:
        first: the seed at share 0, whose vector comes as it is.
        last: the seed at share 1, likewise.
        shares: how far on the way, from 0 to 1.
        takes: what the network takes.
    """
    return latents_on_the_way(latents_of_seeds((first, last), takes), shares, takes)


def latents_on_the_way(ends: Tensor, shares: Sequence[float], takes: Latent) -> Tensor:
    """Return latent vectors on the way between two, as `latents_between` does, float32 (len(shares), length).

    Args:
        ends: float32 (2, length).
        shares: how far on the way, from 0 to 1.
        takes: what the network takes.
    """
    one, other = ends.double()
    rows = []
    for share in shares:
        if share in (0, 1):
            rows.append(ends[int(share)])
            continue
        a, b = (1 - share, share) if takes.prior == "uniform" else _on_the_circle(one, other, share)
        rows.append((a * one + b * other).float())
    return torch.stack(rows)


def _on_the_circle(one: Tensor, other: Tensor, share: float) -> tuple[float, float]:
    """Return how much of either vector the one on the great circle between them has."""
    lengths = float(one.norm()), float(other.norm())
    # in plain numbers: what a vector of them gives depends on how many there are
    angle = math.acos(max(-1.0, min(1.0, float(one @ other) / (lengths[0] * lengths[1]))))
    if math.sin(angle) < 1e-6:  # there is no one circle through both
        return 1 - share, share
    length = ((1 - share) * lengths[0] + share * lengths[1]) / math.sin(angle)
    return (
        math.sin((1 - share) * angle) * length / lengths[0],
        math.sin(share * angle) * length / lengths[1],
    )


def wanted_latent(architecture: GenerativeNetwork) -> Latent:
    """Return what latent vectors a network takes.

    Raises:
        SettingsError: it takes pictures.
    """
    takes = architecture.takes
    if not isinstance(takes, Latent):
        raise SettingsError(
            f"wanted a network that makes pictures from noise, got {architecture.kind!r}, which takes a {takes.kind}"
        )
    return takes
