"""Numbers of sRGB (IEC 61966-2-1) as the light that they mean, and back."""

import torch
from torch import Tensor

__all__ = ["to_linear", "to_srgb"]

_SLOPE, _OFFSET, _POWER = 12.92, 0.055, 2.4
_DARK, _DARK_LIGHT = 0.04045, 0.0031308


def to_linear(values: Tensor) -> Tensor:
    """Return the light, in [0, 1], that values in [0, 1] mean, elementwise.

    >>> to_linear(torch.tensor([0.0, 1.0]))
    tensor([0., 1.])
    """
    curved = ((values.clamp(min=_DARK) + _OFFSET) / (1 + _OFFSET)) ** _POWER
    return torch.where(values <= _DARK, values / _SLOPE, curved)


def to_srgb(light: Tensor) -> Tensor:
    """Return the values in [0, 1] that mean ``light`` in [0, 1], elementwise."""
    curved = (1 + _OFFSET) * light.clamp(min=_DARK_LIGHT) ** (1 / _POWER) - _OFFSET
    return torch.where(light <= _DARK_LIGHT, light * _SLOPE, curved)
