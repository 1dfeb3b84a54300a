"""Translates a picture whole, or piece by piece where memory is short."""

from collections.abc import Iterator
from itertools import pairwise, product
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from components.networks.instance_norm import Statistics
from components.networks.translation import ResnetNet, UnetNet
from interfaces.translation import TranslationNetwork

__all__ = ["MOST_BYTES", "side_at_once", "translate_picture"]

MOST_BYTES = 4_000_000_000
"""The most memory for one pass, where nobody says how large tiles are."""
_COPIES = 6
"""How many maps of the full size and width are in memory at once: 3.6 were measured of a ResNet, 4.9 of a U-Net."""
_BLOCK = 16
"""Tiles begin at multiples of what a network halves by, or of so many pixels, so that it sees the same blocks as in the whole."""
_RAMP, _WIDE_RAMP = 16, 64
"""Pixels over which one tile passes into the next, where that is exact, and where all of a picture has a part in every pixel."""


def side_at_once(architecture: TranslationNetwork) -> int:
    """Return the largest side of what is translated at once, in pixels, so that memory suffices: the same on every machine."""
    pixels = MOST_BYTES / (4 * _COPIES * architecture.width)
    return int(pixels**0.5) // 64 * 64


def translate_picture(network: ResnetNet | UnetNet, picture: Tensor, tile: int) -> Tensor:
    """Return what ``picture`` (1, 3, H, W) in [-1, 1] becomes, float32 of the same shape and range.

    Where it is larger than ``tile``, it is translated in tiles of that side at most. All of them are normalised by the
    statistics of the whole picture made small. Each is seen with all around it that has a part in it, as far as a tile has
    room for that, and passes into the next over a few pixels.

    Args:
        network: in evaluation mode.
        picture: on the network's device.
        tile: largest side of what is translated at once, in pixels.
    """
    height, width = picture.shape[2:]
    if max(height, width) <= tile:
        return network(picture)  # type: ignore[no-any-return]  # a tensor
    statistics = Statistics()
    scale = tile / max(height, width)
    thumbnail = [max(1, round(side * scale)) for side in (height, width)]
    with statistics.noted():
        network(F.interpolate(picture, thumbnail, mode="bicubic", antialias=True).clamp(-1, 1))
    made, weights = torch.zeros_like(picture), torch.zeros_like(picture[:, :1])
    block = min(network.multiple, _BLOCK)
    wanted = _WIDE_RAMP if network.reach is None else network.reach + _RAMP
    around = min(wanted, tile // 3) // block * block
    ramp = around if network.reach is None else min(_RAMP, around)
    own = (tile - 2 * around) // block * block
    spans = [list(_spans(side, tile, own, around)) for side in (height, width)]
    with statistics.applied():
        for down, across in product(*spans):
            here = (..., slice(down.begin, down.end), slice(across.begin, across.end))
            weight = (_weights(down, ramp).view(-1, 1) * _weights(across, ramp)).to(picture.device)
            made[here] += network(picture[here]) * weight
            weights[here] += weight
    return made / weights


class _Span(NamedTuple):
    """A tile along one side of the picture."""

    begin: int
    end: int
    own_begin: int
    """Where its own part begins."""
    own_end: int


def _spans(side: int, tile: int, own: int, around: int) -> Iterator[_Span]:
    if side <= tile:
        yield _Span(0, side, 0, side)
        return
    for begin, end in pairwise([*range(0, side, own), side]):
        yield _Span(max(0, begin - around), min(side, end + around), begin, end)


def _weights(span: _Span, ramp: int) -> Tensor:
    """Return weights (length of the tile,): 1 in its own part, falling to 0 over a few pixels beyond."""
    at = torch.arange(span.begin, span.end)
    beyond = torch.maximum(span.own_begin - at, at - (span.own_end - 1)).clamp(min=0)
    return (1 - beyond / (ramp + 1)).clamp(min=0)
