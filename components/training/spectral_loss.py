"""What keeps a generator from printing a pattern into all of its images."""

from typing import final

import torch
from torch import Tensor

from components.networks.spectrum import LEAST_POWER, log_spectrum, power_spectrum
from components.training.batches import Batches
from components.training.ranks import ALONE, Ranks
from components.training.settings import GanSettings

__all__ = ["SpectralLoss", "spectral_loss"]


@final
class SpectralLoss:
    """Mean square of the log power spectrum of a batch less that of the training images.

    A network of convolutions and upsampling leaves peaks in the spectrum of what it makes (Durall et al. 2020; they
    compare spectra averaged over rings, in which a single peak goes under; here every frequency counts). The critic
    misses much of that: its own first layer takes steps of two pixels.

    Args:
        target: `log_spectrum` of the training images, (S, S/2 + 1).
        weight: of the loss.
        ranks: between which each batch is divided.
    """

    def __init__(self, target: Tensor, weight: float, ranks: Ranks = ALONE) -> None:
        self._target = target
        self._weight = weight
        self._ranks = ranks

    def __call__(self, images: Tensor) -> Tensor:
        """Return the weighted loss, a scalar, of generated ``images`` (N, C, S, S), this rank's share of a batch."""
        with torch.autocast(images.device.type, enabled=False):
            power = power_spectrum(images)
            # the whole batch's value, and this share's gradient, whose mean over the ranks is the whole batch's
            power = power + (self._ranks.mean(power.detach().clone()) - power.detach())
            return self._weight * (power.clamp_min(LEAST_POWER).log() - self._target).square().mean()


def spectral_loss(settings: GanSettings, batches: Batches, ranks: Ranks = ALONE) -> SpectralLoss | None:
    """Return the loss that ``settings`` ask for, for the training images of ``batches``; None where it weighs 0."""
    if not settings.spectral_weight:
        return None
    return SpectralLoss(
        log_spectrum(batches.chunks(), mirrored=settings.flip), settings.spectral_weight, ranks
    )
