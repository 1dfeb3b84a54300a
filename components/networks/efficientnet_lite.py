"""Features of EfficientNet-lite0, trained on ImageNet, which nothing here trains further."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar, NamedTuple, final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from components.networks.features_file import read_features, take

__all__ = ["EFFICIENTNET_DEPTHS", "EfficientNetLiteFeatures", "efficientnet_shapes"]

EFFICIENTNET_DEPTHS = (24, 40, 112, 320)
"""Channels of the features that are returned."""
_TAPS = (2, 4, 10, 15)
_SCALES = (9.9, 8.0, 6.4, 2.2)
"""Root mean square of each depth on paintings, so that what is returned is of order 1."""
_STEM = 32
_STAGES = ((1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112),
           (4, 5, 2, 6, 192), (1, 3, 1, 6, 320))  # fmt: skip
"""Blocks, kernel, stride of the first block, expansion, and channels of every stage (Tan & Le 2019, table 1)."""
_EPSILON = 1e-3
_MEAN, _DEVIATION = 127.0, 128.0


class _Block(NamedTuple):
    """An inverted residual block: 1x1 expansion, depthwise convolution, 1x1 projection."""

    before: int
    inside: int
    after: int
    kernel: int
    stride: int


def _blocks() -> Iterator[_Block]:
    before = _STEM
    for count, kernel, stride, expansion, after in _STAGES:
        for index in range(count):
            yield _Block(before, before * expansion, after, kernel, stride if index == 0 else 1)
            before = after


_BLOCKS = tuple(_blocks())


@final
class EfficientNetLiteFeatures(nn.Module):
    """The blocks of EfficientNet-lite0 (Tan & Le 2019, without squeeze-and-excitation and with ReLU6).

    Batch norm, whose statistics are frozen, is part of the convolutions. Padding is even on all sides, where the
    original's, with stride 2, has one pixel less above and on the left: these are its features of the picture
    moved by a few pixels, and no border is seen less than the one opposite. The weights are neither parameters nor
    part of the state: no optimiser sees them, no checkpoint holds them, and no gradient of theirs is computed,
    while that of the images passes through.
    """

    depths: ClassVar[tuple[int, ...]] = EFFICIENTNET_DEPTHS
    evidence: ClassVar[str] = "_conv_stem.weight"
    """A key by which its files are known."""

    def __init__(self) -> None:
        super().__init__()
        for convolution, _, shape in _convolutions():
            self.register_buffer(f"{_buffer(convolution)}_weight", torch.empty(shape), persistent=False)
            self.register_buffer(f"{_buffer(convolution)}_bias", torch.empty(shape[0]), persistent=False)

    def load(self, path: Path) -> None:
        """Take the weights of a file in the naming of efficientnet-pytorch; a classifier is left out.

        Raises:
            WeightsError: it cannot be read, is altered, or holds another network.
        """
        found = read_features(path)
        wanted = f"{path}: wanted EfficientNet-lite0 with efficientnet-pytorch's keys"
        for convolution, norm, shape in _convolutions():
            weight = take(found, f"{convolution}.weight", shape, wanted)
            gain, offset, mean, variance = (
                take(found, f"{norm}.{name}", shape[:1], wanted)
                for name in ("weight", "bias", "running_mean", "running_var")
            )
            factor = gain / (variance + _EPSILON).sqrt()
            weight = (weight * factor[:, None, None, None]).contiguous(memory_format=torch.channels_last)
            self.register_buffer(f"{_buffer(convolution)}_weight", weight, persistent=False)
            self.register_buffer(f"{_buffer(convolution)}_bias", offset - mean * factor, persistent=False)

    @staticmethod
    def sides(side: int) -> list[int]:
        """Return the sides of the features at the four depths, for pictures of ``side``."""
        return [-(-side // step) for step in (4, 8, 16, 32)]

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return features of order 1 at four depths for ``images`` (N, 3, H, W) in [-1, 1].

        Depth *i* is (N, `EFFICIENTNET_DEPTHS` [i], h, w) with h about H/4, H/8, H/16, H/32.
        """
        x = images * (127.5 / _DEVIATION) + (127.5 - _MEAN) / _DEVIATION
        x = F.relu6(self._convolve(x, "_conv_stem", 3, 2))
        taps = []
        for index, block in enumerate(_BLOCKS):
            x = self._pass(x, f"_blocks.{index}", block)
            if index in _TAPS:
                taps.append(x)
        return tuple(tap / scale for tap, scale in zip(taps, _SCALES, strict=True))

    def _pass(self, x: Tensor, name: str, block: _Block) -> Tensor:
        y = x
        if block.inside != block.before:
            y = F.relu6(self._convolve(y, f"{name}._expand_conv"))
        y = F.relu6(self._convolve(y, f"{name}._depthwise_conv", block.kernel, block.stride, block.inside))
        y = self._convolve(y, f"{name}._project_conv")
        return x + y if block.stride == 1 and block.before == block.after else y

    def _convolve(self, x: Tensor, name: str, kernel: int = 1, stride: int = 1, groups: int = 1) -> Tensor:
        weight, bias = (self.get_buffer(f"{_buffer(name)}_{part}") for part in ("weight", "bias"))
        # on processors the gradient of a depthwise convolution with a stride takes 6 times as long in bfloat16 as in
        # float32, which then costs less than all that bfloat16 saves in the others
        if groups > 1 and stride > 1 and torch.is_autocast_enabled(x.device.type):
            with torch.autocast(x.device.type, enabled=False):
                return F.conv2d(x.float(), weight, bias, stride, kernel // 2, groups=groups)
        return F.conv2d(x, weight, bias, stride, kernel // 2, groups=groups)


def efficientnet_shapes() -> Mapping[str, tuple[int, ...]]:
    """Return the shape of every tensor that is read, by efficientnet-pytorch's key.

    >>> efficientnet_shapes()["_conv_stem.weight"]
    (32, 3, 3, 3)
    """
    shapes: dict[str, tuple[int, ...]] = {}
    for convolution, norm, shape in _convolutions():
        shapes[f"{convolution}.weight"] = shape
        shapes |= {f"{norm}.{name}": shape[:1] for name in ("weight", "bias", "running_mean", "running_var")}
    return shapes


def _convolutions() -> Iterator[tuple[str, str, tuple[int, int, int, int]]]:
    """Yield the name of every convolution, that of its batch norm, and the shape of its weight."""
    yield "_conv_stem", "_bn0", (_STEM, 3, 3, 3)
    for index, block in enumerate(_BLOCKS):
        name = f"_blocks.{index}"
        if block.inside != block.before:
            yield f"{name}._expand_conv", f"{name}._bn0", (block.inside, block.before, 1, 1)
        yield f"{name}._depthwise_conv", f"{name}._bn1", (block.inside, 1, block.kernel, block.kernel)
        yield f"{name}._project_conv", f"{name}._bn2", (block.after, block.inside, 1, 1)


def _buffer(name: str) -> str:
    return name.strip("_").replace(".", "_")
