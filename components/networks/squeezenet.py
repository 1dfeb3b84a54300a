"""Features of SqueezeNet 1.1, trained on ImageNet, which nothing here trains further."""

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from pickle import UnpicklingError
from typing import final

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from interfaces.errors import WeightsError

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
_PICKLED = (".pth", ".pt")
_NAMED_DIGEST = re.compile(r"-([0-9a-f]{8})$")
"""torch.hub's: the first eight digits of the SHA-256 end a file's name."""
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@final
class SqueezeNetFeatures(nn.Module):
    """The convolutions of SqueezeNet 1.1 (Iandola et al. 2016; torchvision's ``features``).

    Its weights are neither parameters nor part of the state: no optimiser sees them, no checkpoint holds them,
    and no gradient of theirs is computed, while that of the images passes through.
    """

    def __init__(self) -> None:
        super().__init__()
        for key, shape in squeezenet_shapes().items():
            self.register_buffer(_buffer(key), torch.empty(shape), persistent=False)

    def load(self, path: Path) -> None:
        """Take the weights of torchvision's file, or of a safetensors file with its keys; a classifier is left out.

        Raises:
            WeightsError: it cannot be read, is altered, or holds another network.
        """
        found = _read(path)
        for key, shape in squeezenet_shapes().items():
            if key not in found or tuple(found[key].shape) != shape:
                got = tuple(found[key].shape) if key in found else "nothing"
                raise WeightsError(
                    f"{path}: wanted SqueezeNet 1.1 with torchvision's keys, {key} of shape {shape}, got {got}"
                )
            weight = found[key].float()
            layout = torch.channels_last if weight.ndim == 4 else torch.contiguous_format
            self.register_buffer(_buffer(key), weight.contiguous(memory_format=layout), persistent=False)

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


def _read(path: Path) -> Mapping[str, Tensor]:
    """Return the tensors of ``path``; a digest in its name, as torchvision gives it, has to be right."""
    try:
        if path.suffix not in _PICKLED:
            return load_file(path)
        named = _NAMED_DIGEST.search(path.stem)
        actual = sha256(path.read_bytes()).hexdigest()
        if named and not actual.startswith(named[1]):
            raise WeightsError(f"{path}: wanted SHA-256 {named[1]}…, as its name says, got {actual}")
        found = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, SafetensorError, RuntimeError, UnpicklingError, EOFError) as error:
        raise WeightsError(f"{path}: the features cannot be read: {error}") from error
    if not isinstance(found, Mapping):
        raise WeightsError(f"{path}: wanted tensors by name, got {type(found).__name__}")
    return found


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
