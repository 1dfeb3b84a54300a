"""IES, Interface of Enhancing Settings: user interface → enhancement."""

from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, JsonValue, Tag, model_validator

from interfaces.contract import Contract, members_by_tag
from interfaces.registry import installed_components
from interfaces.said import Said

__all__ = [
    "BEST_WEIGHTS",
    "DEFAULT_WEIGHTS",
    "FAST_WEIGHTS",
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

DEFAULT_WEIGHTS = "auto"
"""Stands for `BEST_WEIGHTS` where they are on this machine, and for `SHIPPED_WEIGHTS` elsewhere."""

BEST_WEIGHTS = "RealESRGAN_x4plus"
"""Name of the network with the best pictures: in the table of official weights."""

SHIPPED_WEIGHTS = "artgen-x4"
"""Name of the network that comes with artgen and is nearest to the truth."""

FAST_WEIGHTS = "artgen-x4-fast"
"""Name of the network for those who will not wait: it learnt what the best one makes, and comes with artgen, too."""

_WITHOUT_TWIN = {DEFAULT_WEIGHTS, BEST_WEIGHTS, SHIPPED_WEIGHTS, FAST_WEIGHTS}

Precision = Literal["auto", "float32", "bfloat16", "float16", "mixed"]
"""``mixed`` is bfloat16 in the last pass alone, and float32 in those before, whose rounding the next would enlarge."""


class Auto(Contract):
    """Real-ESRGAN with `DEFAULT_WEIGHTS`."""

    kind: Literal["auto"] = "auto"


class Lanczos(Contract):
    """Plain Lanczos resize: no network, no invented detail."""

    kind: Literal["lanczos"] = "lanczos"


class WithWeights(Contract):
    """What every enhancer with a network has."""

    weights: str = Field(min_length=1)
    """Name (see `artgen weights list`) or path of a network's weights."""


class Tiled(WithWeights):
    """What every enhancer has whose network runs in artgen's own engine."""

    precision: Precision = "auto"
    """Of the network's numbers; auto: the fastest on this device that looks the same."""
    tile_px: int | None = Field(None, ge=16, le=4096)
    """Side of a tile in pixels of the input; else the engine chooses, and records what it took."""
    overlap_px: int | None = Field(None, ge=0, le=512)
    """Pixels that a tile reads of its neighbours; else as many as the network needs."""
    tta: bool = False
    """Mean over the picture's eight flips and turns (test-time augmentation), for eight times the time."""


class Realesrgan(Tiled):
    """A network of Real-ESRGAN's two architectures: artgen's own, the official ones, or any other weights."""

    kind: Literal["realesrgan"] = "realesrgan"
    weights: str = Field(DEFAULT_WEIGHTS, min_length=1)
    """Name (see `artgen weights list`) or path of a network's weights; auto: RealESRGAN_x4plus where it is here, else artgen-x4."""
    denoise: float = Field(1.0, ge=0, le=1)
    """Blend with the twin of the weights, which keeps more grain: 1 is the weights alone, 0 the twin; realesr-general-x4v3 has one."""
    twin: str = Field("realesr-general-wdn-x4v3", min_length=1)
    """Name or path, as ``weights``; read only where ``denoise`` is below 1."""

    @model_validator(mode="after")
    def _check_twin(self) -> Self:
        if self.denoise < 1 and self.weights in _WITHOUT_TWIN:
            which = BEST_WEIGHTS if self.weights == DEFAULT_WEIGHTS else self.weights
            raise ValueError(
                Said(
                    "denoise: wanted 1 with {0}, which has no twin, got {1:g}; the weights realesr-general-x4v3 "
                    "have one",
                    which,
                    self.denoise,
                )
            )
        return self


class Spandrel(Tiled):
    """Any single-image super-resolution network that spandrel recognises from its file of weights."""

    kind: Literal["spandrel"] = "spandrel"


class RealesrganReference(WithWeights):
    """The official `RealESRGANer` as it ships, untiled and through eight bits: the yardstick, not the tool."""

    kind: Literal["realesrgan-reference"] = "realesrgan-reference"
    weights: str = Field("realesr-general-x4v3", min_length=1)
    """Name (see `artgen weights list`) or path of a network's weights."""


class Foreign(Contract):
    """Somebody else's enhancer: ``package.module:Class``, or the name that an installed package gave it."""

    kind: str = Field(pattern=r"^([\w.]+:)?[\w.-]+$")
    """Its name."""
    options: dict[str, JsonValue] = Field(default_factory=dict)
    """Keyword arguments of the class."""


def _tag(value: object) -> str:
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    name = str(kind)
    # who installed packages is asked last: it means looking at the disk
    is_foreign = ":" in name or (name not in _OURS and name in installed_components("enhancer"))
    return "foreign" if is_foreign else name


EnhancerOptions = Annotated[
    Annotated[Auto, Tag("auto")]
    | Annotated[Lanczos, Tag("lanczos")]
    | Annotated[Realesrgan, Tag("realesrgan")]
    | Annotated[Spandrel, Tag("spandrel")]
    | Annotated[RealesrganReference, Tag("realesrgan-reference")]
    | Annotated[Foreign, Tag("foreign")],
    Discriminator(_tag),
]
_OURS = members_by_tag(EnhancerOptions)


class IES(Contract):
    """How large the images become, by which enhancer, and which sizes are kept."""

    side: int | None = Field(None, ge=1, le=16384)
    """Longer side of the results in pixels: 64, 256, 1024, or any other."""
    scale: float | None = Field(None, gt=0, le=64)
    """Or: size of the results over that of the inputs."""
    keep: tuple[int, ...] = ()
    """Longer side of another, smaller size to keep, or several; 64 keeps a generated 64x64 as it is."""
    enhancer: EnhancerOptions = Auto()
    """What enlarges, with its own options."""
    strength: float = Field(1.0, ge=0, le=1)
    """Blend with the plain resize: 0 is the plain resize, 1 the enhancer alone."""
    colour_match: bool = False
    """Give the results the coarse colours of the inputs, whatever the enhancer made of them."""

    @model_validator(mode="after")
    def _check_size(self) -> Self:
        if (self.side is None) == (self.scale is None):
            raise ValueError(
                Said("side, scale: wanted exactly one of the two, got {0} and {1}", self.side, self.scale)
            )
        bad = [side for side in self.keep if side < 1 or (self.side is not None and side >= self.side)]
        if bad:
            raise ValueError(
                Said("keep: wanted sides of 1 to less than the result's {0}, got {1}", self.side, bad)
            )
        return self
