"""IGS, Interface of Generating Settings: user interface → generation."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from interfaces.contract import Contract, Seed

__all__ = ["IGS", "MAX_COUNT", "Noise", "Pictures", "Source", "Stylize", "Translate"]

MAX_COUNT = 100
"""Most images in one run (SPEC §1)."""


class Noise(Contract):
    """Generate from random latent vectors."""

    kind: Literal["noise"] = "noise"


class Pictures(Contract):
    """Take picture files as they are: enhancement on its own."""

    kind: Literal["pictures"] = "pictures"
    paths: tuple[Path, ...] = Field(min_length=1)


class Translate(Contract):
    """Carry pictures from one domain to the other with a trained CycleGAN (SPEC §2, §4)."""

    kind: Literal["translate"] = "translate"
    paths: tuple[Path, ...] = Field(min_length=1)
    direction: Literal["a-to-b", "b-to-a"] = "a-to-b"


class Stylize(Contract):
    """Give content pictures the texture of style pictures (SPEC §3)."""

    kind: Literal["stylize"] = "stylize"
    paths: tuple[Path, ...] = Field(min_length=1)
    styles: tuple[Path, ...] = Field(min_length=1)
    content_weight: float = Field(1.0, ge=0)
    style_weight: float = Field(1e6, ge=0)


Source = Annotated[Noise | Pictures | Translate | Stylize, Field(discriminator="kind")]


class IGS(Contract):
    """How many images to generate, from what, and with which seeds.

    Image *i* of a run has the seed ``seed + i``: image 37 of seed 1000 is image 0 of seed 1037.
    """

    count: int = Field(1, ge=1, le=MAX_COUNT)
    seed: Seed = 0
    style: str | None = None
    """One of the model's styles; None leaves it to the model. Asks for a conditional model."""
    source: Source = Noise()

    @model_validator(mode="after")
    def _check_count(self) -> Self:
        if not isinstance(self.source, Noise) and self.count > len(self.source.paths):
            raise ValueError(f"count: wanted at most the {len(self.source.paths)} pictures, got {self.count}")
        return self
