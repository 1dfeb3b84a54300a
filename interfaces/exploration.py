"""The port `Explorer`, which looks into a generator, and what it finds."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from interfaces.igme import Latent

if TYPE_CHECKING:  # brings torch
    from torch import Tensor

__all__ = ["Directions", "Edit", "Explorer", "Layer", "Look"]


class Layer(NamedTuple):
    """One layer of a generator, as an `Explorer` names it."""

    name: str
    """Its place, from 1, and what it is: ``7-convolution``."""
    shape: tuple[int, ...]
    """Of what it makes of one latent vector: channels, height, width; or numbers alone."""

    @property
    def is_picture(self) -> bool:
        """Whether what it makes has rows and columns."""
        return len(self.shape) == 3


class Look(NamedTuple):
    """What a generator makes of one point of its latent space."""

    image: "Tensor"
    """float32 (C, H, W) in [-1, 1]."""
    means: Mapping[str, float]
    """Mean activation of each layer, by its name, in their order."""


class Edit(NamedTuple):
    """An image before and after activations were set to zero."""

    before: "Tensor"
    """float32 (C, H, W) in [-1, 1]."""
    after: "Tensor"
    """Likewise."""


class Directions(NamedTuple):
    """In which directions of the latent space the pictures change most."""

    vectors: "Tensor"
    """float32 (K, Z), each of length 1, the one that explains most first."""
    shares: "Tensor"
    """float32 (K,): of the activations' variance, which each explains."""
    spreads: "Tensor"
    """float32 (K,): how far latent vectors lie apart along each, as a standard deviation."""


class Explorer(Protocol):
    """Looks into one model whose pictures come from latent vectors. It is made with the model (IGME).

    A point is as many numbers as the latent space has, in [-1, 1] where its prior is uniform. A model that knows classes apart
    is asked for one of its styles, and another one for none. What is asked for and is not there raises `SettingsError`.
    """

    @property
    def takes(self) -> Latent:
        """What a point is."""
        ...

    @property
    def layers(self) -> Sequence[Layer]:
        """The layers that compute something, in the order in which they do so; the last one makes the image."""
        ...

    def point(self, at: Sequence[float], style: str | None = None) -> Look:
        """Return the image at a point, and the mean activation of every layer there."""
        ...

    def activations(self, at: Sequence[float], layer: str, style: str | None = None) -> "Tensor":
        """Return what one layer makes at a point: float32 (channels, height, width), or (numbers, 1, 1)."""
        ...

    def edit(
        self,
        at: Sequence[float],
        layer: str,
        *,
        rows: Sequence[int] = (),
        channels: Sequence[int] = (),
        style: str | None = None,
    ) -> Edit:
        """Return the image at a point, and what it would be if rows or channels of what a layer makes were zero there."""
        ...

    def path(self, start: Sequence[float], end: Sequence[float], frames: int) -> "Tensor":
        """Return points from one to another, both among them, in equal steps: float32 (frames, Z)."""
        ...

    def images(self, latents: "Tensor", style: str | None = None) -> "Tensor":
        """Return the images of points float32 (N, Z), in few large passes: float32 (N, C, H, W) in [-1, 1]."""
        ...

    def directions(
        self, layer: str | None = None, *, count: int = 10, samples: int = 2000, seed: int = 0
    ) -> Directions:
        """Return the directions in which a layer's activations vary most; None for the first layer."""
        ...
