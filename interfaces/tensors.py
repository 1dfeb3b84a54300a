"""Tensors that cross from one component to another, checked by `interfaces.arrays.InRange`."""

from typing import Annotated

from jaxtyping import Float32
from torch import Tensor

from interfaces.arrays import InRange

__all__ = ["Alpha", "Images"]

Images = Annotated[Float32[Tensor, "n 3 h w"], InRange(-1.0, 1.0)]
"""RGB images: float32 (N, 3, H, W) in [-1, 1]; grey pictures repeat their channel."""

Alpha = Annotated[Float32[Tensor, "n 1 h w"], InRange(0.0, 1.0)]
"""Opacity: float32 (N, 1, H, W) in [0, 1]."""
