"""Sliced Wasserstein distance of patches at several scales (Karras et al. 2018, section 5)."""

from collections.abc import Sequence
from typing import final

from components.evaluation.sets import Measurement, PictureSets, Tell
from components.networks.sliced_wasserstein import PATCH, patches, sliced_distance
from interfaces.ports import RunFolder

__all__ = ["SlicedWasserstein"]


@final
class SlicedWasserstein:
    """Compares 7x7 patches of a Laplacian pyramid along random directions, scale by scale, times 1000.

    As in Karras et al. (2018): each channel of the patches is normalised in each set by itself, so that a shift of
    all colours does not show, but structure does. The paper takes 128 patches of each of 16,384 pictures and 512
    directions; fewer patches raise all numbers alike, the floor too.

    Args:
        per_picture: patches of each picture and scale.
        directions: random projections.
        seed: of the places of the patches and of the directions.
    """

    def __init__(self, *, per_picture: int = 64, directions: int = 128, seed: int = 0) -> None:
        self._per_picture = per_picture
        self._directions = directions
        self._seed = seed

    def measure(self, sets: PictureSets, folder: RunFolder, tell: Tell) -> Sequence[Measurement]:
        """Return one distance for each scale, finest first, and their mean."""
        what = "sliced Wasserstein distance"
        descriptors = []
        for done, images in enumerate((sets.generated, sets.pictures(sets.real), sets.pictures(sets.other))):
            tell(f"{what}: patches", done, 3)
            # at the same places in all three, so that equal pictures are no distance apart
            descriptors.append(patches(images, self._per_picture, self._seed))
        found = []
        for done, scale in enumerate(descriptors[0]):
            tell(what, done, len(descriptors[0]))
            generated, real, other = (sample[scale] for sample in descriptors)
            value, floor = (
                1000 * sliced_distance(sample, real, self._directions, self._seed)
                for sample in (generated, other)
            )
            found.append(self._result(f"swd_{scale}", f"{what} at {scale} px, x1000", value, floor))
        tell(what, len(found), len(found))
        value, floor = (
            sum(numbers) / len(found)
            for numbers in ([m.value for m in found], [m.floor or 0.0 for m in found])
        )
        return [*found, self._result("swd_mean", f"{what}, mean of the scales, x1000", value, floor)]

    def _result(self, key: str, name: str, value: float, floor: float) -> Measurement:
        protocol = f"Karras et al. 2018: {PATCH}x{PATCH} patches of a Laplacian pyramid"
        return Measurement(
            key, name, value, "lower", floor=floor,
            details={
                "protocol": protocol, "patches_per_picture": self._per_picture,
                "directions": self._directions, "seed": self._seed,
            },
        )  # fmt: skip
