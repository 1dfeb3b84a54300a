"""Instance normalisation, whose statistics may be those of a whole picture while its pieces pass."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal, final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["InstanceNorm", "Statistics", "normalisation"]

_EPSILON = 1e-5


@final
class Statistics:
    """Means and variances by which a network's instance normalisations go, in place of those of each picture.

    Those of a thumbnail serve every tile of a picture, so that tiles agree (Chen et al. 2022, section 3.2).
    """

    def __init__(self) -> None:
        self._of: dict[int, tuple[Tensor, Tensor]] = {}
        self._are_noted = False

    @contextmanager
    def noted(self) -> Iterator[None]:
        """While open, what normalisations find is noted."""
        with self._in_use():
            yield
        self._are_noted = True

    @contextmanager
    def applied(self) -> Iterator[None]:
        """While open, normalisations go by what was noted."""
        with self._in_use():
            yield

    @contextmanager
    def _in_use(self) -> Iterator[None]:
        token = _STATISTICS.set(self)
        try:
            yield
        finally:
            _STATISTICS.reset(token)

    def normalise(self, layer: nn.Module, maps: Tensor) -> Tensor:
        """Return ``maps`` (N, C, H, W) as the layer gives them."""
        if not self._are_noted:
            variance, mean = torch.var_mean(maps.float(), (2, 3), correction=0, keepdim=True)
            self._of[id(layer)] = (mean, torch.rsqrt(variance + _EPSILON))
        mean, gain = self._of[id(layer)]
        return ((maps - mean) * gain).to(maps.dtype)


_STATISTICS: ContextVar[Statistics | None] = ContextVar("statistics of instance normalisations", default=None)


@final
class InstanceNorm(nn.Module):
    """Normalisation of each map by itself (Ulyanov et al. 2016), by its own statistics or by those in use."""

    def forward(self, maps: Tensor) -> Tensor:
        """Return ``maps`` (N, C, H, W) with mean 0 and variance 1."""
        statistics = _STATISTICS.get()
        if statistics is not None:
            return statistics.normalise(self, maps)
        # as many groups as channels: the same numbers in half of the time on a processor
        return F.group_norm(maps, maps.shape[1], eps=_EPSILON)


def normalisation(kind: Literal["instance", "batch"], channels: int) -> nn.Module:
    """Return a normalisation of maps (N, channels, H, W): of each map by itself (Ulyanov et al. 2016), or of a batch.

    The former learns nothing.
    """
    return nn.BatchNorm2d(channels) if kind == "batch" else InstanceNorm()
