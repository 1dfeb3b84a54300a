"""Weave and borders: what a generator repeats in all of its pictures, seen in means over them."""

from collections.abc import Sequence
from typing import final

from torch import Tensor

from components.evaluation.sets import Measurement, PictureSets, Tell
from components.networks.borders import border_contrast, inner_contrast
from components.networks.spectrum import mean_spectrum, means_of, weave
from interfaces.ports import RunFolder

__all__ = ["SpectralWeave"]

_CHUNK = 256
_LEAST_CONTRAST = 1e-3
_BORDER_READING = (
    "border: how much the outermost row or column differs from the one beside it, over what neighbours inside do, and "
    "over the same of real pictures; of the side that is furthest from 1. Well above real against real is a strip that "
    "enlarging makes visible"
)
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
        """Return the ratio at the period of two pixels, the greatest single peak over its surroundings, and the border."""
        what = "weave"
        spectra, borders = [], []
        for done, images in enumerate((sets.generated, sets.pictures(sets.real), sets.pictures(sets.other))):
            tell(what, done, 3)
            spectra.append(_spectrum(images))
            borders.append(_borders(images))
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
            Measurement(
                "border", "border, contrast of the worst side over real", _furthest(borders[0] / borders[1]), "as real",
                floor=_furthest(borders[2] / borders[1]), details={"reading": _BORDER_READING},
            ),
        ]  # fmt: skip


def _borders(images: Tensor) -> Tensor:
    """Return the contrast of each side over that inside, float64 (4,)."""
    border, inside = means_of((border_contrast, inner_contrast), map(Tensor.float, images.split(_CHUNK)))
    # flat pictures have no border that stands out
    return border.clamp_min(_LEAST_CONTRAST) / inside.clamp_min(_LEAST_CONTRAST)


def _furthest(ratios: Tensor) -> float:
    return float(ratios[ratios.log().abs().argmax()])


def _spectrum(images: Tensor) -> Tensor:
    return mean_spectrum(some.float().div(127.5).sub(1) for some in images.split(_CHUNK))
