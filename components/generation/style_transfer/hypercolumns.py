"""Hypercolumns: what all layers of a network say about one place of a picture, in one vector."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from components.generation.style_transfer.algorithm import Features

__all__ = ["Maps", "columns", "look", "scattered", "values_at"]


class Maps(NamedTuple):
    """A picture and its maps."""

    all: Sequence[Tensor]
    """(1, C, h, w) each; the first one is the picture."""


def look(features: Features, image: Tensor, layers: Sequence[str]) -> Maps:
    """Return the picture (1, 3, H, W) and its maps at ``layers``; gradients pass through."""
    found = features(image, layers)
    return Maps([image, *(found[layer] for layer in layers)])


def columns(maps: Maps, places: Tensor) -> Tensor:
    """Return the hypercolumns (n, d) at ``places`` (n, 2); the first three values are the colours.

    Maps that are smaller than the picture are read between their values in proportion.
    """
    return torch.cat([values_at(each, places) for each in maps.all], 1)


def values_at(values: Tensor, places: Tensor) -> Tensor:
    """Return ``values`` (1, C, h, w) at ``places`` (n, 2), across and down in [-1, 1] from edge to edge, as (n, C)."""
    grid = places[None, None].to(values.dtype)
    read = F.grid_sample(values, grid, "bilinear", "border", align_corners=False)
    return read[0, :, 0].T


def scattered(side: tuple[int, int], count: int, draw: torch.Generator) -> Tensor:
    """Return about ``count`` places (n, 2), each the middle of a pixel: a regular grid over height and width, set down at random."""
    height, width = side
    stride = max(1.0, (height * width / count) ** 0.5)
    rows, across = (_grid(length, stride, draw) for length in side)
    down, right = torch.meshgrid(rows, across, indexing="ij")
    middles = torch.stack(((right + 0.5) / width, (down + 0.5) / height), -1)
    return middles.reshape(-1, 2) * 2 - 1


def _grid(length: int, stride: float, draw: torch.Generator) -> Tensor:
    first = float(torch.rand((), generator=draw)) * stride
    return torch.arange(first, length, stride).floor().clamp(max=length - 1)
