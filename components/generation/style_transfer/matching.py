"""The algorithms that move the pixels: each matches another statistic of the style's maps."""

from typing import Any, final

import torch

from components.generation.style_transfer.objective import Balance
from components.generation.style_transfer.optimisation import PixelOptimisation
from components.generation.style_transfer.statistics import Gram, Moments, SlicedWasserstein, Statistic

__all__ = ["Gatys", "MomentMatching", "SlicedWassersteinMatching"]


@final
class Gatys(PixelOptimisation):
    """Gram matrices (Gatys et al. 2016)."""

    balance = Balance(content=0.06, style=1.0, smoothness=0.3)

    def statistic(self, draw: torch.Generator) -> Statistic[Any]:
        """Return Gram matrices."""
        return Gram()


@final
class MomentMatching(PixelOptimisation):
    """Mean and deviation of each channel (Li et al. 2017)."""

    balance = Balance(content=0.03, style=1.0, smoothness=0.2)

    def statistic(self, draw: torch.Generator) -> Statistic[Any]:
        """Return means and deviations."""
        return Moments()


@final
class SlicedWassersteinMatching(PixelOptimisation):
    """The distribution of the maps' values along random directions (Heitz et al. 2021)."""

    balance = Balance(content=0.03, style=1.0, smoothness=0.2)
    renewed = 25

    def statistic(self, draw: torch.Generator) -> Statistic[Any]:
        """Return the sliced Wasserstein distance along directions of ``draw``."""
        return SlicedWasserstein(draw)
