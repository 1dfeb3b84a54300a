"""IGDT, Interface of Generated Data Transferring: generation → enhancement."""

from typing import Self

from pydantic import Field, model_validator

from interfaces.contract import Contract, Seed
from interfaces.provenance import Origin, Provenance
from interfaces.tensors import Alpha, Images

__all__ = ["IGDT"]


class IGDT(Contract):
    """A few generated images of one size."""

    images: Images
    """float32 (N, 3, H, W) in [-1, 1]."""
    alpha: Alpha | None = None
    """float32 (N, 1, H, W) in [0, 1], or None where every pixel is opaque."""
    seeds: tuple[Seed, ...] = Field(min_length=1)
    """One for each image."""
    origins: tuple[Origin, ...] = ()
    """The input picture behind each image, with what hangs on it; empty where they came from noise."""
    provenance: Provenance = Field(min_length=1)

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        n, _, height, width = self.images.shape
        if len(self.seeds) != n:
            raise ValueError(f"seeds: wanted one for each of the {n} images, got {len(self.seeds)}")
        if self.origins and len(self.origins) != n:
            raise ValueError(
                f"origins: wanted none or one for each of the {n} images, got {len(self.origins)}"
            )
        if self.alpha is not None and tuple(self.alpha.shape) != (n, 1, height, width):
            raise ValueError(f"alpha: wanted shape {(n, 1, height, width)}, got {tuple(self.alpha.shape)}")
        return self
