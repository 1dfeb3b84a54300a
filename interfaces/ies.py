"""IES, Interface of Enhancing Settings: user interface → enhancement."""

from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, JsonValue, Tag, model_validator

from interfaces.contract import Contract

__all__ = [
    "IES",
    "SHIPPED_WEIGHTS",
    "Auto",
    "EnhancerOptions",
    "Foreign",
    "Lanczos",
    "Precision",
    "Realesrgan",
    "RealesrganReference",
    "Spandrel",
    "Tiled",
    "WithWeights",
]

SHIPPED_WEIGHTS = "artgen-x4"
"""Name of the network that comes with artgen."""

Precision = Literal["auto", "float32", "bfloat16", "float16"]


class Auto(Contract):
    """The enhancer that comes with artgen, with the network that does: the same on every machine."""

    kind: Literal["auto"] = "auto"


class Lanczos(Contract):
    """Plain Lanczos resize: no network, no invented detail."""

    kind: Literal["lanczos"] = "lanczos"


class WithWeights(Contract):
    """What every enhancer with a network has."""

    weights: str = Field(min_length=1)
    """`SHIPPED_WEIGHTS`, a name in the table of official weights, or the path of a file."""


class Tiled(WithWeights):
    """What every enhancer has whose network runs in artgen's own engine."""

    precision: Precision = "auto"
    tile_px: int | None = Field(None, ge=16, le=4096)
    """Side of a tile in pixels of the input; None: the engine chooses, and records what it took."""
    overlap_px: int | None = Field(None, ge=0, le=512)
    """Pixels that a tile reads around itself; None: as many as the network needs."""
    tta: bool = False
    """Test-time augmentation: the mean over the picture's eight flips and turns, for eight times the time."""


class Realesrgan(Tiled):
    """A network of Real-ESRGAN's two architectures: artgen's own, the official ones, or any other weights."""

    kind: Literal["realesrgan"] = "realesrgan"
    weights: str = Field(SHIPPED_WEIGHTS, min_length=1)
    denoise: float = Field(1.0, ge=0, le=1)
    """Blend of the weights with those of ``twin``, which keep more grain: 1 is ``weights``, 0 is ``twin``."""
    twin: str = Field("realesr-general-wdn-x4v3", min_length=1)
    """Name or path, as ``weights``; read only where ``denoise`` is below 1."""

    @model_validator(mode="after")
    def _check_twin(self) -> Self:
        if self.denoise < 1 and self.weights == SHIPPED_WEIGHTS:
            raise ValueError(
                f"denoise: wanted 1 with {SHIPPED_WEIGHTS}, which has no twin, got {self.denoise:g}; the weights "
                "realesr-general-x4v3 have one"
            )
        return self


class Spandrel(Tiled):
    """Any single-image super-resolution network that spandrel recognises from its file of weights."""

    kind: Literal["spandrel"] = "spandrel"


class RealesrganReference(WithWeights):
    """The official `RealESRGANer` as it ships, untiled and through eight bits: the yardstick, not the tool."""

    kind: Literal["realesrgan-reference"] = "realesrgan-reference"
    weights: str = Field("realesr-general-x4v3", min_length=1)


class Foreign(Contract):
    """Somebody else's enhancer, ``package.module:Class``."""

    kind: str = Field(pattern=r"^[\w.]+:[\w.]+$")
    options: dict[str, JsonValue] = Field(default_factory=dict)
    """Keyword arguments of the class."""


def _tag(value: object) -> str:
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return "foreign" if isinstance(kind, str) and ":" in kind else str(kind)


EnhancerOptions = Annotated[
    Annotated[Auto, Tag("auto")]
    | Annotated[Lanczos, Tag("lanczos")]
    | Annotated[Realesrgan, Tag("realesrgan")]
    | Annotated[Spandrel, Tag("spandrel")]
    | Annotated[RealesrganReference, Tag("realesrgan-reference")]
    | Annotated[Foreign, Tag("foreign")],
    Discriminator(_tag),
]


class IES(Contract):
    """How large the images become, by which enhancer, and which sizes are kept."""

    side: int | None = Field(None, ge=1, le=16384)
    """Longer side of the result in pixels."""
    scale: float | None = Field(None, gt=0, le=64)
    """Or: size of the result over size of the input."""
    keep: tuple[int, ...] = ()
    """Longer sides of further sizes to keep, smaller than the result; 64 keeps a generated 64x64 as it is."""
    enhancer: EnhancerOptions = Auto()
    strength: float = Field(1.0, ge=0, le=1)
    """Blend with the plain resize: 0 is the plain resize, 1 the enhancer alone."""
    colour_match: bool = False
    """Give the result the coarse colours of the input, whatever the enhancer made of them."""

    @model_validator(mode="after")
    def _check_size(self) -> Self:
        if (self.side is None) == (self.scale is None):
            raise ValueError(f"side, scale: wanted exactly one of the two, got {self.side} and {self.scale}")
        bad = [side for side in self.keep if side < 1 or (self.side is not None and side >= self.side)]
        if bad:
            raise ValueError(f"keep: wanted sides of 1 to less than the result's {self.side}, got {bad}")
        return self
