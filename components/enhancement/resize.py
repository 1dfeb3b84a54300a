"""Plain resize to any exact size, in floating point."""

import numpy as np
import torch
from PIL import Image
from torch import Tensor

__all__ = ["resize"]


def resize(planes: Tensor, size: tuple[int, int], *, low: float, high: float) -> Tensor:
    """Return ``planes`` at another size, by Lanczos with three lobes, widened when the size shrinks.

    Each channel is resized by itself in floating point, so no step of 1/255 is lost and an image does not depend
    on its neighbours. The overshoot that Lanczos makes beside hard edges is cut off.

    Args:
        planes: (N, C, H, W) float32; never modified.
        size: width and height of the result in pixels.
        low: smallest value of the result.
        high: largest value of the result.

    Returns:
        (N, C, height, width) float32 on the CPU; ``planes`` itself where it has that size already.
    """
    width, height = size
    n, channels, old_height, old_width = planes.shape
    if (old_width, old_height) == size:
        return planes
    source = planes.detach().cpu().reshape(n * channels, old_height, old_width).numpy()
    result = np.empty((n * channels, height, width), dtype=np.float32)
    for index, plane in enumerate(source):
        result[index] = np.asarray(Image.fromarray(plane).resize(size, Image.Resampling.LANCZOS))
    return torch.from_numpy(result).clamp_(low, high).reshape(n, channels, height, width)
