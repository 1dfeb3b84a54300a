"""Explorers with one fault each."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from components.exploration import LatentExplorer
from interfaces.exploration import Directions, Edit, Layer, Look
from interfaces.igme import IGME, Latent


class GoodExplorer:
    """Passes everything on."""

    def __init__(self, model: IGME) -> None:
        self.inner = LatentExplorer(model)

    @property
    def takes(self) -> Latent:
        return self.inner.takes

    @property
    def layers(self) -> Sequence[Layer]:
        return self.inner.layers

    def point(self, at: Sequence[float], style: str | None = None) -> Look:
        return self.inner.point(at, style)

    def activations(self, at: Sequence[float], layer: str, style: str | None = None) -> Tensor:
        return self.inner.activations(at, layer, style)

    def edit(self, at: Sequence[float], layer: str, **parts: Any) -> Edit:
        return self.inner.edit(at, layer, **parts)

    def path(self, start: Sequence[float], end: Sequence[float], frames: int) -> Tensor:
        return self.inner.path(start, end, frames)

    def images(self, latents: Tensor, style: str | None = None) -> Tensor:
        return self.inner.images(latents, style)

    def directions(self, layer: str | None = None, **how: Any) -> Directions:
        return self.inner.directions(layer, **how)


class ShowsItMirrored(GoodExplorer):
    """Mirrors every image."""

    def point(self, at: Sequence[float], style: str | None = None) -> Look:
        look = self.inner.point(at, style)
        return look._replace(image=look.image.flip(2))

    def edit(self, at: Sequence[float], layer: str, **parts: Any) -> Edit:
        found = self.inner.edit(at, layer, **parts)
        return Edit(found.before.flip(2), found.after.flip(2))

    def images(self, latents: Tensor, style: str | None = None) -> Tensor:
        return self.inner.images(latents, style).flip(3)


class ForgetsALayer(GoodExplorer):
    """Has no mean of the last one."""

    def point(self, at: Sequence[float], style: str | None = None) -> Look:
        look = self.inner.point(at, style)
        means: Mapping[str, float] = dict([*look.means.items()][:-1])
        return look._replace(means=means)


class EditsNothing(GoodExplorer):
    """Shows the image before twice."""

    def edit(self, at: Sequence[float], layer: str, **parts: Any) -> Edit:
        found = self.inner.edit(at, layer, **parts)
        return Edit(found.before, found.before)


class StopsShort(GoodExplorer):
    """Does not come to the end."""

    def path(self, start: Sequence[float], end: Sequence[float], frames: int) -> Tensor:
        return self.inner.path(start, end, frames + 1)[:-1]


class PointsTooFar(GoodExplorer):
    """Has directions of length two."""

    def directions(self, layer: str | None = None, **how: Any) -> Directions:
        found = self.inner.directions(layer, **how)
        return found._replace(vectors=found.vectors * 2)


class TakesEveryClass(GoodExplorer):
    """Does not ask whether the model knows it."""

    def point(self, at: Sequence[float], style: str | None = None) -> Look:
        return self.inner.point(at)
