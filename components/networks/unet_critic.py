"""A critic that scores every pixel, by a U-Net: the discriminator of Real-ESRGAN."""

from itertools import pairwise
from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from components.networks.initialisation import initialise
from components.networks.spectral import SpectralConv2d

__all__ = ["UNET_MULTIPLE", "UnetCriticNet"]

_SLOPE = 0.2
_FOLD = 2
"""Side of the blocks of pixels that become channels."""
_HALVINGS = 3
UNET_MULTIPLE = _FOLD * 2**_HALVINGS
"""What the sides of its pictures are multiples of."""


@final
class UnetCriticNet(nn.Module):
    """Three halvings and three doublings, with what was seen before each halving added after the doubling.

    Wang et al. 2021, section 3.4: all convolutions but the first and the last are spectrally normalised. Theirs
    works at full size; here blocks of 2x2 pixels become channels first, and scores of them pixels at the end, which
    costs a quarter of the time.

    Args:
        width: channels at the largest size; each halving doubles them.
        rng: draws the first weights, on the CPU.
    """

    def __init__(self, width: int, rng: torch.Generator) -> None:
        super().__init__()
        widths = [width * 2**halvings for halvings in range(_HALVINGS + 1)]
        with torch.device(
            "meta"
        ):  # nothing is drawn there, so that torch's global randomness stays untouched
            self.entry = nn.Conv2d(3 * _FOLD**2, width, 3, padding=1)
            self.halve = nn.ModuleList(
                SpectralConv2d(a, b, 4, stride=2, padding=1) for a, b in pairwise(widths)
            )
            self.widen = nn.ModuleList(SpectralConv2d(b, a, 3, padding=1) for a, b in pairwise(widths))
            self.look = SpectralConv2d(width, width, 3, padding=1)
            self.score = nn.Conv2d(width, _FOLD**2, 3, padding=1)
        self.to_empty(device="cpu")
        initialise(self, "lecun-normal", rng)

    def forward(self, images: Tensor) -> Tensor:
        """Return scores (N, 1, H, W) for ``images`` (N, 3, H, W) in [-1, 1], H and W multiples of `UNET_MULTIPLE`."""
        x = F.leaky_relu(self.entry(F.pixel_unshuffle(images, _FOLD)), _SLOPE)
        seen = []
        for halve in self.halve:
            seen.append(x)
            x = F.leaky_relu(halve(x), _SLOPE)
        for widen, before in zip(reversed(self.widen), reversed(seen), strict=True):
            x = F.interpolate(x, scale_factor=2.0, mode="bilinear")
            x = F.leaky_relu(widen(x), _SLOPE) + before
        x = F.leaky_relu(self.look(x), _SLOPE)
        return F.pixel_shuffle(self.score(x), _FOLD)
