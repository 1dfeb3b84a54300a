"""Reads networks as ncnn keeps them: a text of layers (``.param``), and their values one after another (``.bin``).

Written from ncnn's description of its files (https://github.com/Tencent/ncnn/wiki/param-and-model-file-structure); nothing
of ncnn is needed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from interfaces.errors import WeightsError

__all__ = ["KINDS", "Layer", "Value", "parse_layers", "read_values"]

_MAGIC = "7767517"
_HALF = 0x01306B47
"""Tag before half-precision values; before single-precision ones stands 0."""
_ARRAY = -23300
"""An array of the number n stands under this minus n."""

KINDS = ("Input", "Split", "Convolution", "PReLU", "Concat", "Eltwise", "BinaryOp", "Interp", "PixelShuffle")
"""Layers that are read. The order of what any other one keeps in the ``.bin`` is not known here."""

Value = float | tuple[float, ...]


@dataclass(frozen=True)
class Layer:
    """One line of a ``.param``."""

    kind: str
    name: str
    sources: tuple[str, ...]
    """Names of what it takes."""
    results: tuple[str, ...]
    """Names of what it gives."""
    numbers: Mapping[int, Value] = field(default_factory=dict)
    """What ncnn calls its parameters: by their number, which means something else in every kind of layer."""

    def size(self, number: int) -> int:
        """Return a number that counts something.

        Raises:
            WeightsError: it is missing, not whole or not positive.
        """
        value = self.numbers.get(number)
        if not isinstance(value, int) or value < 1:
            raise WeightsError(
                f"layer {self.name}: wanted a positive whole number {number} for {self.kind}, got {value}"
            )
        return value


class _Counts(NamedTuple):
    layers: int
    blobs: int


def parse_layers(text: str) -> Sequence[Layer]:
    r"""Return the layers of a ``.param``, in their order.

    >>> parse_layers("7767517\n1 1\nInput data 0 1 data")[0].results
    ('data',)

    Raises:
        WeightsError: the text is no such file, is cut, or has a layer that is not in `KINDS`.
    """
    magic, counts, *lines = [line.split() for line in text.splitlines() if line.strip()] + [[], []]
    if magic != [_MAGIC]:
        raise WeightsError(f"wanted an ncnn text that begins with {_MAGIC}, got {' '.join(magic)[:40]!r}")
    wanted = _counts(counts)
    layers = [_layer(words) for words in lines if words]
    if len(layers) != wanted.layers:
        raise WeightsError(f"wanted {wanted.layers} layers, got {len(layers)}; the .param was cut or altered")
    if len({layer.name for layer in layers}) != len(layers):
        raise WeightsError("wanted layers of different names, got one twice; the .param was altered")
    names = {name for layer in layers for name in layer.results}
    if len(names) != wanted.blobs or wanted.blobs != sum(len(layer.results) for layer in layers):
        raise WeightsError(f"wanted {wanted.blobs} results of different names, got {len(names)}")
    return layers


def read_values(layers: Sequence[Layer], content: bytes) -> Mapping[str, Mapping[str, Tensor]]:
    """Return the tensors in a ``.bin`` by the name of their layer: ``weight``, and ``bias`` of convolutions.

    A convolution keeps its weights behind a tag that says whether they have half precision (then padded to four bytes), and
    its bias as float32 without a tag; a PReLU its slopes like a bias.

    Returns:
        Float32: weights of convolutions (out, in, kernel, kernel), everything else (out,).

    Raises:
        WeightsError: bytes are missing or left over, or a layer has sizes that do not fit.
    """
    source = _Source(content)
    tensors: dict[str, Mapping[str, Tensor]] = {}
    for layer in layers:
        source.layer = layer.name
        if layer.kind == "Convolution":
            tensors[layer.name] = _convolution(layer, source)
        elif layer.kind == "PReLU":
            tensors[layer.name] = {"weight": source.singles(layer.size(0))}
    if source.left:
        raise WeightsError(
            f"{source.left} of {len(content)} bytes are left over behind the last layer; the file was altered, or the .param"
            " is another network's"
        )
    return tensors


class _Source:
    """Bytes that are taken from the front."""

    def __init__(self, content: bytes) -> None:
        self.layer = ""
        self._content = content
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._content) - self._at

    def take(self, count: int) -> bytes:
        if count > self.left:
            raise WeightsError(
                f"layer {self.layer}: wanted {count} bytes from byte {self._at} on, got {self.left}; the file was cut, or"
                " the .param is another network's"
            )
        self._at += count
        return self._content[self._at - count : self._at]

    def singles(self, count: int) -> Tensor:
        return _floats(self.take(4 * count), "<f4")

    def tagged(self, count: int) -> Tensor:
        tag = int.from_bytes(self.take(4), "little")
        if tag == 0:
            return self.singles(count)
        if tag != _HALF:
            raise WeightsError(
                f"layer {self.layer}: wanted values of half ({_HALF:#010x}) or single (0) precision, got the tag {tag:#010x}"
            )
        return _floats(self.take(-(-2 * count // 4) * 4)[: 2 * count], "<f2")


def _floats(content: bytes, kind: str) -> Tensor:
    return torch.from_numpy(np.frombuffer(content, kind).astype(np.float32))


def _convolution(layer: Layer, source: _Source) -> Mapping[str, Tensor]:
    out, kernel, count = layer.size(0), layer.size(1), layer.size(6)
    if layer.numbers.get(5, 0) != 1 or count % (out * kernel**2):
        raise WeightsError(
            f"layer {layer.name}: wanted a bias and weights for whole channels, got {count} for {out} results of"
            f" {kernel}x{kernel}"
        )
    weight = source.tagged(count).reshape(out, -1, kernel, kernel)
    return {"weight": weight, "bias": source.singles(out)}


def _counts(words: Sequence[str]) -> _Counts:
    try:
        layers, blobs = map(int, words)
    except ValueError:
        raise WeightsError(
            f"wanted how many layers and results there are, got {' '.join(words)[:40]!r}"
        ) from None
    return _Counts(layers, blobs)


def _layer(words: Sequence[str]) -> Layer:
    kind = words[0]
    if kind not in KINDS:
        raise WeightsError(f"unknown layer {kind!r} ({' '.join(words[1:2])}); known: {', '.join(KINDS)}")
    try:
        return _parsed(words)
    except (ValueError, IndexError):
        raise WeightsError(
            f"wanted a line 'kind name n m names… number=value…', got {' '.join(words)[:80]!r}"
        ) from None


def _parsed(words: Sequence[str]) -> Layer:
    taken, given = int(words[2]), int(words[3])
    names = words[4 : 4 + taken + given]
    if min(taken, given) < 0 or len(names) != taken + given:
        raise ValueError
    numbers = dict(_number(word) for word in words[4 + taken + given :])
    return Layer(words[0], words[1], tuple(names[:taken]), tuple(names[taken:]), numbers)


def _number(word: str) -> tuple[int, Value]:
    key, _, value = word.partition("=")
    number = int(key)
    if number > _ARRAY:
        return number, _scalar(value)
    count, *values = value.split(",")
    if len(values) != int(count):
        raise ValueError
    return _ARRAY - number, tuple(map(_scalar, values))


def _scalar(text: str) -> float:
    value = float(text) if "." in text or "e" in text else int(text)
    if not isfinite(value):
        raise ValueError
    return value
