"""SRVGGNetCompact: a small network that enlarges (Wang et al. 2021; the architecture of realesr-general-x4v3)."""

from typing import TypeVar, final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from interfaces.trained_enhancer import CompactNetwork

__all__ = ["SRVGGNetCompact"]

LayerT = TypeVar("LayerT", bound=nn.Module)

_SLOPE = 0.25
"""Of the activation's negative half, at first."""
_LAST_SHARE = 0.1
"""Of its usual deviation: the last convolution begins small, so that the first pictures are the plain enlargement."""


@final
class SRVGGNetCompact(nn.Module):
    """Convolutions at the small size, then pixel shuffle, added to the enlargement by nearest neighbours.

    Its weights bear the names that Real-ESRGAN gives them, so that every reader of those files takes them.

    Args:
        architecture: how wide, how deep, how much larger.
        rng: draws the first weights, on the CPU; None leaves them as they are in memory, to be loaded.
    """

    def __init__(self, architecture: CompactNetwork, rng: torch.Generator | None = None) -> None:
        super().__init__()
        self._scale = architecture.scale
        width = architecture.features
        layers: list[nn.Module] = [_convolution(3, width), _activation(width)]
        for _ in range(architecture.depth):
            layers += [_convolution(width, width), _activation(width)]
        layers.append(_convolution(width, 3 * architecture.scale**2))
        self.body = nn.ModuleList(layers)
        if rng is not None:
            self._draw(rng)

    def forward(self, small: Tensor) -> Tensor:
        """Return ``small`` (N, 3, H, W) in [0, 1] enlarged, float32 (N, 3, scale·H, scale·W), about in [0, 1]."""
        x = small
        for layer in self.body:
            x = layer(x)
        # the sum in float32: in bfloat16 a picture would have 256 steps at best
        return F.pixel_shuffle(x.float(), self._scale) + F.interpolate(small, scale_factor=self._scale)

    @torch.no_grad()
    def _draw(self, rng: torch.Generator) -> None:
        """Draw weights that keep the variance (He et al. 2015, equation 15)."""
        for layer in self.body:
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, _SLOPE, generator=rng)
                nn.init.zeros_(layer.get_parameter("bias"))
            else:
                nn.init.constant_(layer.get_parameter("weight"), _SLOPE)
        self.body[-1].get_parameter("weight").mul_(_LAST_SHARE)


def _convolution(into: int, out: int) -> nn.Conv2d:
    return _undrawn(nn.Conv2d(into, out, 3, padding=1, device="meta"))


def _activation(width: int) -> nn.PReLU:
    return _undrawn(nn.PReLU(width, device="meta"))


def _undrawn(layer: LayerT) -> LayerT:
    """Return the layer on the CPU with weights as they are in memory: its own drawing would change everybody's random state.

    `nn.utils.skip_init` does the same, and imports sympy for it, which takes half a second.
    """
    for name, tensor in dict(layer.named_parameters()).items():
        setattr(layer, name, nn.Parameter(torch.empty(tensor.shape)))
    return layer
