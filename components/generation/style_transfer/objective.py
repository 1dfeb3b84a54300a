"""What is made small: how far an image is from its content and its styles, and how rough it is."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol, final

import torch
import torch.nn.functional as F
from torch import Tensor

from components.generation.style_transfer.algorithm import Features
from components.generation.style_transfer.statistics import Statistic

__all__ = ["Balance", "Criterion", "Losses", "Objective", "Targets", "outside", "shares", "total_variation"]

_TINY = 1e-8
_OUTSIDE = 10.0


class Balance(NamedTuple):
    """What each part of the loss is multiplied with."""

    content: float
    style: float
    smoothness: float


class Losses(NamedTuple):
    """Scalars; the parts are multiplied with nothing yet."""

    total: Tensor
    content: Tensor
    style: Tensor


class Targets(NamedTuple):
    """What the image shall be like, at one size."""

    content: Tensor
    """float32 (1, 3, H, W) in [-1, 1]."""
    styles: Sequence[Tensor]
    """float32 (1, 3, h, w) in [-1, 1] each."""
    blend: Sequence[float]
    """How much each style counts; they add up to 1."""
    regions: Sequence[Tensor]
    """Where each style goes, float32 (1, 1, H, W) in [0, 1] each; none: everywhere."""


class Criterion(Protocol):
    """The loss of an image at one size."""

    def renew(self, draw: torch.Generator) -> None:
        """Draw anew from ``draw``. Where an algorithm draws at all, this comes before the first call."""
        ...

    def __call__(self, image: Tensor) -> Losses:
        """Return the losses of ``image`` (1, 3, H, W); gradients pass through."""
        ...


@final
class Objective:
    """The loss of statistics. All that stays the same is computed once, here.

    Args:
        statistic: what of the maps is the style.
        content_layers: how much each layer counts, 1 together; none: the content does not count.
        style_layers: the same for the style.
    """

    def __init__(
        self,
        features: Features,
        targets: Targets,
        statistic: Statistic[Any],
        balance: Balance,
        content_layers: Mapping[str, float],
        style_layers: Mapping[str, float],
    ) -> None:
        self._features = features
        self._statistic = statistic
        self._balance = balance
        self._content_layers = content_layers if balance.content > 0 else {}
        self._style_layers = style_layers if balance.style > 0 else {}
        self._shares = shares(targets)
        self._targets = targets
        self._regions = targets.regions
        with torch.no_grad():
            maps = features(targets.content, list(self._content_layers))
            self._content = {layer: found.clone() for layer, found in maps.items()}
            self._content_squares = {
                layer: found.square().mean() + _TINY for layer, found in self._content.items()
            }
            self._styles = [self._describe_whole(style) for style in targets.styles]

    def renew(self, draw: torch.Generator) -> None:
        """Let the statistic draw anew."""
        self._statistic.renew(draw)
        with torch.no_grad():
            self._styles = [self._describe_whole(style) for style in self._targets.styles]

    def __call__(self, image: Tensor) -> Losses:
        """Return the losses of ``image`` (1, 3, H, W); gradients pass through."""
        maps = self._features(image, list({**self._style_layers, **self._content_layers}))
        zero = image.new_zeros(())
        content = zero + sum(
            weight * F.mse_loss(maps[layer], self._content[layer]) / self._content_squares[layer]
            for layer, weight in self._content_layers.items()
        )
        style = zero + sum(
            weight * self._style_distance(layer, maps[layer]) for layer, weight in self._style_layers.items()
        )
        total = self._balance.content * content + self._balance.style * style
        if self._balance.smoothness > 0:
            total = total + self._balance.smoothness * total_variation(image)
        return Losses(total + outside(image), content, style)

    def _describe_whole(self, style: Tensor) -> dict[str, Any]:
        maps = self._features(style, list(self._style_layers))
        return {
            layer: self._statistic.describe(layer, found[0].flatten(1), None) for layer, found in maps.items()
        }

    def _style_distance(self, layer: str, maps: Tensor) -> Tensor:
        flat = maps[0].flatten(1)
        distance = maps.new_zeros(())
        if not self._regions:
            got = self._statistic.describe(layer, flat, None)
            for share, style in zip(self._shares, self._styles, strict=True):
                distance = distance + share * self._statistic.distance(got, style[layer])
            return distance
        for share, style, region in zip(self._shares, self._styles, self._regions, strict=True):
            if share > 0:
                got = self._statistic.describe(layer, flat, _place_weights(region, maps))
                distance = distance + share * self._statistic.distance(got, style[layer])
        return distance


def shares(targets: Targets) -> list[float]:
    """Return how much each style counts: a region by its area, so that no pixel is pulled harder for the region being small."""
    if not targets.regions:
        return list(targets.blend)
    areas = [float(region.mean()) for region in targets.regions]
    counted = [blend * area for blend, area in zip(targets.blend, areas, strict=True)]
    covered = min(1.0, sum(areas))
    return [covered * each / max(sum(counted), _TINY) for each in counted]


def _place_weights(region: Tensor, maps: Tensor) -> Tensor:
    """Return how much each place of ``maps`` counts, (h·w,), 1 together."""
    resized = F.interpolate(region, maps.shape[2:], mode="bilinear", antialias=True, align_corners=False)
    weights = resized.flatten().clamp(0, 1)
    return weights / weights.sum().clamp_min(_TINY)


def outside(image: Tensor) -> Tensor:
    """Return what it costs to be outside of [-1, 1]: cutting it off in the end changes nothing that is seen."""
    return _OUTSIDE * (image - image.clamp(-1, 1)).square().mean()


def total_variation(image: Tensor) -> Tensor:
    """Return the mean squared difference of neighbouring pixels, down and across."""
    down = (image[:, :, 1:] - image[:, :, :-1]).square().mean()
    across = (image[:, :, :, 1:] - image[:, :, :, :-1]).square().mean()
    return down + across
