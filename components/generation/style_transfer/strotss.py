"""Style transfer by relaxed optimal transport and self-similarity (Kolkin, Salavon & Shakhnarovich 2019): the option of quality."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple, final

import torch
import torch.nn.functional as F
from torch import Tensor

from components.generation.style_transfer.algorithm import Features
from components.generation.style_transfer.coarse_to_fine import CoarseToFine
from components.generation.style_transfer.hypercolumns import columns, look, scattered, values_at
from components.generation.style_transfer.laplacian import LaplacianStepper
from components.generation.style_transfer.objective import Criterion, Losses, Targets, outside, shares
from components.generation.style_transfer.steppers import Adam, Stepper
from components.generation.style_transfer.transport import (
    Cosine,
    Euclidean,
    decorrelated,
    moment_distance,
    moments,
    relaxed_emd,
    self_similarity,
    self_similarity_distance,
)
from interfaces.igs import Stylize

__all__ = ["STROTSS", "TransportLoss", "Weights"]

_LAYERS = (
    "relu1_1", "relu1_2", "relu2_1", "relu2_2", "relu3_1", "relu3_2", "relu3_3", "relu4_3", "relu5_3",
)  # fmt: skip
"""Those of the authors' own implementation, which has VGG16."""
_CONTENT = 2.0
"""Of the content: with 1, an eye of a cat was lost in the style at 128 pixels."""
_MOST_EMPHASIS, _EVEN_SIDE = 16.0, 1024
"""How much the content counts beside the style is halved from one size to the next: 16 at 64 pixels, 1 at 1024 (section 3)."""
_FEWEST_PLACES, _MOST_PLACES = 256, 1024
"""Of the image, drawn anew at each step."""
_PIXELS_A_PLACE = 16
"""Between the two: at the coarse sizes more places would tell the same again."""
_MOST_STYLE_PLACES = 1024
_PIXELS_A_STYLE_PLACE = 4
"""Of each style, drawn once at each size."""
_RATE = 0.03


@final
class STROTSS(CoarseToFine):
    """Each place of the image becomes like some place of the style, and each of the style is somewhere in the image.

    What is kept of the content is which of its places are alike, not what they look like. So the style can change all that is seen
    and the content still stands.
    """

    smallest: ClassVar[int] = 64
    renewed: ClassVar[int | None] = 1

    def layers(self, settings: Stylize) -> Sequence[str]:
        """Return the layers of the hypercolumns."""
        return _LAYERS

    def criterion(
        self, features: Features, targets: Targets, settings: Stylize, draw: torch.Generator
    ) -> Criterion:
        """Return the loss at one size."""
        emphasis = _EVEN_SIDE / max(targets.content.shape[2:])
        weights = Weights(
            content=_CONTENT * settings.content_weight,
            style=settings.style_weight,
            emphasis=min(_MOST_EMPHASIS, max(1.0, emphasis)),
        )
        return TransportLoss(features, targets, weights, draw)

    def stepper(self, settings: Stylize, falls: int) -> Stepper:
        """Return Adam in a Laplacian pyramid."""
        return LaplacianStepper(Adam(_RATE / 2**falls))


class Weights(NamedTuple):
    """How much each part of the loss counts."""

    content: float
    style: float
    emphasis: float
    """Of the content beside the style; the palette counts the less for it (equation 1)."""


class _Style(NamedTuple):
    directions: Tensor
    """The hypercolumns at length 1."""
    moments: tuple[Tensor, Tensor]
    palette: Tensor


@final
class TransportLoss:
    """Equation 1 at places that are drawn anew again and again.

    A place belongs to a region as often as the region's value there says. Several styles without regions pull at all places, each as
    much as its share.
    """

    def __init__(self, features: Features, targets: Targets, weights: Weights, draw: torch.Generator) -> None:
        self._features = features
        self._weights = weights
        self._shares = shares(targets)
        self._regions = targets.regions
        height, width = (int(side) for side in targets.content.shape[2:])
        self._side = (height, width)
        self._count = min(_MOST_PLACES, max(_FEWEST_PLACES, height * width // _PIXELS_A_PLACE))
        with torch.no_grad():
            self._content = look(features, targets.content, _LAYERS)
            # a style without a share draws nothing, so that the others are what they are alone
            self._styles = [
                self._describe(style, draw) if share > 0 else None
                for style, share in zip(targets.styles, self._shares, strict=True)
            ]

    def renew(self, draw: torch.Generator) -> None:
        """Draw places."""
        self._places = scattered(self._side, self._count, draw)
        with torch.no_grad():
            self._similarity = self_similarity(_unit(columns(self._content, self._places)))
            chance = torch.rand(len(self._places), generator=draw)
            self._inside = [values_at(region, self._places)[:, 0] > chance for region in self._regions]

    def __call__(self, image: Tensor) -> Losses:
        """Return the losses of ``image`` (1, 3, H, W); gradients pass through."""
        found = columns(look(self._features, image, _LAYERS), self._places)
        directions = _unit(found)
        content = style = image.new_zeros(())
        if self._weights.content > 0:
            content = self_similarity_distance(self_similarity(directions), self._similarity)
        for number, (share, wanted) in enumerate(zip(self._shares, self._styles, strict=True)):
            inside = self._inside[number] if self._regions else slice(None)
            chosen = found[inside]
            if wanted is not None and len(chosen) and self._weights.style > 0:
                style = style + share * self._distance(chosen, directions[inside], wanted)
        emphasis = self._weights.emphasis
        total = emphasis * self._weights.content * content + self._weights.style * style
        total = total / (2 + emphasis + 1 / emphasis)
        return Losses(total + outside(image), content, style)

    def _describe(self, style: Tensor, draw: torch.Generator) -> _Style:
        height, width = (int(side) for side in style.shape[2:])
        count = min(_MOST_STYLE_PLACES, max(_FEWEST_PLACES, height * width // _PIXELS_A_STYLE_PLACE))
        places = scattered((height, width), count, draw)
        found = columns(look(self._features, style, _LAYERS), places)
        return _Style(_unit(found), moments(found), decorrelated(found[:, :3]))

    def _distance(self, found: Tensor, directions: Tensor, wanted: _Style) -> Tensor:
        palette = relaxed_emd(decorrelated(found[:, :3]), wanted.palette, Euclidean())
        return (
            relaxed_emd(directions, wanted.directions, Cosine())
            + moment_distance(moments(found), wanted.moments)
            + palette / self._weights.emphasis
        )


def _unit(vectors: Tensor) -> Tensor:
    return F.normalize(vectors, dim=1)
