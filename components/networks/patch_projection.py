"""What makes features of places comparable: a small network for each depth of an encoder (Park et al. 2020, section 3.2)."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from components.networks.initialisation import initialise
from interfaces.igme import Initialisation

__all__ = ["build_projections", "project"]

_WIDTH = 256


def build_projections(
    depths: Sequence[int], initialisation: Initialisation, rng: torch.Generator
) -> nn.ModuleList:
    """Return two dense layers of 256 for each of the ``depths``, which have so many channels, on the CPU."""
    with torch.device("meta"):  # nothing is drawn there, so that torch's global randomness stays untouched
        projections = nn.ModuleList(
            nn.Sequential(nn.Linear(channels, _WIDTH), nn.ReLU(inplace=True), nn.Linear(_WIDTH, _WIDTH))
            for channels in depths
        )
    projections.to_empty(device="cpu")
    initialise(projections, initialisation, rng)
    return projections


def project(projections: nn.ModuleList, seen: Sequence[Tensor], places: Sequence[Tensor]) -> Sequence[Tensor]:
    """Return vectors of length 1, float32 (N, P, 256) for each depth.

    Args:
        projections: one for each depth.
        seen: features at each depth, (N, C, h, w).
        places: at each depth int64 (P,), which of its h * w places to take: the same of all pictures.
    """
    vectors = []
    for projection, features, chosen in zip(projections, seen, places, strict=True):
        taken = features.flatten(2)[:, :, chosen].mT  # (N, C, h, w) -> (N, P, C)
        vectors.append(F.normalize(projection(taken).float(), dim=2))
    return vectors
