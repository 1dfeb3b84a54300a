"""PatchGAN: a critic that scores every patch of a picture (Isola et al. 2017, section 6.1.2)."""

from collections.abc import Mapping
from typing import Literal, final

import torch
from pydantic import Field
from torch import Tensor, nn

from components.networks.initialisation import initialise
from components.networks.instance_norm import normalisation
from interfaces.contract import Contract
from interfaces.igme import Initialisation

__all__ = ["PatchCritic", "PatchCriticNet"]

_SLOPE = 0.2
_MOST_DOUBLINGS = 3
_HALVINGS: Mapping[int, int] = {16: 1, 34: 2, 70: 3, 142: 4, 286: 5}


class PatchCritic(Contract):
    """How a critic of patches is built."""

    field: Literal[16, 34, 70, 142, 286] = 70
    """Side of the patch that a score is of, in pixels."""
    width: int = Field(64, ge=4, le=256)
    """Channels of the first layer; each halving doubles them, up to 8 times."""
    normalisation: Literal["instance", "batch"] = "instance"
    """Over each picture by itself, or over all of a batch."""
    bias: bool = False
    """Whether convolutions with a normalisation behind them, which takes it away again, have a bias all the same."""

    @property
    def least_side(self) -> int:
        """Of the pictures, in pixels: below it no score is left."""
        return 3 << _HALVINGS[self.field]


@final
class PatchCriticNet(nn.Module):
    """The critic that a `PatchCritic` describes.

    Args:
        settings: how it is built.
        channels: of what it is shown: 3, or 6 for a picture with another one beside it.
        initialisation: how the first weights are drawn.
        rng: draws them, on the CPU.
    """

    def __init__(
        self, settings: PatchCritic, channels: int, initialisation: Initialisation, rng: torch.Generator
    ) -> None:
        super().__init__()
        halvings = _HALVINGS[settings.field]
        widths = [settings.width * 2 ** min(level, _MOST_DOUBLINGS) for level in range(halvings + 1)]
        with torch.device(
            "meta"
        ):  # nothing is drawn there, so that torch's global randomness stays untouched
            layers: list[nn.Module] = [nn.Conv2d(channels, widths[0], 4, stride=2, padding=1)]
            for level in range(1, halvings + 1):
                stride = 1 if level == halvings else 2
                layers += [
                    nn.LeakyReLU(_SLOPE, inplace=True),
                    nn.Conv2d(
                        widths[level - 1], widths[level], 4, stride=stride, padding=1, bias=settings.bias
                    ),
                    normalisation(settings.normalisation, widths[level]),
                ]
            layers += [nn.LeakyReLU(_SLOPE, inplace=True), nn.Conv2d(widths[-1], 1, 4, padding=1)]
            self.layers = nn.Sequential(*layers)
        self.to_empty(device="cpu")
        initialise(self, initialisation, rng)

    def forward(self, pictures: Tensor) -> Tensor:
        """Return scores (N, 1, h, w) for ``pictures`` (N, channels, H, W) in [-1, 1]: 30x30 for 256x256 and a field of 70."""
        scores: Tensor = self.layers(pictures)
        return scores
