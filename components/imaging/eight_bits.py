"""Pictures as training takes them: eight bits, opaque, clear parts white."""

import numpy as np
from PIL import Image

from interfaces.errors import DataError

__all__ = ["on_white"]


def on_white(pixels: np.ndarray) -> np.ndarray:
    """Return the picture in eight bits, laid on white where it is clear.

    Args:
        pixels: uint8, uint16, or grey float32 in [0, 1] (H, W, C); with opacity as the last channel where C is even.

    Returns:
        uint8 (H, W, 1 or 3).

    Raises:
        DataError: floating-point numbers lie outside of [0, 1].
    """
    if pixels.dtype == np.uint8:
        return pixels if pixels.shape[2] % 2 else _composed(pixels)
    full = 1.0 if pixels.dtype == np.float32 else 65535.0
    low, high = float(pixels.min()), float(pixels.max())
    if not (low >= 0 and high <= full):
        raise DataError(f"has grey values from {low:g} to {high:g}: wanted 0 to {full:g}")
    values = pixels.astype(np.float64)
    if pixels.shape[2] % 2 == 0:
        alpha = values[..., -1:] / full
        values = values[..., :-1] * alpha + full * (1 - alpha)
    found: np.ndarray = np.round(values * (255 / full)).astype(np.uint8)
    return found


def _composed(pixels: np.ndarray) -> np.ndarray:
    image = Image.fromarray(pixels).convert("RGBA")
    opaque = Image.new("RGBA", image.size, "white")
    opaque.alpha_composite(image)
    return np.asarray(opaque.convert("RGB"))
