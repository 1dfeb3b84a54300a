"""A critic that judges what a frozen network sees: the discriminator of projected GANs."""

from collections.abc import Callable
from functools import cache
from itertools import pairwise
from math import sqrt
from pathlib import Path
from typing import Annotated, Literal, Self, final

import torch
import torch.nn.functional as F
from pydantic import Field, model_validator
from torch import Tensor, nn

from components.networks.frozen_features import FROZEN_FEATURES, FrozenFeatures
from components.networks.labels import wanted_labels
from components.networks.spectral import SpectralConv2d
from interfaces.contract import Contract
from interfaces.marks import NamesFile

__all__ = ["ProjectedCritic", "ProjectedCriticNet"]

_HEAD_SIDE = 7
_SLOPE = 0.2


class ProjectedCritic(Contract):
    """A critic of small heads on frozen features (Sauer et al. 2021)."""

    kind: Literal["projected"] = "projected"
    features: Annotated[str, NamesFile(f"a file of {' or '.join(FROZEN_FEATURES)}", "features")] = Field(
        "efficientnet-lite0",
        min_length=1,
        description="Network trained on ImageNet: efficientnet-lite0 or squeezenet1_1, or the path of a file of one.",
    )
    view_side: int = Field(128, ge=32, le=512, description="Side to which pictures are enlarged for it.")
    margin: int = Field(
        17,
        ge=0,
        le=64,
        description="Mirrored pixels around the enlarged picture, which lies at another place between them in each "
        "step: so no grid of the features' steps stays where it is, and no border is seen less than the rest.",
    )
    """With 128 + 17 = 9 · 16 + 1 pixels, steps of 2 to 16 end at the last pixel as they begin at the first. With 16, the gradient of
    the right and lower border had a quarter of the energy of that of the left and upper one."""
    width: int = Field(
        64, ge=4, le=512, description="Channels of the shallowest head; deeper ones have more."
    )
    mixing: bool = Field(True, description="Whether each depth also sees the deeper ones, by fixed mixing.")

    @model_validator(mode="after")
    def _check_margin(self) -> Self:
        if self.margin >= self.view_side:
            raise ValueError(f"margin: wanted less than view_side {self.view_side}, got {self.margin}")
        return self


