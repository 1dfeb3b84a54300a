"""How a GAN is trained: one frozen model of all settings, and the presets."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, JsonValue, Tag, model_validator

from components.networks.conv_gan import ConvCritic
from components.networks.laboratory import LabCritic
from components.networks.latents import wanted_latent
from components.networks.projected import ProjectedCritic
from components.networks.residual_gan import ResidualCritic
from components.training.adversarial.augmentation import Augmentation
from components.training.adversarial.losses import LossName
from components.training.gan.contradictions import contradictions
from components.training.settings.basic import BasicSettings, Processes
from interfaces.errors import SettingsError
from interfaces.igme import (
    Architecture,
    ConvGenerator,
    Initialisation,
    Latent,
    kind_or,
)
from interfaces.marks import Free

if TYPE_CHECKING:
    from interfaces.ipdt import IPDT

__all__ = ["GanSettings"]

Critics = Annotated[
    Annotated[ConvCritic, Tag("conv")]
    | Annotated[ProjectedCritic, Tag("projected")]
    | Annotated[ResidualCritic, Tag("residual")]
    | Annotated[LabCritic, Tag("lab")],
    kind_or("conv"),
]

_DEFAULT_EPOCHS = 32
_STEPS_BETWEEN_HAVENS = 1000


class GanSettings(BasicSettings):
    """Settings of a GAN training. The defaults are WGAN-GP (Gulrajani et al. 2017, algorithm 1)."""

    trainer = "gan"
    makes = "generator"
    rare = frozenset({"diversity", "weave", "swd", "average_diversity"})
    told: ClassVar[Mapping[str, str]] = {"critic": "critic_loss", "generator": "generator_loss"}
    before_there_was: ClassVar[Mapping[str, JsonValue]] = {"critic.margin": 0}
    in_a_sweep: ClassVar[Mapping[str, JsonValue]] = {"on_collapse": "stop"}
    """After a rollback, the learning rate would not be that of the trial's point."""

    generator: Architecture = ConvGenerator()
    critic: Critics = ConvCritic()
    initialisation: Initialisation = Field("glorot-normal", description="How the first weights are drawn.")
    conditional: bool = Field(False, description="Learn the styles apart, so that one can be asked for.")
    loss: LossName = Field("wasserstein", description="What the two networks play for.")
    optimizer: Literal["adam", "sgd"] = Field("adam", description="How weights follow their gradients.")
    learning_rate: float = Field(1e-4, gt=0, le=1, description="Step size, for both networks.")
    beta1: float = Field(
        0.0, ge=0, lt=1, description="Adam: decay of the mean of the gradients; SGD: the momentum."
    )
    beta2: float = Field(0.9, ge=0, lt=1, description="Adam: decay of the mean of their squares.")
    batch: int = Field(64, ge=1, le=4096, description="Images in one step.")
    critic_steps: int = Field(5, ge=1, le=100, description="Critic steps before each generator step.")
    correction: Literal["none", "clipping", "penalty", "zero-centred"] = Field(
        "penalty",
        description="Of the gradients: shortened to clip_gradients; or the critic's slope penalised, for its "
        "distance from 1 between real and generated images (penalty), or from 0 at both (zero-centred).",
    )
    clip_gradients: float = Field(
        1.0, gt=0, description="Clipping: the most that a gradient's length may be."
    )
    clip_weights: float | None = Field(
        None, gt=0, description="The most that a weight of the critic may be, either side of 0."
    )
    penalty_weight: float = Field(
        10.0, gt=0, description="Weight of the penalty: λ, or γ where it is zero-centred."
    )
    steps: Annotated[int | None, Free.METHOD] = Field(None, ge=1, description="Generator steps in all.")
    epochs: Annotated[int | None, Free.METHOD] = Field(
        None, ge=1, description="Or: how often each image is seen (32 where neither is given)."
    )
    augment: tuple[Augmentation, ...] = Field(
        (), description="Random changes that the critic sees all images through: colour, shift, cutout."
    )
    spectral_weight: float = Field(
        0.0,
        ge=0,
        description="Weight of the distance of the generated images' power spectrum, and of the contrast at their "
        "borders, from the real ones', which keeps the generator from weaving a pattern or a frame into all of them.",
    )
    warm_up: int = Field(
        100,
        ge=0,
        description="Steps in which the critic learns alone, where the training starts with a generator without one.",
    )
    flip: bool = Field(True, description="Mirror half of the images left to right.")
    devices: Annotated[int, Free.STEPS] = Field(
        1,
        ge=1,
        le=1024,
        description="Processes that share every batch, one GPU or a share of the cores each.",
    )
    nodes: Annotated[int, Free.STEPS] = Field(
        1, ge=1, le=1024, description="Machines with that many devices each, under torchrun."
    )
    watch_every: Annotated[int, Free.STEPS] = Field(
        50, ge=1, description="Generator steps from one look at the diversity of its images to the next."
    )
    on_collapse: Annotated[Literal["rollback", "stop", "warn"], Free.STEPS] = Field(
        "rollback",
        description="When training collapses: go back and on with other noise and half the learning rate "
        "(three times at most), stop, or warn and go on.",
    )
    best_by: Annotated[Literal["none", "swd", "diversity"], Free.STEPS] = Field(
        "none",
        description="Keep the best model by: the sliced Wasserstein distance from real images, or the diversity "
        "nearest to theirs.",
    )
    best_every: Annotated[int, Free.STEPS] = Field(
        500, ge=1, description="Generator steps from one such measurement to the next."
    )
    final: Annotated[Literal["last", "best"], Free.STEPS] = Field(
        "last", description="Which model the training ends with."
    )

    @model_validator(mode="after")
    def _check_length(self) -> Self:
        if self.steps is not None and self.epochs is not None:
            raise ValueError(f"wanted steps or epochs, got both: {self.steps} and {self.epochs}")
        return self

    @model_validator(mode="after")
    def _check_sense(self) -> Self:
        problems = list(contradictions(self))
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @classmethod
    def presets(cls) -> "Mapping[str, GanSettings]":
        """Return `PRESETS`."""
        from components.training.gan.presets import PRESETS  # made of this class

        return PRESETS

    @classmethod
    def smallest(cls, side: int, steps: int) -> Self:
        """Return settings of a training that takes a moment."""
        return cls(
            generator=ConvGenerator(side=side, latent=4, width=4, max_width=8),
            critic=ConvCritic(width=4, max_width=8),
            batch=4,
            critic_steps=2,
            steps=steps,
            device="cpu",
            precision="float32",
        )

    def pack_options(self) -> Mapping[str, JsonValue]:
        """Return the side and the channels of the images that it makes."""
        return {"side": self.generator.side, "channels": self.generator.channels}

    def check_fit(self, data: "IPDT") -> None:
        """Compare the images that it makes, and the styles, with the pack's."""
        wanted = {"side": data.side, "channels": int(data.images.shape[3])}
        problems = [
            f"generator.{name}: wanted {value}, as in the pack {data.dataset}, got {getattr(self.generator, name)}"
            for name, value in wanted.items()
            if getattr(self.generator, name) != value
        ]
        if self.conditional and len(data.styles) < 2:
            problems.append(
                f"conditional: wanted pictures of two styles at least, one folder for each, got {data.styles[0]!r} "
                f"alone in {data.dataset}"
            )
        if problems:
            raise SettingsError(*problems)

    @property
    def processes(self) -> Processes:
        """How many share every batch."""
        return Processes(self.devices, self.nodes)

    @property
    def knows_styles(self) -> bool:
        """Whether one can be asked for."""
        return self.conditional

    @property
    def fixed_checkpoints(self) -> int | None:
        """Where a training goes back after a collapse, there have to be some."""
        havens = _STEPS_BETWEEN_HAVENS if self.on_collapse == "rollback" else None
        return self.checkpoint_every or havens

    @property
    def takes(self) -> Latent:
        """The latent vectors that the generator takes."""
        return wanted_latent(self.generator)

    @property
    def penalises_slope(self) -> bool:
        """Whether the critic's slope costs something."""
        return self.correction in ("penalty", "zero-centred")

    @property
    def images_per_step(self) -> int:
        """Real images that the critic sees in one generator step."""
        return self.critic_steps * self.batch

    @property
    def shares_images(self) -> bool:
        """Whether one set of generated images serves a step of the critic and one of the generator."""
        return self.critic_steps == 1 and self.correction != "penalty"

    def total_steps(self, images: int) -> int:
        """Return the number of generator steps on ``images`` training images.

        An epoch has as many critic steps as there are whole batches.

        >>> GanSettings(epochs=10, batch=64, critic_steps=5).total_steps(6400)
        200

        Raises:
            SettingsError: there are fewer images than one batch takes.
        """
        if images < self.batch:
            raise SettingsError(
                f"batch: wanted at most the {images} training images of the pack, got {self.batch}; "
                f"give a smaller batch or more images"
            )
        if self.steps is not None:
            return self.steps
        batches = (self.epochs or _DEFAULT_EPOCHS) * (images // self.batch)
        return max(1, batches // self.critic_steps)
