"""How a network of one style is trained: one frozen model of all settings, and the preset."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import AfterValidator, Field, JsonValue, model_validator

from components.networks.vgg19_taps import layer_name
from components.training.settings.basic import BasicSettings
from interfaces.errors import SettingsError
from interfaces.igme import StyleTransferNetwork
from interfaces.marks import Free, NamesFile

if TYPE_CHECKING:
    from interfaces.ipdt import IPDT

__all__ = ["RANDOM", "STYLE_PRESETS", "StyleSettings"]

RANDOM = "random"
"""Stands for features whose weights are drawn, and which need no file."""
Layer = Annotated[str, AfterValidator(layer_name)]


class StyleSettings(BasicSettings):
    """Settings of the training of a network that gives pictures one style (Johnson et al. 2016)."""

    trainer = "style"
    makes = "generator"
    told: ClassVar[Mapping[str, str]] = {"style": "style_loss", "content": "content_loss", "loss": "loss"}

    network: StyleTransferNetwork = StyleTransferNetwork(side=96)
    style: Annotated[str | None, NamesFile("a picture", "pictures")] = Field(
        None, min_length=1, description="File of the picture whose style is learnt."
    )
    style_size: int = Field(
        256,
        ge=32,
        le=2048,
        description="Longer side at which the style picture is seen, in pixels: its strokes come out in that size.",
    )
    style_weight: float = Field(
        1.0, ge=0, description="How much the style counts; 1 is the balance that the preset is tuned to."
    )
    content_weight: float = Field(
        1.0, ge=0, description="How much the content counts; 1 is the balance that the preset is tuned to."
    )
    smoothness: float = Field(
        1.0,
        ge=0,
        description="How much differences between neighbouring pixels are held down (total variation).",
    )
    style_layers: tuple[Layer, ...] = Field(
        ("relu1_2", "relu2_2", "relu3_3", "relu4_1"),
        description="Layers of VGG19 at which the style is compared.",
    )
    content_layers: tuple[Layer, ...] = Field(
        ("relu3_3",), description="Layers of VGG19 at which the content is compared."
    )
    features: Annotated[str, NamesFile("a file of VGG19", "features")] = Field(
        "vgg19",
        min_length=1,
        description="VGG19, by name or file; or random, which needs no file and knows textures alone.",
    )
    batch: int = Field(1, ge=1, le=4096, description="Pictures in one step.")
    steps: Annotated[int, Free.METHOD] = Field(4000, ge=1, description="Steps in all.")
    learning_rate: float = Field(2e-3, gt=0, le=1, description="Step size of Adam.")

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        for name in ("style_layers", "content_layers"):
            if not getattr(self, name):
                raise ValueError(f"{name}: wanted at least one layer, got none")
        if self.style_weight == self.content_weight == 0:
            raise ValueError("style_weight, content_weight: wanted one of them above 0, got 0 and 0")
        return self

    @classmethod
    def presets(cls) -> "Mapping[str, StyleSettings]":
        """Return `STYLE_PRESETS`."""
        return STYLE_PRESETS

    @classmethod
    def smallest(cls, side: int, steps: int) -> Self:
        """Return settings of a training that takes a moment; they want a style picture."""
        return cls(
            network=StyleTransferNetwork(side=side, width=4, blocks=1),
            features=RANDOM,
            style_size=32,
            style_layers=("relu1_1",),
            content_layers=("relu1_2",),
            batch=2,
            steps=steps,
            device="cpu",
            precision="float32",
        )

    def pack_options(self) -> Mapping[str, JsonValue]:
        """Return what makes squares as the network learns on; pictures that are smaller are enlarged."""
        return {"side": self.network.side, "channels": self.network.channels}

    def check_fit(self, data: "IPDT") -> None:
        """Compare the squares with the pack's."""
        got = (data.side, int(data.images.shape[3]))
        if got != (self.network.side, self.network.channels):
            raise SettingsError(
                f"network.side: wanted RGB squares of {self.network.side} pixels, got {got[0]} pixels and {got[1]} "
                f"channels in the pack {data.dataset}"
            )

    def files(self) -> Mapping[str, tuple[NamesFile, str]]:
        """Return them; features that are drawn have none.

        Raises:
            SettingsError: there is no style picture.
        """
        if self.style is None:
            raise SettingsError(
                "style: wanted the picture whose style shall be learnt, got none; give --set style=FILE"
            )
        return {name: one for name, one in super().files().items() if one[1] != RANDOM or name != "features"}

    @property
    def images_per_step(self) -> int:
        """Pictures that one step takes."""
        return self.batch

    def total_steps(self, images: int) -> int:
        """Return the number of steps, however many ``images`` there are.

        Raises:
            SettingsError: there are fewer images than one batch takes.
        """
        if images < self.batch:
            raise SettingsError(
                f"batch: wanted at most the {images} training images of the pack, got {self.batch}; "
                "give a smaller batch or more images"
            )
        return self.steps


STYLE_PRESETS: dict[str, StyleSettings] = {"style-feedforward": StyleSettings()}
"""Settings that are known to work, by name."""
