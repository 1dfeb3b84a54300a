"""The directions of a latent space along which pictures change most."""

import torch
from torch import Tensor

from interfaces.exploration import Directions

__all__ = ["principal_directions"]


def principal_directions(latents: Tensor, activations: Tensor, count: int) -> Directions:
    """Return the latent directions that follow the principal components of activations.

    The components are those of the activations' covariance; each is carried back to the latent space by the least squares of the
    latent vectors on the coordinates along it (Härkönen et al. 2020, equation 2).

    Args:
        latents: float32 (N, Z).
        activations: float32 (N, F), of these.
        count: how many; fewer come where the activations vary in fewer.
    """
    centred = (activations - activations.mean(0)).double()
    deviations = (latents - latents.mean(0)).double()
    # N is smaller than F as a rule: by the small one of both products
    if len(centred) <= centred.shape[1]:
        squares, vectors = torch.linalg.eigh(centred @ centred.T)
        coordinates = vectors * squares.clamp_min(0).sqrt()
    else:
        squares, vectors = torch.linalg.eigh(centred.T @ centred)
        coordinates = centred @ vectors
    squares, coordinates = squares.flip(0), coordinates.flip(1)
    there = int((squares > squares[0].clamp_min(1e-12) * 1e-9).sum())
    kept = coordinates[:, : min(count, there)]  # (N, K)
    found = (kept.T @ deviations) / squares[: kept.shape[1], None]  # (K, Z)
    vectors = found / found.norm(dim=1, keepdim=True)
    # a component has no sign of its own: the largest number of each direction is positive, wherever it is computed
    largest = vectors.gather(1, vectors.abs().argmax(1, keepdim=True))
    vectors = vectors * largest.sign()
    spreads = (deviations @ vectors.T).std(0)
    shares = squares[: kept.shape[1]] / squares.clamp_min(0).sum()
    return Directions(vectors.float(), shares.float(), spreads.float())
