"""IGME, Interface of Generative Model Extraction: model training → generation."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, JsonValue, SerializeAsAny, Tag

from interfaces.contract import Contract, SafeName, Sha256
from interfaces.errors import SettingsError
from interfaces.laboratory import LabGenerator
from interfaces.network_base import (
    Activation,
    DomainPicture,
    DrawnActivation,
    GenerativeNetwork,
    Latent,
    Picture,
    Prior,
)
from interfaces.registry import resolve_foreign
from interfaces.translation import ResnetTranslation, TranslationNetwork, UnetTranslation

__all__ = [
    "IGME",
    "Activation",
    "Architecture",
    "ConvGenerator",
    "DomainPicture",
    "DrawnActivation",
    "GenerativeNetwork",
    "Initialisation",
    "LabGenerator",
    "Latent",
    "Normalisation",
    "Picture",
    "Prior",
    "ResidualGenerator",
    "ResnetTranslation",
    "SkipGenerator",
    "StyleTransferNetwork",
    "TranslationNetwork",
    "UnetTranslation",
    "kind_or",
]

Normalisation = Literal["none", "batch", "layer"]
Initialisation = Literal["glorot-normal", "normal-0.02", "uniform-0.02", "lecun-normal"]
"""Glorot normal, N(0, 0.02), U(±0.02·√3), of which the last two have the same variance; and N(0, 1/fan-in), which
keeps the variance through linear layers, as networks without normalisation need."""


def _power_of_two(side: int) -> int:
    if side & (side - 1):
        raise ValueError(f"wanted 8, 16, 32, 64, … (a power of two), got {side}")
    return side


Side = Annotated[int, Field(ge=8, le=1024), AfterValidator(_power_of_two)]


class _LatentNetwork(GenerativeNetwork):
    """A network that makes pictures from noise, doubling the side at every layer."""

    side: Side = 64
    """Height and width of the images in pixels: 4 times a power of two."""
    latent: int = Field(128, ge=1, le=4096)
    """Length of the latent vector."""
    prior: Prior = "normal"
    """How latent vectors are drawn."""

    @property
    def takes(self) -> Latent:
        """Latent vectors."""
        return Latent(length=self.latent, prior=self.prior)


class ConvGenerator(_LatentNetwork):
    """A generator of the DCGAN family: latent → 4x4 → … → side, doubling at every layer.

    The final layer ends in tanh, so that images lie in [-1, 1].
    """

    kind: Literal["conv"] = "conv"
    width: int = Field(64, ge=4, le=1024)
    """Channels of the last hidden layer; each layer before has twice as many, up to ``max_width``."""
    max_width: int = Field(512, ge=4, le=4096)
    extra_layers: int = Field(0, ge=0, le=4)
    """Further 3x3 convolutions at each resolution: the depth."""
    kernel: Literal[3, 4, 5] = 4
    normalisation: Normalisation = "batch"
    activation: DrawnActivation = "relu"
    bias: bool = False
    hidden_dense: bool = False
    """One more fully connected layer, latent → latent, in front."""


class SkipGenerator(_LatentNetwork):
    """A generator of the FastGAN kind (Liu et al. 2021): latent → 4x4 → … → side, doubling at every layer.

    Each layer is upsampling, a 3x3 convolution, batch norm and a gated linear unit; the two last
    resolutions may be weighted, channel by channel, by what the two first ones show (skip-layer excitation).
    """

    kind: Literal["skip"] = "skip"
    latent: int = Field(256, ge=1, le=4096)
    """Length of the latent vector."""
    width: int = Field(32, ge=4, le=1024)
    """Channels of the last hidden layer; each layer before has twice as many, up to ``max_width``."""
    max_width: int = Field(256, ge=4, le=4096)
    upsampling: Literal["nearest", "smooth"] = "nearest"
    """Nearest prints a grid of two pixels, which the convolution has to smooth; smooth blurs it away (1, 2, 1)."""
    excitation: bool = True
    """Whether there is skip-layer excitation."""


class ResidualGenerator(_LatentNetwork):
    """A generator of R3GAN's kind (Huang et al. 2024): latent → 4x4 → … → side, doubling between stages.

    A stage is a few residual blocks without normalisation; doubling is bilinear.
    """

    kind: Literal["residual"] = "residual"
    latent: int = Field(64, ge=1, le=4096)
    """Length of the latent vector."""
    width: int = Field(16, ge=4, le=1024)
    """Channels of the last stage; each stage before has twice as many, up to ``max_width``."""
    max_width: int = Field(256, ge=4, le=4096)
    blocks: int = Field(1, ge=1, le=8)
    """Residual blocks at each resolution: the depth."""


class StyleTransferNetwork(GenerativeNetwork):
    """A network that gives a picture the style that it has learnt, in one pass (Johnson et al. 2016).

    It halves the picture twice, changes it in residual blocks, and doubles it twice; the result is as large as the picture.
    """

    kind: Literal["style-transfer"] = "style-transfer"
    side: int = Field(128, ge=8, le=1024)
    """Height and width of the squares that it learns on, in pixels; pictures of any size go in."""
    channels: Literal[3] = 3
    width: int = Field(16, ge=4, le=256)
    """Channels at the full size; each halving doubles them."""
    blocks: int = Field(5, ge=1, le=32)
    """Residual blocks at a quarter of the size: the depth."""

    @property
    def takes(self) -> Picture:
        """Pictures in colour."""
        return Picture()


def kind_or(default: str) -> Discriminator:
    """Tell the members of a union apart by ``kind``, which stands for ``default`` where it is left out.

    >>> from pydantic import TypeAdapter
    >>> TypeAdapter(Architecture).validate_python({"kind": "skip"}).latent
    256
    """

    def tag(value: Any) -> str:
        kind = value.get("kind", default) if isinstance(value, dict) else getattr(value, "kind", default)
        return FOREIGN if ":" in str(kind) else str(kind)

    return Discriminator(tag)


FOREIGN = "package.module:Class"
"""Stands for every kind of that form: anybody else's network."""


