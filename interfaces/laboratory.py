"""How the generators of the GAN laboratory are built."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from interfaces.network_base import DrawnActivation, GenerativeNetwork, Latent, Prior

__all__ = ["LabGenerator"]


class LabGenerator(GenerativeNetwork):
    """A generator with a latent space that can be looked at: dense, then 5x5 transposed convolutions of which the last ones double."""

    kind: Literal["lab"] = "lab"
    side: int = Field(28, ge=4, le=256)
    """Height and width of the images in pixels: ``first_side``, doubled at most once for each width."""
    channels: Literal[1, 3] = 1
    latent: int = Field(2, ge=1, le=4096)
    """Length of the latent vector: 2 make a map, 3 a cube."""
    prior: Prior = "uniform"
    """How latent vectors are drawn."""
    first_side: int = Field(7, ge=1, le=64)
    """Height and width of what the dense layer makes, in pixels."""
    widths: tuple[Annotated[int, Field(ge=4, le=1024)], ...] = Field(
        (256, 128, 64), min_length=1, max_length=12
    )
    """Channels of what goes into each convolution."""
    activation: DrawnActivation = "relu"
    """Between the layers."""

    @property
    def takes(self) -> Latent:
        """Latent vectors."""
        return Latent(length=self.latent, prior=self.prior)

    @property
    def doublings(self) -> int:
        """How many of the convolutions double."""
        return (self.side // self.first_side).bit_length() - 1

    @model_validator(mode="after")
    def _check_side(self) -> Self:
        if self.side != self.first_side << max(self.doublings, 0) or not 0 <= self.doublings <= len(
            self.widths
        ):
            sides = ", ".join(str(self.first_side << times) for times in range(len(self.widths) + 1))
            raise ValueError(
                f"side: wanted first_side doubled at most once for each of the {len(self.widths)} widths ({sides}), got {self.side}"
            )
        return self
