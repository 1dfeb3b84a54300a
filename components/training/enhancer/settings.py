"""How an enhancement network is trained: one frozen model of all settings, and the preset."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, JsonValue, model_validator

from components.networks.unet_critic import UNET_MULTIPLE
from components.training.settings.basic import BasicSettings, Teaching
from interfaces.errors import SettingsError
from interfaces.marks import Free, NamesFile, with_values
from interfaces.trained_enhancer import CompactNetwork

if TYPE_CHECKING:
    from interfaces.ipdt import IPDT

__all__ = ["ENHANCER_PRESETS", "EnhancerSettings"]

_LEAST_FOR_FEATURES = 32
"""Pixels; SqueezeNet has nothing left to pool of less."""


class EnhancerSettings(BasicSettings):
    """Settings of the training of a network that enlarges, with the degradations of Real-ESRGAN."""

    trainer = "enhancer"
    makes = "enhancer"
    rare = frozenset({"psnr"})
    told: ClassVar[Mapping[str, str]] = {"critic": "critic_loss", "loss": "loss"}

    start: Annotated[str | None, NamesFile("a checkpoint", "weights", optional=True)] = Field(
        None, min_length=1, description=BasicSettings.model_fields["start"].description
    )
    network: CompactNetwork = CompactNetwork()
    teacher: Annotated[str | None, NamesFile("a file of weights", "weights")] = Field(
        None,
        min_length=1,
        description="Name or file of a network whose enlargements are learnt, in place of the pictures themselves.",
    )
    questions: int = Field(
        4000,
        ge=2,
        description="The most squares that the teacher enlarges, evenly chosen; and a piece of each result once more.",
    )
    side: int = Field(
        128,
        ge=8,
        le=1024,
        description="Of the squares that crops are taken from; larger pictures give many, smaller ones none. With a "
        "teacher: of the squares that it makes.",
    )
    crop: int = Field(
        96, ge=8, le=1024, description="Side of the crops that the network shall give, in pixels."
    )
    batch: int = Field(16, ge=1, le=4096, description="Crops in one step.")
    steps: Annotated[int, Free.METHOD] = Field(20_000, ge=1, description="Steps in all.")
    learning_rate: float = Field(5e-4, gt=0, le=1, description="Step size.")
    beta1: float = Field(0.9, ge=0, lt=1, description="Adam: decay of the mean of the gradients.")
    beta2: float = Field(0.99, ge=0, lt=1, description="Adam: decay of the mean of their squares.")
    clip_gradients: float = Field(
        1.0, gt=0, description="The most that a gradient's length may be; a longer one is shortened to it."
    )
    clean_share: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Share of the crops that are made small by bicubic alone; what a teacher is given stays as it is.",
    )
    severity: float = Field(
        0.5,
        ge=0,
        le=1,
        description="How much the others suffer: 1 as in Real-ESRGAN, whose networks wipe out brush work; 0 hardly.",
    )
    perceptual_weight: float = Field(
        0.0,
        ge=0,
        description="Weight of the distance of SqueezeNet's features beside that of the pixels (1).",
    )
    perceptual_from: int = Field(0, ge=0, description="Steps on the pixels alone, before features count.")
    features: Annotated[str, NamesFile("a file of SqueezeNet 1.1", "features")] = Field(
        "squeezenet1_1", min_length=1, description="File of SqueezeNet 1.1; read where features count."
    )
    grid_weight: float = Field(
        0.0,
        ge=0,
        description="Weight of the error that repeats from block to block, by which texture becomes a grid of dots.",
    )
    adversarial_weight: float = Field(
        0.0,
        ge=0,
        description="Weight of what a critic says, beside that of the pixels (1); 0 goes without one.",
    )
    adversarial_from: int = Field(
        0, ge=0, description="Steps without the critic, before it learns and counts."
    )
    adversarial_loss: Literal["cross-entropy", "hinge"] = Field(
        "cross-entropy", description="What the network and the critic play for."
    )
    critic_width: int = Field(
        16, ge=4, le=256, description="Channels of the critic, a U-Net, at its largest size."
    )
    validate_every: Annotated[int, Free.RESULT] = Field(
        500, ge=1, description="Steps from one look at pictures that were held out to the next."
    )
    store_half: Annotated[bool, Free.METHOD] = Field(
        True, description="Store the final weights in half precision."
    )

    @model_validator(mode="after")
    def _check_sizes(self) -> Self:
        problems = []
        if self.crop > self.side:
            problems.append(f"crop: wanted at most the side of the squares, {self.side}, got {self.crop}")
        for name in ("crop", "side"):
            value, scale = getattr(self, name), self.network.scale
            if value % scale:
                problems.append(f"{name}: wanted a multiple of the scale {scale}, got {value}")
        if self.uses_features and self.crop < _LEAST_FOR_FEATURES:
            problems.append(
                f"crop: wanted {_LEAST_FOR_FEATURES} at least, where features count, got {self.crop}"
            )
        if self.uses_critic and self.crop % UNET_MULTIPLE:
            problems.append(
                f"crop: wanted a multiple of {UNET_MULTIPLE}, where a critic counts, got {self.crop}"
            )
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @classmethod
    def presets(cls) -> "Mapping[str, EnhancerSettings]":
        """Return `ENHANCER_PRESETS`."""
        return ENHANCER_PRESETS

    @classmethod
    def smallest(cls, side: int, steps: int) -> Self:
        """Return settings of a training that takes a moment."""
        network = CompactNetwork(features=4, depth=1)
        return cls(
            network=network, side=side, crop=side, batch=4, steps=steps, device="cpu", precision="float32"
        )

    def pack_options(self) -> Mapping[str, JsonValue]:
        """Return what makes squares of large pictures, in pieces, and none of small ones."""
        # an enlarged picture would teach the network to blur, and a shrunk one has lost what a large one can teach
        return {"side": self.source_side, "channels": 3, "enlarge": False, "pieces": True}

    def check_fit(self, data: "IPDT") -> None:
        """Compare the squares, and what a teacher makes of them, with the pack's."""
        got = (data.side, int(data.images.shape[3]))
        if got != (self.source_side, 3):
            raise SettingsError(
                f"side: wanted RGB squares of {self.source_side} pixels, got {got[0]} pixels and {got[1]} channels in "
                f"the pack {data.dataset}"
            )
        made = None if data.targets is None else int(data.targets.shape[1])
        wanted = None if self.teacher is None else self.side
        if made != wanted:
            raise SettingsError(
                f"teacher: wanted {_teaching(wanted)}, got {_teaching(made)} in the pack {data.dataset}"
            )

    def files(self) -> Mapping[str, tuple[NamesFile, str]]:
        """Return them; that of SqueezeNet only where its features count."""
        return {
            name: one for name, one in super().files().items() if name != "features" or self.uses_features
        }

    def from_the_first_step(self) -> Self:
        """Return the settings by which features and critic count at once."""
        return with_values(self, {"perceptual_from": 0, "adversarial_from": 0})

    @property
    def teaching(self) -> Teaching | None:
        """Who makes what is learnt, where it is not the pictures themselves."""
        if self.teacher is None:
            return None
        return Teaching(self.teacher, self.network.scale, self.questions)

    @property
    def uses_features(self) -> bool:
        """Whether the features of SqueezeNet count, now or later."""
        return self.perceptual_weight > 0

    @property
    def source_side(self) -> int:
        """Side of the squares that are made of the pictures: of what a teacher is given, where there is one."""
        return self.side if self.teacher is None else self.side // self.network.scale

    @property
    def uses_critic(self) -> bool:
        """Whether a critic counts, now or later."""
        return self.adversarial_weight > 0

    @property
    def images_per_step(self) -> int:
        """Crops that one step takes."""
        return self.batch

    def total_steps(self, images: int) -> int:
        """Return the number of steps, however many ``images`` there are."""
        return self.steps


def _teaching(side: int | None) -> str:
    return "squares without a teacher's enlargements" if side is None else f"enlargements of {side} pixels"


ENHANCER_PRESETS: dict[str, EnhancerSettings] = {"enhancer-x4": EnhancerSettings()}
"""Settings that are known to work, by name."""
