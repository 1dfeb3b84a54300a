"""Latent vectors: the one place where they are drawn."""

from collections.abc import Sequence

import torch
from torch import Tensor

from interfaces.errors import SettingsError
from interfaces.igme import GenerativeNetwork, Latent

__all__ = ["draw_latents", "latents_of_seeds", "wanted_latent"]


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
