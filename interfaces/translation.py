"""How networks are built that carry pictures from one domain to another."""

from typing import Literal, Self

from pydantic import Field, model_validator

from interfaces.network_base import DomainPicture, GenerativeNetwork

__all__ = ["ResnetTranslation", "TranslationNetwork", "UnetTranslation"]


class TranslationNetwork(GenerativeNetwork):
    """A pair of networks that carry pictures from one domain to the other and back; the result is as large as the picture.

    The first two styles of the model are the domains, A and B.
    """

    side: int = Field(128, ge=8, le=1024)
    """Height and width of the squares that they learn on, in pixels; pictures of any size go in."""
    channels: Literal[3] = 3
    width: int = Field(64, ge=4, le=256)
    """Channels at the full size; each halving doubles them."""
    normalisation: Literal["instance", "batch"] = "instance"
    """Over each picture by itself, or over all of a batch."""
    bias: bool = False
    """Whether convolutions with a normalisation behind them, which takes it away again, have a bias all the same."""
    upsampling: Literal["nearest", "smooth", "transposed"] = "nearest"
    """Doubling, of nearest neighbours or bilinear, and a convolution; or a transposed one, which may leave a checkerboard
    (Odena et al. 2016)."""
    both_ways: bool = True
    """Whether there is a network back, from B to A."""

    @property
    def takes(self) -> DomainPicture:
        """Pictures of a domain."""
        return DomainPicture()


class ResnetTranslation(TranslationNetwork):
    """CycleGAN's generators (Zhu et al. 2017, section 7.2): residual blocks at a quarter of the size."""

    kind: Literal["resnet-translation"] = "resnet-translation"
    blocks: int = Field(9, ge=1, le=32)
    """Residual blocks: the depth; the paper has 6 for 128 pixels and 9 for 256."""


class UnetTranslation(TranslationNetwork):
    """U-Nets (Isola et al. 2017, section 6.1.1): halvings down to a few pixels, and doublings back."""

    kind: Literal["unet-translation"] = "unet-translation"
    side: int = Field(256, ge=8, le=1024)
    """Height and width of the squares that they learn on, in pixels; pictures of any size go in."""
    halvings: int = Field(8, ge=3, le=10)
    """The depth: 7 for 128 pixels, 8 for 256; channels double up to 8 times the width."""
    skips: bool = True
    """Whether what was seen before each halving is there again after the doubling; else it is an encoder and a decoder."""

    @model_validator(mode="after")
    def _check_halvings(self) -> Self:
        if self.side % 2**self.halvings:
            raise ValueError(
                f"side: wanted a multiple of {2**self.halvings}, to be halved {self.halvings} times, got {self.side}"
            )
        return self