@final
class ProjectedCriticNet(nn.Module):
    """The critic that `ProjectedCritic` describes.

    The frozen part: features at four depths, a fixed random 1x1 projection of each, and added
    to it, from deep to shallow, a fixed random mixture of the depths below (Sauer et al. 2021, sections 3.2.1
    and 3.2.2, with 1x1 in place of 3x3 mixtures). The learning part: for each depth a head of spectrally
    normalised convolutions (section 4) that scores small regions; with ``labels`` > 0 the score also has the
    inner product with an embedding of the label (Miyato & Koyama 2018).

    Args:
        settings: of the critic.
        features: the frozen network; its weights need not be there yet.
        labels: how many styles a conditional critic knows.
    """

    def __init__(self, settings: ProjectedCritic, features: FrozenFeatures, labels: int = 0) -> None:
        super().__init__()
        self._side = settings.view_side
        self._margin = settings.margin
        self.features = features
        widths = [settings.width * factor for factor in (1, 2, 4, 4)]
        for index, (before, after) in enumerate(zip(features.depths, widths, strict=True)):
            self.register_buffer(f"projection{index}", torch.empty(after, before, 1, 1))
        if settings.mixing:
            for index, (after, deeper) in enumerate(pairwise(widths)):
                self.register_buffer(f"mixture{index}", torch.empty(after, deeper, 1, 1))
        self._mixing = settings.mixing
        sides = features.sides(settings.view_side + settings.margin)
        halvings = [max(0, (side // _HEAD_SIDE).bit_length() - 1) for side in sides]
        self.heads = nn.ModuleList(
            _Head(width, 2 * settings.width, count, labels)
            for width, count in zip(widths, halvings, strict=True)
        )

    def load(self, features: Path, rng: torch.Generator) -> None:
        """Take the frozen part: the features of a file, and projections drawn from ``rng``.

        Raises:
            WeightsError: the file cannot be read, or holds another network.
        """
        self.features.load(features)
        for name, buffer in self.named_buffers(recurse=False):
            if name.startswith(("projection", "mixture")):
                buffer.normal_(0, sqrt(1 / buffer.shape[1]), generator=rng)

    def view(self, rng: torch.Generator) -> Callable[[Tensor], Tensor]:
        """Return how the critic looks at pictures (N, C, side, side) during one step: enlarged, at a place of ``rng``.

        Bicubic, since bilinear enlargement halves what alternates from pixel to pixel, and so hides it.
        """
        down = right = 0
        if self._margin:
            drawn = torch.randint(self._margin + 1, (2,), generator=rng, device=rng.device)
            down, right = drawn.tolist()

        def look(images: Tensor) -> Tensor:
            enlarged = _enlargement(images.shape[2], self._side).to(images)
            rows, columns = enlarged[self._places(down)], enlarged[self._places(right)]
            # two products of matrices, whose gradient is as cheap as they are
            return rows @ images @ columns.mT  # (S, side) (N, C, side, side) (side, S)

        return look

    def _places(self, before: int) -> Tensor:
        """Return which row of the enlarged picture each row of the view shows, with ``before`` mirrored ones first."""
        places = torch.arange(-before, self._side + self._margin - before)
        places = torch.where(places < 0, -1 - places, places)
        return torch.where(places < self._side, places, 2 * self._side - 1 - places)

    def perceive(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return what the frozen part makes of what `view` returned (N, C, S, S): one tensor for each depth."""
        if images.shape[1] == 1:
            images = images.expand(-1, 3, -1, -1)
        depths = self.features(images.contiguous(memory_format=torch.channels_last))
        seen = [F.conv2d(x, self.get_buffer(f"projection{index}")) for index, x in enumerate(depths)]
        if self._mixing:
            for index in range(len(seen) - 2, -1, -1):
                deeper = F.conv2d(seen[index + 1], self.get_buffer(f"mixture{index}"))
                if deeper.shape != seen[index].shape:
                    deeper = F.interpolate(deeper, size=seen[index].shape[2:], mode="bilinear")
                seen[index] = (seen[index] + deeper) * sqrt(0.5)
        return tuple(seen)

    def judge(self, seen: tuple[Tensor, ...], labels: Tensor | None = None) -> Tensor:
        """Return scores (N, K), one for each region at each depth."""
        return torch.cat([head(x, labels) for head, x in zip(self.heads, seen, strict=True)], 1)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return scores (N, K) for ``images`` (N, C, S, S), as `view` returns them, and ``labels`` int64 (N,)."""
        return self.judge(self.perceive(images), labels)


@final
class _Head(nn.Module):
    """Halves the side down to 7, looks once more, and scores each region."""

    def __init__(self, before: int, after: int, halvings: int, labels: int) -> None:
        super().__init__()
        widths = [before, *[after] * halvings]
        self.halvings = nn.ModuleList(
            SpectralConv2d(a, b, 4, stride=2, padding=1) for a, b in pairwise(widths)
        )
        self.look = SpectralConv2d(widths[-1], after, 3, padding=1)
        self.score = SpectralConv2d(after, 1, 3, padding=1)
        self.style = nn.Embedding(labels, after) if labels else None

    def forward(self, x: Tensor, labels: Tensor | None) -> Tensor:
        for halve in self.halvings:
            x = F.leaky_relu(halve(x), _SLOPE)
        x = F.leaky_relu(self.look(x), _SLOPE)
        scores: Tensor = self.score(x)
        if self.style is not None:
            style = self.style(wanted_labels(labels))[:, :, None, None]
            scores = scores + (x * style).sum(1, keepdim=True)
        return scores.flatten(1)  # (N, 1, 7, 7) -> (N, 49)


@cache
def _enlargement(before: int, after: int) -> Tensor:
    """Return the matrix (after, before) that enlarges columns of pixels bicubically; the unit matrix where none need be."""
    return F.interpolate(torch.eye(before)[None, None], size=(after, before), mode="bicubic")[0, 0]
