"""The networks of R3GAN's kind: residual blocks without normalisation, and resampling that leaves no checkerboard."""

from collections.abc import Iterator
from itertools import pairwise
from math import sqrt
from typing import Literal, final

import torch
from pydantic import Field
from torch import Tensor, nn

from components.networks.labels import LabelledLatent, wanted_labels
from components.networks.layered_critic import LayeredCritic
from interfaces.contract import Contract
from interfaces.igme import ResidualGenerator

__all__ = ["ResidualBlock", "ResidualCritic", "ResidualCriticNet", "ResidualGeneratorNet"]

_FIRST_SIDE = 4
_GROUP = 16
_SLOPE = 0.2


class ResidualCritic(Contract):
    """A critic of R3GAN's kind: side → … → 4x4 → one number, halving between stages of residual blocks."""

    kind: Literal["residual"] = "residual"
    width: int = Field(
        16, ge=4, le=1024, description="Channels of the first stage; each further one has twice as many."
    )
    max_width: int = Field(256, ge=4, le=4096, description="Most channels of any stage.")
    blocks: int = Field(1, ge=1, le=8, description="Residual blocks at each resolution.")


@final
class ResidualBlock(nn.Module):
    """A bottleneck beside the identity: 1x1, 3x3 in groups of 16 channels, 1x1, rectifiers between.

    Without normalisation, deep networks need first weights of their own (Zhang et al. 2019, Fixup, section 3):
    the last convolution starts at 0, so that the block starts as the identity, and those before it at √2·L^(-1/4)
    of what a linear layer starts with, L being the number of blocks.

    Huang et al. 2024, section 4.2. Their bottleneck is twice as wide as the stream; here it is as wide, which
    learns sooner per second of a CPU.
    """

    def __init__(self, width: int, total: int) -> None:
        super().__init__()
        self._gain = sqrt(2) * total**-0.25
        groups = width // _GROUP if width % _GROUP == 0 else 1
        self.layers = nn.Sequential(
            nn.Conv2d(width, width, 1),
            nn.LeakyReLU(_SLOPE),
            nn.Conv2d(width, width, 3, padding=1, groups=groups),
            nn.LeakyReLU(_SLOPE),
            nn.Conv2d(width, width, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, W, H, W') for ``x`` of that shape."""
        beside: Tensor = self.layers(x)
        return x + beside

    @torch.no_grad()
    def reset(self) -> None:
        """Scale weights that were just drawn as Fixup wants."""
        *inner, last = (layer for layer in self.layers if isinstance(layer, nn.Conv2d))
        for layer in inner:
            layer.weight.mul_(self._gain)
        last.weight.zero_()


@final
class ResidualGeneratorNet(nn.Module):
    """The generator that `ResidualGenerator` describes (Huang et al. 2024, section 4).

    Between stages a 1x1 convolution changes the channels where it is cheapest, before the bilinear doubling.
    tanh comes last, which the paper's lacks: images lie in [-1, 1]. With ``labels`` > 0 an embedding of the
    label stands behind the latent vector.
    """

    def __init__(self, settings: ResidualGenerator, labels: int = 0) -> None:
        super().__init__()
        widths = _widths(settings.side, settings.width, settings.max_width)[::-1]
        total = settings.blocks * len(widths)
        self.entry = LabelledLatent(labels) if labels else None
        inputs = settings.latent + (LabelledLatent.LENGTH if labels else 0)
        self.layers = nn.Sequential(
            nn.Linear(inputs, widths[0] * _FIRST_SIDE**2),
            nn.Unflatten(1, (widths[0], _FIRST_SIDE, _FIRST_SIDE)),
            *_stage(widths[0], settings.blocks, total),
        )
        for before, after in pairwise(widths):
            if before != after:
                self.layers.append(nn.Conv2d(before, after, 1, bias=False))
            self.layers.extend([_doubling(), *_stage(after, settings.blocks, total)])
        self.layers.extend([nn.Conv2d(widths[-1], settings.channels, 1), nn.Tanh()])

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return images (N, C, side, side) in [-1, 1] for ``latents`` (N, latent) and ``labels`` int64 (N,)."""
        if self.entry is not None:
            latents = self.entry(latents, wanted_labels(labels))
        images: Tensor = self.layers(latents)  # (N, Z) -> (N, W, 4, 4) -> (N, C, side, side)
        return images


@final
class ResidualCriticNet(LayeredCritic):
    """The critic that `ResidualCritic` describes, for images of one size: it mirrors the generator.

    A 4x4 convolution of each channel alone and a dense layer come last (Huang et al. 2024, section 4.2). With
    ``labels`` > 0 the score also has the inner product of the channels with an embedding of the label (Miyato &
    Koyama 2018, section 3).
    """

    def __init__(self, settings: ResidualCritic, side: int, channels: int, labels: int = 0) -> None:
        super().__init__()
        widths = _widths(side, settings.width, settings.max_width)
        total = settings.blocks * len(widths)
        self.layers = nn.Sequential(
            nn.Conv2d(channels, widths[0], 3, padding=1), *_stage(widths[0], settings.blocks, total)
        )
        for before, after in pairwise(widths):
            self.layers.append(nn.AvgPool2d(2))
            if before != after:
                self.layers.append(nn.Conv2d(before, after, 1, bias=False))
            self.layers.extend(_stage(after, settings.blocks, total))
        last = widths[-1]
        self.layers.extend(
            [nn.Conv2d(last, last, _FIRST_SIDE, groups=last), nn.Flatten(), nn.Linear(last, 1)]
        )
        self.style = nn.Embedding(labels, last) if labels else None


def _doubling() -> nn.Module:
    return nn.Upsample(scale_factor=2, mode="bilinear")


def _stage(width: int, blocks: int, total: int) -> Iterator[nn.Module]:
    return (ResidualBlock(width, total) for _ in range(blocks))


def _widths(side: int, width: int, max_width: int) -> list[int]:
    """Return the channels at side, side/2, … 4."""
    stages = (side // _FIRST_SIDE).bit_length()
    return [min(width * 2**stage, max_width) for stage in range(stages)]
