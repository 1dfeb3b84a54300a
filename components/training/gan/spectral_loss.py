"""What keeps a generator from printing a pattern, or a frame, into all of its images."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, final

import torch
from torch import Tensor

from components.networks.borders import border_contrast, with_mirrored_borders
from components.networks.spectrum import LEAST_POWER, means_of, power_spectrum, with_mirror_images
from components.training.distributed.ranks import ALONE, Ranks
from components.training.engine.batches import Batches
from components.training.gan.settings import GanSettings

__all__ = ["SpectralLoss", "Wanted", "spectral_loss"]


_MEASURES: Sequence[Callable[[Tensor], Tensor]] = (power_spectrum, border_contrast)
"""In the order of `Wanted`."""


class Wanted(NamedTuple):
    """The logarithms of what the training images have in the mean."""

    spectrum: Tensor
    """Of their `power_spectrum`, (S, S/2 + 1)."""
    borders: Tensor
    """Of their `border_contrast`, (4,)."""


@final
class SpectralLoss:
    """Mean square of the log power spectrum of a batch less that of the training images; and of the borders alike.

    A network of convolutions and upsampling leaves peaks in the spectrum of what it makes (Durall et al. 2020; they
    compare spectra averaged over rings, in which a single peak goes under; here every frequency counts). The critic
    misses much of that: its own first layer takes steps of two pixels. The window of the spectrum hides the borders,
    and there the padding of convolutions leaves a strip, so that their contrast is compared on its own.

    Args:
        wanted: of the training images.
        weight: of the loss.
        ranks: between which each batch is divided.
    """

    def __init__(self, wanted: Wanted, weight: float, ranks: Ranks = ALONE) -> None:
        self._wanted = wanted
        self._weight = weight
        self._ranks = ranks

    def __call__(self, images: Tensor) -> Tensor:
        """Return the weighted loss, a scalar, of generated ``images`` (N, C, S, S), this rank's share of a batch."""
        with torch.autocast(images.device.type, enabled=False):
            return self._weight * sum(
                (
                    self._distance(measure(images), wanted)
                    for measure, wanted in zip(_MEASURES, self._wanted, strict=True)
                ),
                start=images.new_zeros(()),
            )

    def _distance(self, found: Tensor, wanted: Tensor) -> Tensor:
        # the whole batch's value, and this share's gradient, whose mean over the ranks is the whole batch's
        found = found + (self._ranks.mean(found.detach().clone()) - found.detach())
        return (found.clamp_min(LEAST_POWER).log() - wanted).square().mean()


def spectral_loss(settings: GanSettings, batches: Batches, ranks: Ranks = ALONE) -> SpectralLoss | None:
    """Return the loss that ``settings`` ask for, for the training images of ``batches``; None where it weighs 0."""
    if not settings.spectral_weight:
        return None
    spectrum, borders = means_of(_MEASURES, batches.chunks())
    if settings.flip:
        spectrum, borders = with_mirror_images(spectrum), with_mirrored_borders(borders)
    wanted = Wanted(*(mean.clamp_min(LEAST_POWER).log().float() for mean in (spectrum, borders)))
    return SpectralLoss(wanted, settings.spectral_weight, ranks)
