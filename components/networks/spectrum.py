"""The power spectrum of pictures: what a generator prints into all of them shows there as peaks."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

__all__ = [
    "LEAST_POWER",
    "Weave",
    "mean_spectrum",
    "means_of",
    "power_spectrum",
    "weave",
    "with_mirror_images",
]

LEAST_POWER = 1e-12
"""What stands for less where a logarithm is taken."""
_FIRST_RING = 4
_FEWEST_BINS = 8
_BYTE_STEP = 2 / 255


class Weave(NamedTuple):
    """How much stronger generated pictures repeat a pattern than real ones do."""

    two_pixel: float
    """Power at the period of two pixels over that of real pictures: down, across or both, whichever is the most. 1 is
    right, less is smoother than real."""
    peak: float
    """The most that one frequency stands out from those of about the same period, all of them over real ones' power:
    1 is right, chance makes it a little more."""


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
    power: Tensor = waves.abs().square().mean((0, 1))  # (N, C, S, S/2+1) -> (S, S/2+1)
    return power


def means_of(measures: Sequence[Callable[[Tensor], Tensor]], chunks: Iterable[Tensor]) -> list[Tensor]:
    """Return what each measure finds in all pictures of ``chunks``, read once, as float64; each picture counts alike."""
    totals, count = [torch.zeros(())] * len(measures), 0
    for images in chunks:
        found = [measure(images).double() * len(images) for measure in measures]
        totals = [
            total.to(images.device, torch.float64) + one for total, one in zip(totals, found, strict=True)
        ]
        count += len(images)
    return [total / count for total in totals]


def mean_spectrum(chunks: Iterable[Tensor], *, mirrored: bool = False) -> Tensor:
    """Return the `power_spectrum` of all pictures.

    Args:
        chunks: pictures (N, C, S, S) each.
        mirrored: whether the mirror images of the pictures count as well.

    Returns:
        float64 (S, S/2 + 1).
    """
    (power,) = means_of([power_spectrum], chunks)
    return with_mirror_images(power) if mirrored else power


def with_mirror_images(power: Tensor) -> Tensor:
    """Return the mean spectrum (S, S/2 + 1) of pictures and their mirror images, from that of the pictures."""
    # left for right is the same power at the opposite vertical frequency
    return (power + power.roll(-1, 0).flip(0)) / 2


def weave(generated: Tensor, real: Tensor) -> Weave:
    """Compare two spectra of pictures in [-1, 1]; less than what rounding to bytes leaves counts as that.

    Peaks are looked for in rings of one rounded radius, from 4 waves a picture on, that have 8 frequencies at least:
    within one, the spectrum of real pictures is smooth.

    Args:
        generated: the `mean_spectrum` of generated pictures, (S, S/2 + 1), S at least 8.
        real: that of real ones, alike.
    """
    side, half = len(generated), len(generated) // 2
    window = torch.hann_window(side, periodic=False, dtype=torch.float64)
    rounding = _BYTE_STEP**2 / 12 * window.square().sum().item() ** 2
    ratio = generated.cpu().double().clamp_min(rounding) / real.cpu().double().clamp_min(rounding)
    two_pixel = max(ratio[half, 0], ratio[0, half], ratio[half, half])
    rings = [ratio[_radii(side) == radius] for radius in range(_FIRST_RING, side)]
    peak = max(ring.max() / ring.quantile(0.5) for ring in rings if len(ring) >= _FEWEST_BINS)
    return Weave(two_pixel.item(), peak.item())


def _radii(side: int) -> Tensor:
    """Return the waves a picture at each place of a spectrum, rounded, (S, S/2 + 1)."""
    down = torch.fft.fftfreq(side, 1 / side)
    return torch.hypot(down[:, None], torch.arange(side // 2 + 1)).round()
