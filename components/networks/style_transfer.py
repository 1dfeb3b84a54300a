"""A network that gives a picture the style that it has learnt, in one pass (Johnson et al. 2016)."""

from typing import final

import torch.nn.functional as F
from torch import Tensor, nn

from interfaces.igme import StyleTransferNetwork

__all__ = ["StyleTransferNet"]

_STEP = 4
"""The network works at a quarter of the size."""
_LEAST = 16
"""Pixels each way: below it the largest kernel has nothing to mirror."""
_CONTRAST = 0.5
"""Standard deviation of the colours of many a picture, in [-1, 1]."""
_AT_FIRST = 0.1
"""Of the layers beside the picture. Their last convolution sums up so many values that steps of 0.003 in each throw the image about."""


@final
class StyleTransferNet(nn.Module):
    """The network that `StyleTransferNetwork` describes (Johnson et al. 2016, supplementary material).

    What has proved better since is otherwise: instance normalisation, which forgets the contrast of the picture (Ulyanov et al.
    2016); nearest neighbours and a convolution in place of transposed ones, which leave a checkerboard (Odena et al. 2016); and
    mirrored borders. And the picture, without its brightness and contrast, goes past the layers: the network begins with the
    content and learns the style; without that it begins with the style's hatching, and the content comes thousands of steps later.
    While it learns, numbers beyond [-1, 1] are left as they are: tanh there, or cutting them off, would leave no
    gradient by which white could become anything else.

    Args:
        architecture: how wide, how deep.
        labels: 0, because it knows one style.
    """

    def __init__(self, architecture: StyleTransferNetwork, labels: int = 0) -> None:
        super().__init__()
        width = architecture.width
        self.layers = nn.Sequential(
            *_layer(3, width, 9),
            *_layer(width, 2 * width, 3, stride=2),
            *_layer(2 * width, 4 * width, 3, stride=2),
            *(_Block(4 * width) for _ in range(architecture.blocks)),
            nn.Upsample(scale_factor=2, mode="nearest"),
            *_layer(4 * width, 2 * width, 3),
            nn.Upsample(scale_factor=2, mode="nearest"),
            *_layer(2 * width, width, 3),
            _convolution(width, architecture.channels, 9, bias=True),
        )
        self.past = nn.InstanceNorm2d(architecture.channels, affine=True)

    def forward(self, pictures: Tensor) -> Tensor:
        """Return ``pictures`` (N, 3, H, W) in [-1, 1] in the style, float32 of the same shape; in evaluation mode of the same range."""
        height, width = pictures.shape[2:]
        down, right = (max(-side % _STEP, _LEAST - side) for side in (height, width))
        if down or right:
            pictures = F.pad(pictures, (0, right, 0, down), "replicate")
        styled: Tensor = _CONTRAST * self.past(pictures) + _AT_FIRST * self.layers(pictures)
        styled = styled.float()[:, :, :height, :width]
        return styled if self.training else styled.clamp(-1, 1)


class _Block(nn.Module):
    """Two convolutions beside the identity (He et al. 2016)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        first, second = _layer(width, width, 3), _layer(width, width, 3)
        self.layers = nn.Sequential(*first, *second[:-1])

    def forward(self, x: Tensor) -> Tensor:
        beside: Tensor = self.layers(x)
        return x + beside


def _layer(into: int, out: int, kernel: int, stride: int = 1) -> list[nn.Module]:
    return [
        _convolution(into, out, kernel, stride),
        nn.InstanceNorm2d(out, affine=True),
        nn.ReLU(inplace=True),
    ]


def _convolution(into: int, out: int, kernel: int, stride: int = 1, *, bias: bool = False) -> nn.Conv2d:
    # without a bias, which the normalisation behind it would take away again
    return nn.Conv2d(into, out, kernel, stride, padding=kernel // 2, padding_mode="reflect", bias=bias)