def _foreign(value: object) -> object:
    """Return the settings of a foreign network, which its class names as ``architecture``."""
    if not isinstance(value, dict):
        return value
    network = resolve_foreign("architecture", str(value["kind"]), here=False)
    contract = getattr(network, "architecture", None)
    if not (isinstance(contract, type) and issubclass(contract, GenerativeNetwork)):
        raise SettingsError(
            f"{value['kind']}: wanted a class of a network whose attribute 'architecture' is a subclass of "
            f"interfaces.igme.GenerativeNetwork, got {contract!r} there"
        )
    return contract.model_validate(value)


Architecture = Annotated[
    Annotated[ConvGenerator, Tag("conv")]
    | Annotated[SkipGenerator, Tag("skip")]
    | Annotated[ResidualGenerator, Tag("residual")]
    | Annotated[LabGenerator, Tag("lab")]
    | Annotated[StyleTransferNetwork, Tag("style-transfer")]
    | Annotated[ResnetTranslation, Tag("resnet-translation")]
    | Annotated[UnetTranslation, Tag("unet-translation")]
    | Annotated[SerializeAsAny[GenerativeNetwork], BeforeValidator(_foreign), Tag(FOREIGN)],
    kind_or("conv"),
]
"""Every architecture of a generative model, told apart by ``kind``: one of ours, or the ``package.module:Class`` of
anybody's network, which must be installed or on PYTHONPATH: a model that names it shall not bring it along."""


class IGME(Contract):
    """A trained generative model: how it is built, where its weights lie, what it learnt from."""

    name: SafeName
    architecture: Architecture
    weights_path: Path
    """A safetensors file."""
    weights_sha256: Sha256
    styles: tuple[SafeName, ...] = Field(min_length=1)
    """Styles of the training data in label order."""
    conditional: bool = False
    """Whether the model can be asked for one style."""
    licence: str = "unknown"
    """Licence of the weights, which is that of the training data."""
    training: dict[str, JsonValue] = Field(default_factory=dict)
    """Provenance: data fingerprint, settings, steps, time, versions."""
    metrics: dict[str, float] = Field(default_factory=dict)
