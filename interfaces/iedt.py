"""IEDT, Interface of Enhance Data Transferring: enhancement → conversion."""

from typing import Self

from pydantic import Field, model_validator

from interfaces.contract import Contract, Seed, Sha256
from interfaces.provenance import Origin, Provenance
from interfaces.tensors import Alpha, Images

__all__ = ["IEDT", "SizedImages"]


class SizedImages(Contract):
    """The images of one size."""

    images: Images
    """float32 (N, 3, H, W) in [-1, 1]."""
    alpha: Alpha | None = None
    """float32 (N, 1, H, W) in [0, 1], or None where every pixel is opaque."""

    @model_validator(mode="after")
    def _check_alpha(self) -> Self:
        n, _, height, width = self.images.shape
        if self.alpha is not None and tuple(self.alpha.shape) != (n, 1, height, width):
            raise ValueError(f"alpha: wanted shape {(n, 1, height, width)}, got {tuple(self.alpha.shape)}")
        return self

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return int(self.images.shape[3]), int(self.images.shape[2])


class IEDT(Contract):
    """The enlarged images: the final size, and every further size that is kept."""

    final: SizedImages
    kept: tuple[SizedImages, ...] = ()
    """Further sizes in rising order, the generated one among them where it was asked for."""
    seeds: tuple[Seed, ...] = Field(min_length=1)
    origins: tuple[Origin, ...] = ()
    enhancer: str = Field(min_length=1)
    """Name in the registry, or ``package.module:Class``."""
    weights_sha256: Sha256 | None = None
    """Digest of the network's weights; None where there is no network."""
    provenance: Provenance = Field(min_length=1)

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        n = len(self.seeds)
        for name, sized in (("final", self.final), *((f"kept[{i}]", s) for i, s in enumerate(self.kept))):
            if len(sized.images) != n:
                raise ValueError(
                    f"{name}: wanted one image for each of the {n} seeds, got {len(sized.images)}"
                )
        if self.origins and len(self.origins) != n:
            raise ValueError(
                f"origins: wanted none or one for each of the {n} images, got {len(self.origins)}"
            )
        sizes = [sized.size for sized in self.kept]
        if len({*sizes, self.final.size}) != len(sizes) + 1:
            raise ValueError(
                f"kept: wanted sizes that differ from {self.final.size} and each other, got {sizes}"
            )
        return self
