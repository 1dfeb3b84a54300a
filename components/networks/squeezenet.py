"""Features of SqueezeNet 1.1, trained on ImageNet, which nothing here trains further."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar, final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from components.networks.features_file import read_features, take

__all__ = ["SQUEEZENET_DEPTHS", "SqueezeNetFeatures", "squeezenet_shapes"]

_FIRES = {3: (64, 16, 64), 4: (128, 16, 64), 6: (128, 32, 128), 7: (256, 32, 128),
          9: (256, 48, 192), 10: (384, 48, 192), 11: (384, 64, 256), 12: (512, 64, 256)}  # fmt: skip
"""Input, squeezed and each half of the expanded channels of the fire modules, by torchvision's index."""
_POOLS = (2, 5, 8)
_TAPS = (4, 7, 10, 12)
SQUEEZENET_DEPTHS = (128, 256, 384, 512)
"""Channels of the features that are returned."""
_SCALES = (50.0, 45.0, 25.0, 7.5)
"""Root mean square of each depth on paintings, so that what is returned is of order 1."""
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@final
class SqueezeNetFeatures(nn.Module):
    """The convolutions of SqueezeNet 1.1 (Iandola et al. 2016; torchvision's ``features``).

    Its weights are neither parameters nor part of the state: no optimiser sees them, no checkpoint holds them,
    and no gradient of theirs is computed, while that of the images passes through.
    """

    depths: ClassVar[tuple[int, ...]] = SQUEEZENET_DEPTHS
    evidence: ClassVar[str] = "features.0.weight"
    """A key by which its files are known."""

    def __init__(self) -> None:
        super().__init__()
        for key, shape in squeezenet_shapes().items():
            self.register_buffer(_buffer(key), torch.empty(shape), persistent=False)

    def load(self, path: Path) -> None:
        """Take the weights of torchvision's file, or of a safetensors file with its keys; a classifier is left out.

        Raises:
            WeightsError: it cannot be read, is altered, or holds another network.
        """
        found = read_features(path)
        for key, shape in squeezenet_shapes().items():
            weight = take(found, key, shape, f"{path}: wanted SqueezeNet 1.1 with torchvision's keys")
            layout = torch.channels_last if weight.ndim == 4 else torch.contiguous_format
            self.register_buffer(_buffer(key), weight.contiguous(memory_format=layout), persistent=False)

    @staticmethod
    def sides(side: int) -> list[int]:
        """Return the sides of the features at the four depths, for pictures of ``side``."""
        side = (side - 3) // 2 + 1
        found = []
        for _ in _POOLS:
            side = -((3 - side) // 2) + 1  # a pooling of 3 with stride 2, rounded up
            found.append(side)
        return [*found, found[-1]]

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return features of order 1 at four depths for ``images`` (N, 3, H, W) in [-1, 1].

        Depth *i* is (N, `SQUEEZENET_DEPTHS` [i], h, w) with h about H/4, H/8, H/16, H/16.
        """
        mean, std = (images.new_tensor(values).view(1, 3, 1, 1) for values in (_MEAN, _STD))
        x = images * (0.5 / std) + (0.5 - mean) / std
        x = F.relu_(F.conv2d(x, *self._weights("features.0"), stride=2))
        taps = []
        for index in range(2, _TAPS[-1] + 1):
            if index in _POOLS:
                x = F.max_pool2d(x, 3, 2, ceil_mode=True)
            elif index in _FIRES:
                x = self._fire(index, x)
            if index in _TAPS:
                taps.append(x)
        return tuple(tap / scale for tap, scale in zip(taps, _SCALES, strict=True))

    def _fire(self, index: int, x: Tensor) -> Tensor:
        name = f"features.{index}"
        x = F.relu_(F.conv2d(x, *self._weights(f"{name}.squeeze")))
        small = F.conv2d(x, *self._weights(f"{name}.expand1x1"))
        large = F.conv2d(x, *self._weights(f"{name}.expand3x3"), padding=1)
        return F.relu_(torch.cat([small, large], 1))

    def _weights(self, name: str) -> tuple[Tensor, Tensor]:
        return self.get_buffer(_buffer(f"{name}.weight")), self.get_buffer(_buffer(f"{name}.bias"))


def squeezenet_shapes() -> Mapping[str, tuple[int, ...]]:
    """Return the shape of every weight, by torchvision's key.

    >>> squeezenet_shapes()["features.0.weight"]
    (64, 3, 3, 3)
    """
    return dict(_shapes())


def _shapes() -> Iterator[tuple[str, tuple[int, ...]]]:
    yield from (("features.0.weight", (64, 3, 3, 3)), ("features.0.bias", (64,)))
    for index, (before, squeezed, half) in _FIRES.items():
        layers = {
            "squeeze": (squeezed, before, 1),
            "expand1x1": (half, squeezed, 1),
            "expand3x3": (half, squeezed, 3),
        }
        for name, (out, into, kernel) in layers.items():
            yield f"features.{index}.{name}.weight", (out, into, kernel, kernel)
            yield f"features.{index}.{name}.bias", (out,)


def _buffer(key: str) -> str:
    return key.replace(".", "_")
