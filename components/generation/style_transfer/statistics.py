"""What of a picture's maps is its style: Gram matrices, means and deviations, or the distribution of each map's values."""

from typing import NamedTuple, Protocol, TypeVar, final

import torch
from torch import Tensor

from components.generation.style_transfer.products import products

__all__ = ["Gram", "Moments", "Quantiles", "SlicedWasserstein", "Statistic"]

Description = TypeVar("Description")

_TINY = 1e-8
_SORTED = 2**19
"""Values that are sorted in one layer at most: beyond, sorting takes longer than the convolutions."""
_FEWEST_DIRECTIONS = 8


class Statistic(Protocol[Description]):
    """Describes a layer's maps without their places, and compares two descriptions.

    Each distance is relative to what was wanted: 0 where they agree, and about 1 where nothing of it is there, at every size and for
    every network.
    """

    def describe(self, layer: str, maps: Tensor, weights: Tensor | None) -> Description:
        """Return the description of maps (C, n) whose n places count as ``weights`` (n,) say, which add up to 1; None: all alike."""
        ...

    def distance(self, got: Description, wanted: Description) -> Tensor:
        """Return how far ``got`` is from ``wanted``, a scalar of at least 0."""
        ...

    def renew(self, draw: torch.Generator) -> None:
        """Draw anew from ``draw``; what was described before cannot be compared any more."""
        ...


@final
class Gram:
    """The mean product of each two channels (Gatys et al. 2016, equation 3, divided by the number of places)."""

    def describe(self, layer: str, maps: Tensor, weights: Tensor | None) -> Tensor:
        """Return the Gram matrix (C, C)."""
        return products(maps) / maps.shape[1] if weights is None else products(maps * weights.sqrt())

    def distance(self, got: Tensor, wanted: Tensor) -> Tensor:
        """Return the squared difference relative to the square of ``wanted``."""
        return (got - wanted).square().sum() / (wanted.square().sum() + _TINY)

    def renew(self, draw: torch.Generator) -> None:
        """Draw nothing."""


@final
class Moments:
    """Mean and standard deviation of each channel (Li et al. 2017, "Demystifying neural style transfer", section 4.2)."""

    def describe(self, layer: str, maps: Tensor, weights: Tensor | None) -> Tensor:
        """Return means and standard deviations (2, C)."""
        mean = maps.mean(1) if weights is None else maps @ weights
        away = (maps - mean[:, None]).square()
        variance = away.mean(1) if weights is None else away @ weights
        return torch.stack((mean, (variance + _TINY).sqrt()))

    def distance(self, got: Tensor, wanted: Tensor) -> Tensor:
        """Return the squared difference relative to the square of ``wanted``."""
        return (got - wanted).square().sum() / (wanted.square().sum() + _TINY)

    def renew(self, draw: torch.Generator) -> None:
        """Draw nothing."""


class Quantiles(NamedTuple):
    """The values of maps along some directions, in order."""

    values: Tensor
    """(D, n), rising in each row."""
    mass: Tensor
    """How much each value counts, (D, n), 1 in each row."""
    places: Tensor
    """Share of the row that lies below the middle of each value, (D, n), in (0, 1)."""


@final
class SlicedWasserstein:
    """The squared Wasserstein-2 distance along random directions (Heitz et al. 2021): sort both, and compare value by value.

    Sets of other lengths are brought to equal ones: the wanted values are read at the places of those that there are, between
    two of them in proportion.

    Args:
        draw: gives the directions, which are orthogonal to each other; each layer keeps its own.
    """

    def __init__(self, draw: torch.Generator) -> None:
        self._draw = draw
        self._directions: dict[str, Tensor] = {}

    def renew(self, draw: torch.Generator) -> None:
        """Draw other directions."""
        self._draw, self._directions = draw, {}

    def describe(self, layer: str, maps: Tensor, weights: Tensor | None) -> Quantiles:
        """Return the sorted projections; places that count for nothing are left out."""
        if weights is not None:
            there = weights > 0
            maps, weights = maps[:, there], weights[there]
        channels, count = maps.shape
        if layer not in self._directions:
            wanted = min(channels, max(_FEWEST_DIRECTIONS, _SORTED // count))
            drawn = torch.randn(channels, wanted, generator=self._draw)
            self._directions[layer] = torch.linalg.qr(drawn).Q.T.contiguous()
        directions = self._directions[layer]
        values, order = (directions @ maps).sort(dim=1)
        if weights is None:
            mass = values.new_full((1, count), 1 / count).expand_as(values)
            places = ((torch.arange(count) + 0.5) / count).expand_as(values)
        else:
            mass = weights[order]
            places = mass.cumsum(1) - mass / 2
        return Quantiles(values, mass, places)

    def distance(self, got: Quantiles, wanted: Quantiles) -> Tensor:
        """Return the mean of the squared distances relative to the mean square of ``wanted``."""
        aims = _read_at(wanted, got.places)
        apart = (got.mass * (got.values - aims).square()).sum()
        return apart / ((wanted.mass * wanted.values.square()).sum() + _TINY)


def _read_at(wanted: Quantiles, places: Tensor) -> Tensor:
    """Return the values of ``wanted`` at ``places``, in proportion between two of them, and the outermost ones beyond."""
    known, values = wanted.places.contiguous(), wanted.values
    if known.shape[1] == 1:
        return values.expand_as(places)
    after = torch.searchsorted(known, places.contiguous()).clamp(1, known.shape[1] - 1)
    low, high = known.gather(1, after - 1), known.gather(1, after)
    share = ((places - low) / (high - low).clamp_min(torch.finfo(low.dtype).tiny)).clamp(0, 1)
    return torch.lerp(values.gather(1, after - 1), values.gather(1, after), share)
