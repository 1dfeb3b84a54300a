"""Weave: patterns that a generator repeats in all of its pictures, seen in their mean power spectrum."""

from collections.abc import Sequence
from typing import final

from torch import Tensor

from components.evaluation.sets import Measurement, PictureSets, Tell
from components.networks.spectrum import mean_spectrum, weave
from interfaces.ports import RunFolder

__all__ = ["SpectralWeave"]

_CHUNK = 256
_READING = (
    "weave: how many times the power of real pictures the generated ones have at a frequency, in the mean over all; "
    "1 is right, less is smoother than real, and well above real against real is a pattern printed into all pictures, "
    "which enlarging makes texture of"
)


@final
class SpectralWeave:
    """Compares the mean power spectrum of generated pictures with that of real ones (after Durall et al. 2020).

    Networks of convolutions and upsampling leave peaks there that no single picture shows as plainly: mostly at the
    period of two pixels, of four, and at what these make together.
    """

    def measure(self, sets: PictureSets, folder: RunFolder, tell: Tell) -> Sequence[Measurement]:
        """Return the ratio at the period of two pixels, and the greatest single peak over its surroundings."""
        what = "weave"
        spectra = []
        for done, images in enumerate((sets.generated, sets.pictures(sets.real), sets.pictures(sets.other))):
            tell(what, done, 3)
            spectra.append(_spectrum(images))
        generated, real, other = spectra
        found, floor = weave(generated, real), weave(other, real)
        tell(what, 3, 3)
        return [
            Measurement(
                "weave_two_pixel", "weave, period of two pixels, power over real", found.two_pixel, "as real",
                floor=floor.two_pixel, details={"reading": _READING},
            ),
            Measurement(
                "weave_peak", "weave, greatest peak over its surroundings", found.peak, "lower",
                floor=floor.peak, details={"reading": _READING},
            ),
        ]  # fmt: skip


def _spectrum(images: Tensor) -> Tensor:
    return mean_spectrum(some.float().div(127.5).sub(1) for some in images.split(_CHUNK))
