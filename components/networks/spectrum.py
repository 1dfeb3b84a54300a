"""The power spectrum of pictures: what a generator prints into all of them shows there as peaks."""

from collections.abc import Iterable

import torch
from torch import Tensor

__all__ = ["LEAST_POWER", "log_spectrum", "power_spectrum"]

LEAST_POWER = 1e-12
"""What stands for less where a logarithm is taken."""


def power_spectrum(images: Tensor) -> Tensor:
    """Return the mean power of each frequency in ``images``, under a Hann window.

    The window takes away that the left border differs from the right one, which a Fourier transform would take for
    detail.

    Args:
        images: float32 (N, C, S, S), S even; a whole number of pictures counts alike.

    Returns:
        float32 (S, S/2 + 1), the mean over pictures and channels; row and column are the frequencies in cycles per
        picture, as `torch.fft.rfft2` has them. Row or column S/2 is the period of two pixels.
    """
    side = images.shape[-1]
    window = torch.hann_window(side, periodic=False, device=images.device)
    waves = torch.fft.rfft2(images.float() * window[:, None] * window)
    return waves.abs().square().mean((0, 1))  # (N, C, S, S/2+1) -> (S, S/2+1)


def log_spectrum(chunks: Iterable[Tensor], *, mirrored: bool = False) -> Tensor:
    """Return the logarithm of the `power_spectrum` of all pictures.

    Args:
        chunks: pictures (N, C, S, S) each.
        mirrored: whether the mirror images of the pictures count as well.

    Returns:
        float32 (S, S/2 + 1).
    """
    total, count = torch.zeros(()), 0
    for images in chunks:
        total = total.to(images.device, torch.float64) + power_spectrum(images).double() * len(images)
        count += len(images)
    power = total / count
    if mirrored:
        # left for right is the same power at the opposite vertical frequency
        power = (power + power.roll(-1, 0).flip(0)) / 2
    return power.clamp_min(LEAST_POWER).log().float()
