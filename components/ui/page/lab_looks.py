"""What the laboratory's tab shows of an `Explorer`; apart from the routes, since it brings torch."""

import base64
from collections.abc import Sequence
from io import BytesIO
from math import ceil, sqrt
from typing import Any
from weakref import WeakKeyDictionary

import torch
from PIL import Image
from torch import Tensor

from components.networks.moving import moved
from components.networks.points import OF_SEED, read_numbers, read_point
from interfaces.exploration import Directions, Explorer

__all__ = ["activations", "describe", "edit", "morph", "point"]

_MOVES = 8
"""Directions of a large latent space that can be moved along."""
_SHOWN = 64
"""Channels of a layer that are shown: those that are most active."""
_FOUND: WeakKeyDictionary[Explorer, Directions] = WeakKeyDictionary()
"""The directions of what is looked into."""


def describe(explorer: Explorer, styles: Sequence[str]) -> dict[str, Any]:
    """Return how large the latent space is, what can be asked for, the layers, and the shares of the directions of a large space."""
    takes = explorer.takes
    return {
        "length": takes.length,
        "prior": takes.prior,
        "styles": styles,
        "layers": [{"name": each.name, "shape": each.shape} for each in explorer.layers],
        "directions": [] if _is_small(explorer) else _directions(explorer).shares.tolist(),
    }


def point(explorer: Explorer, at: str, style: str | None) -> dict[str, Any]:
    """Return the image at a point, and the mean activation of every layer."""
    look = explorer.point(_point(explorer, at), style)
    return {"image": _picture(look.image), "means": look.means}


def morph(explorer: Explorer, start: str, end: str, frames: int, style: str | None) -> dict[str, Any]:
    """Return the images from one point to another, and the points where the space is small."""
    path = explorer.path(_point(explorer, start), _point(explorer, end), frames)
    images = [_picture(each) for each in explorer.images(path, style)]
    return {"images": images, "points": path.tolist() if _is_small(explorer) else []}


def activations(explorer: Explorer, at: str, layer: str, style: str | None) -> dict[str, Any]:
    """Return the maps of a layer, the most active channels first; one of numbers alone has a single map.

    Grey is 0, white and black are the largest number of all to either side.
    """
    maps = explorer.activations(_point(explorer, at), layer, style)
    scaled = maps / maps.abs().max().clamp_min(1e-12)
    if maps.shape[1:] == (1, 1):
        side = ceil(sqrt(len(maps)))
        square = torch.zeros(side * side)
        square[: len(maps)] = scaled.flatten()
        return {"maps": [{"channel": None, "image": _picture(square.view(1, side, side))}]}
    order = maps.flatten(1).abs().mean(1).argsort(descending=True, stable=True)[:_SHOWN].tolist()
    return {"maps": [{"channel": each, "image": _picture(scaled[each : each + 1])} for each in order]}


def edit(
    explorer: Explorer, at: str, layer: str, rows: Sequence[int], channels: Sequence[int], style: str | None
) -> dict[str, Any]:
    """Return the image after rows or channels of a layer were set to zero, and the share by which a pixel changed."""
    found = explorer.edit(_point(explorer, at), layer, rows=rows, channels=channels, style=style)
    return {"image": _picture(found.after), "changed": float((found.after - found.before).abs().mean() / 2)}


def _is_small(explorer: Explorer) -> bool:
    """Say whether every number has a slider of its own."""
    return explorer.takes.length <= _MOVES


def _directions(explorer: Explorer) -> Directions:
    if explorer not in _FOUND:
        _FOUND[explorer] = explorer.directions(count=_MOVES)
    return _FOUND[explorer]


def _point(explorer: Explorer, text: str) -> Sequence[float]:
    begin, _, moves = text.partition(";") if text.startswith(OF_SEED) else (text, "", "")
    point = read_point(begin, explorer.takes, "at")
    if not moves:
        return point
    numbers = read_numbers(moves, "at", f"at most {_MOVES} moves such as 0.5,-1 behind the seed")
    return moved(point, _directions(explorer), numbers[:_MOVES], explorer.takes)


def _picture(image: Tensor) -> str:
    """Return an image float32 (C, H, W) in [-1, 1] as a PNG in an address of its own."""
    pixels = image.add(1).mul(127.5).round().clamp(0, 255).to(torch.uint8).numpy()
    content = BytesIO()
    Image.fromarray(pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0)).save(
        content, "PNG", compress_level=1
    )
    return "data:image/png;base64," + base64.b64encode(content.getvalue()).decode()
