"""The algorithms of style transfer, by the names that `Stylize.algorithm` takes."""

from components.generation.style_transfer.algorithm import StyleAlgorithm
from components.generation.style_transfer.feedforward import Feedforward
from components.generation.style_transfer.histogram import HistogramMatching
from components.generation.style_transfer.matching import (
    Gatys,
    MomentMatching,
    SlicedWassersteinMatching,
)
from components.generation.style_transfer.reinhard import Reinhard
from components.generation.style_transfer.strotss import STROTSS
from interfaces.registry import Registry

__all__ = ["STYLE_ALGORITHMS"]

STYLE_ALGORITHMS: Registry[StyleAlgorithm] = Registry(
    "style_algorithm",
    {
        "gatys": Gatys,
        "moments": MomentMatching,
        "sliced-wasserstein": SlicedWassersteinMatching,
        "strotss": STROTSS,
        "feedforward": Feedforward,
        "reinhard": Reinhard,
        "histogram": HistogramMatching,
    },
)
"""A new one is a module of its own, and a line here."""
