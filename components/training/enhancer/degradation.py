"""Makes small pictures worse, as cameras and the web do: the high-order degradation of Real-ESRGAN.

After Wang et al. 2021, "Real-ESRGAN: Training real-world blind super-resolution with pure synthetic data", section
3 and its supplement: blur, resize, noise, and JPEG, twice over, with sinc filters for ringing. NumPy and Pillow
alone, since it runs in threads beside the training.
"""

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import NamedTuple

import numpy as np
from PIL import Image

__all__ = ["degrade", "shrink"]

_RADII = range(3, 11)
"""Of the filters, in pixels: 7x7 to 21x21."""
_SHAPES = ("gaussian", "generalised", "plateau")
_SHAPE_SHARES = (0.7, 0.15, 0.15)
_ROUND_SHARE = 0.65
"""Of the kernels that blur alike in all directions."""
_SINC_SHARE = 0.1
"""Of the blurs that are a sinc filter."""
_LAST_SINC_SHARE = 0.8
_GREY_SHARE = 0.4
"""Of the noise that is the same in all three channels."""
_QUALITY = (30, 95)
_FILTERS = (Image.Resampling.BOX, Image.Resampling.BILINEAR, Image.Resampling.BICUBIC)
_ANGLES = (np.arange(64) + 0.5) * np.pi / 64


class _Round(NamedTuple):
    """How one of the two rounds is drawn: shares, and ends of ranges at full severity."""

    blurred: float
    deviation: float
    """Of the blur, in pixels: from 0.2 up to this."""
    enlarged: float
    shrunk: float
    """Shares of the pictures; the rest keep their size."""
    scales: tuple[float, float]
    noise: float
    """Deviation of normal noise, in 1/255: from 1 up to this."""
    grains: float
    """Strength of Poisson noise: from 0.05 up to this."""


_ROUNDS = (
    _Round(1.0, 3.0, 0.2, 0.7, (0.15, 1.5), 30, 3.0),
    _Round(0.8, 1.5, 0.3, 0.4, (0.3, 1.2), 25, 2.5),
)


def shrink(picture: np.ndarray, scale: int) -> np.ndarray:
    """Return uint8 (H, W, 3) smaller by ``scale``, by Pillow's bicubic filter, which does not alias."""
    height, width = picture.shape[:2]
    size = (width // scale, height // scale)
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC))


def degrade(picture: np.ndarray, scale: int, rng: np.random.Generator, severity: float = 1.0) -> np.ndarray:
    """Return ``picture`` smaller by ``scale`` and worse.

    Args:
        picture: uint8 (H, W, 3), never modified; both sides multiples of ``scale``.
        scale: by which it shrinks.
        rng: draws what happens to it.
        severity: 0…1; scales all ranges, from what hardly shows to Real-ESRGAN's.

    Returns:
        uint8 (H / scale, W / scale, 3).
    """
    planes = picture.transpose(2, 0, 1).astype(np.float32) / 255
    small = (picture.shape[0] // scale, picture.shape[1] // scale)
    first, second = _ROUNDS
    planes = _suffer(planes, picture.shape[:2], first, rng, severity)
    planes = _jpeg(planes, rng, severity)
    planes = _suffer(planes, small, second, rng, severity)
    # the last resize and ringing come before or after the last JPEG
    last: list[Callable[[np.ndarray], np.ndarray]] = [
        lambda x: _ring(_resize(x, small, rng), rng, severity),
        lambda x: _jpeg(x, rng, severity),
    ]
    for change in last if rng.random() < 0.5 else last[::-1]:
        planes = change(planes)
    return _bytes(planes)


def _suffer(
    planes: np.ndarray, size: Sequence[int], how: _Round, rng: np.random.Generator, severity: float
) -> np.ndarray:
    """Blur, resize to about ``size``, and add noise."""
    if rng.random() < how.blurred:
        planes = _filter(planes, _blur_kernel(how.deviation, rng, severity))
    chance, factor = rng.random(), 1.0
    if chance < how.enlarged:
        factor = rng.uniform(1, 1 + severity * (how.scales[1] - 1))
    elif chance < how.enlarged + how.shrunk:
        factor = rng.uniform(1 - severity * (1 - how.scales[0]), 1)
    planes = _resize(planes, [max(1, round(side * factor)) for side in size], rng)
    return _add_noise(planes, how, rng, severity)


def _blur_kernel(most: float, rng: np.random.Generator, severity: float) -> np.ndarray:
    radius = int(rng.choice(_RADII))
    if rng.random() < _SINC_SHARE:
        return _sinc_kernel(radius, rng, severity)
    across, along = rng.uniform(0.2, 0.2 + severity * (most - 0.2), 2)
    if rng.random() < _ROUND_SHARE:
        along = across
    angle, shape = rng.uniform(-np.pi, np.pi), rng.choice(_SHAPES, p=_SHAPE_SHARES)
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    distance = (u / across) ** 2 + (v / along) ** 2
    if shape == "gaussian":
        kernel = np.exp(-distance / 2)
    elif shape == "generalised":
        kernel = np.exp(-(distance ** rng.uniform(0.5, 4.0)) / 2)
    else:
        kernel = 1 / (1 + distance ** rng.uniform(1.0, 2.0))
    return _of_sum_one(kernel)


def _sinc_kernel(radius: int, rng: np.random.Generator, severity: float) -> np.ndarray:
    """Return a circular low-pass filter, ω/(2πr) J₁(ωr), which rings (equation 6 of the paper)."""
    lowest = np.pi / 3 if radius < 6 else np.pi / 5
    cutoff = rng.uniform(np.pi - severity * (np.pi - lowest), np.pi)
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    distance = np.maximum(np.hypot(x, y), 1e-6)
    # J₁(z) is the mean of cos(τ - z sin τ) over a half turn; 64 angles are exact to the last digits here
    bessel = np.cos(_ANGLES - (cutoff * distance)[..., None] * np.sin(_ANGLES)).mean(-1)
    kernel = cutoff * bessel / (2 * np.pi * distance)
    return _of_sum_one(kernel)


def _of_sum_one(kernel: np.ndarray) -> np.ndarray:
    normal: np.ndarray = kernel / kernel.sum()
    return normal


def _filter(planes: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Return ``planes`` (3, H, W) filtered, their edges mirrored."""
    radius = len(kernel) // 2
    padded = np.pad(planes, ((0, 0), (radius, radius), (radius, radius)), "symmetric")
    size = padded.shape[1:]
    spectrum = np.fft.rfft2(padded) * np.fft.rfft2(kernel.astype(np.float32), size)
    whole = np.fft.irfft2(spectrum, size)
    return whole[:, 2 * radius :, 2 * radius :].astype(np.float32)


def _resize(planes: np.ndarray, size: Sequence[int], rng: np.random.Generator) -> np.ndarray:
    method = _FILTERS[rng.integers(len(_FILTERS))]
    height, width = size
    if planes.shape[1:] == (height, width):
        return planes
    return np.stack([np.asarray(Image.fromarray(plane).resize((width, height), method)) for plane in planes])


def _add_noise(planes: np.ndarray, how: _Round, rng: np.random.Generator, severity: float) -> np.ndarray:
    grey, normal = rng.random() < _GREY_SHARE, rng.random() < 0.5
    shown = planes.mean(0, keepdims=True) if grey else planes
    if normal:
        deviation = severity * rng.uniform(1, how.noise) / 255
        noise = deviation * rng.standard_normal(shown.shape, np.float32)
    else:
        strength = severity * rng.uniform(0.05, how.grains)
        light = shown.clip(0, 1) * 255
        noise = strength * (rng.poisson(light) - light) / 255
    return (planes + noise.astype(np.float32)).clip(0, 1)


def _ring(planes: np.ndarray, rng: np.random.Generator, severity: float) -> np.ndarray:
    if rng.random() >= _LAST_SINC_SHARE:
        return planes
    return _filter(planes, _sinc_kernel(int(rng.choice(_RADII)), rng, severity)).clip(0, 1)


def _jpeg(planes: np.ndarray, rng: np.random.Generator, severity: float) -> np.ndarray:
    worst, best = _QUALITY
    quality = int(rng.integers(round(best - severity * (best - worst)), best + 1))
    file = BytesIO()
    Image.fromarray(_bytes(planes)).save(file, "JPEG", quality=quality)
    with Image.open(file) as opened:
        return np.asarray(opened).transpose(2, 0, 1).astype(np.float32) / 255


def _bytes(planes: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray((planes * 255).round().clip(0, 255).astype(np.uint8).transpose(1, 2, 0))
