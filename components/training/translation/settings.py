"""How a translation is trained: one frozen model of all settings, and the presets."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, JsonValue, Tag, model_validator

from components.networks.patch_critic import PatchCritic
from components.networks.projected import ProjectedCritic
from components.training.settings.basic import BasicSettings
from components.training.translation.contradictions import contradictions
from interfaces.errors import SettingsError
from interfaces.igme import Initialisation, ResnetTranslation, UnetTranslation, kind_or
from interfaces.marks import NamesFile

if TYPE_CHECKING:
    from interfaces.ipdt import IPDT

__all__ = ["TRANSLATION_PRESETS", "TranslationSettings"]

Translators = Annotated[
    Annotated[ResnetTranslation, Tag("resnet-translation")]
    | Annotated[UnetTranslation, Tag("unet-translation")],
    kind_or("resnet-translation"),
]
_DEFAULT_EPOCHS = 200
_HEADROOM = 286 / 256
"""By how much the squares are larger than what is cut out of them, where nobody says so (Zhu et al. 2017)."""


class TranslationSettings(BasicSettings):
    """Settings of the training of a translation. The defaults are CycleGAN (Zhu et al. 2017, section 4 and 7)."""

    trainer = "translation"
    makes = "generator"
    told: ClassVar[Mapping[str, str]] = {
        "hidden parts": "filling_loss",
        "critics": "critic_loss",
        "generators": "generator_loss",
        "cycle": "cycle_loss",
        "pixels": "pixel_loss",
        "patches": "contrastive_loss",
        "frozen": "frozen_generator_loss",
    }

    generator: Translators = ResnetTranslation()
    critic: PatchCritic = PatchCritic()
    initialisation: Initialisation = Field("normal-0.02", description="How the first weights are drawn.")
    paired: bool = Field(
        False,
        description="Learn from pairs, pictures of the same name in both domains: a conditional GAN (pix2pix), in place of cycles.",
    )
    contrastive: bool = Field(
        False,
        description="Learn the way from A to B alone, where each patch of a result has to know its own among those of the picture "
        "(CUT), in place of cycles: about half of the work. generator.both_ways is false then.",
    )
    squares: int | None = Field(
        None,
        ge=8,
        le=2048,
        description="Side of the squares that pictures are made into, of which a random part of the generator's side is seen "
        "(1.12 times that side where it is not given).",
    )
    loss: Literal["least-squares", "cross-entropy"] = Field(
        "least-squares", description="What generators and critics play for."
    )
    cycle_weight: float = Field(
        10.0, ge=0, description="Weight of the distance between a picture and what comes back of it: λ."
    )
    identity_weight: float = Field(
        0.5,
        ge=0,
        description="Weight, as a share of λ (or of contrastive_weight), of what a generator changes in a picture that is of its "
        "target domain already.",
    )
    contrastive_weight: float = Field(
        1.0,
        ge=0,
        description="With contrastive: weight of the loss of patches (CUT: 1; FastCUT: 10, identity_weight 0).",
    )
    contrastive_patches: int = Field(
        256,
        ge=2,
        le=4096,
        description="With contrastive: patches of a picture that are told apart, at each depth.",
    )
    pixel_weight: float = Field(
        100.0, ge=0, description="With pairs: weight of the distance from the other picture of the pair."
    )
    pool: int = Field(
        50, ge=0, le=1000, description="Earlier results of each generator that its critic is shown again."
    )
    frozen_weight: float = Field(
        0.0,
        ge=0,
        description="Weight of a second critic, of the features of a frozen network, beside that of patches, whose weight is 1; 0: none.",
    )
    frozen_critic: ProjectedCritic = ProjectedCritic()
    """That one: it sees results alone, with pairs too."""
    between_noise: float = Field(
        0.0,
        ge=0,
        le=64,
        description="Noise on the picture in the middle of a cycle, in steps of 8 bits: against detail that is hidden there.",
    )
    between_bits: bool = Field(
        False, description="Round the picture in the middle of a cycle to 8 bits, as a file does."
    )
    between_blur: float = Field(
        0.0, ge=0, le=8, description="Blur the picture in the middle of a cycle by so many pixels."
    )
    batch: int = Field(1, ge=1, le=4096, description="Pictures of each domain in one step.")
    pretrain_steps: int = Field(
        0,
        ge=0,
        description="Steps before those, in which the generators learn what pictures of both domains are like, by filling in "
        "hidden parts.",
    )
    steps: int | None = Field(
        None, ge=1, description="Steps of the translation; the learning rate falls to 0 with them."
    )
    epochs: int | None = Field(
        None, ge=1, description="Or: passes over the larger of both domains (200 where neither is given)."
    )
    decay_from: float = Field(
        0.5,
        ge=0,
        le=1,
        description="After which share of the steps the learning rate begins to fall, in a line to 0.",
    )
    learning_rate: float = Field(
        2e-4, gt=0, le=1, description="Step size of Adam, for all networks, until it falls."
    )
    beta1: float = Field(0.5, ge=0, lt=1, description="Adam: decay of the mean of the gradients.")
    beta2: float = Field(0.999, ge=0, lt=1, description="Adam: decay of the mean of their squares.")
    flip: bool = Field(True, description="Mirror half of the pictures left to right.")

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        problems = list(contradictions(self))
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @classmethod
    def presets(cls) -> "Mapping[str, TranslationSettings]":
        """Return `TRANSLATION_PRESETS`."""
        return TRANSLATION_PRESETS

    @classmethod
    def smallest(cls, side: int, steps: int) -> Self:
        """Return settings of a training that takes a moment."""
        return cls(
            generator=ResnetTranslation(side=side, width=4, blocks=1),
            critic=PatchCritic(field=16, width=4),
            squares=side,
            pool=3,
            batch=2,
            steps=steps,
            device="cpu",
            precision="float32",
        )

    def pack_options(self) -> Mapping[str, JsonValue]:
        """Return what makes the squares; pictures that are smaller are enlarged."""
        return {"side": self.square_side, "channels": 3}

    def check_fit(self, data: "IPDT") -> None:
        """Compare the squares with the pack's, and the styles with two domains."""
        problems = []
        got = (data.side, int(data.images.shape[3]))
        if got != (self.square_side, 3):
            problems.append(
                f"squares: wanted RGB squares of {self.square_side} pixels, got {got[0]} pixels and {got[1]} channels in "
                f"the pack {data.dataset}"
            )
        if len(data.styles) != 2:
            problems.append(
                f"{data.dataset}: wanted two domains, got {len(data.styles)} ({', '.join(data.styles[:5])}); give two "
                "sources, A and B, or a folder with trainA and trainB"
            )
        problems += [
            f"{data.dataset}: wanted pictures of {name} to train on, got none"
            for name, count in zip(data.styles, _counts(data), strict=True)
            if not count
        ]
        if problems:
            raise SettingsError(*problems)

    def files(self) -> Mapping[str, tuple[NamesFile, str]]:
        """Return those that are read: the frozen network only where its critic weighs something."""
        unread = () if self.frozen_weight else ("frozen_critic.features",)
        return {name: file for name, file in super().files().items() if name not in unread}

    @property
    def square_side(self) -> int:
        """Side of the squares that pictures are made into."""
        return self.squares or round(self.generator.side * _HEADROOM)

    @property
    def knows_styles(self) -> bool:
        """The first is A, the second is B."""
        return True

    @property
    def images_per_step(self) -> int:
        """Pictures that one step takes, of both domains."""
        return 2 * self.batch

    def total_steps(self, images: int) -> int:
        """Return the number of steps, pre-training and all, where the larger domain has ``images``.

        Raises:
            SettingsError: there are fewer than one batch takes.
        """
        if images < self.batch:
            raise SettingsError(
                f"batch: wanted at most the {images} training images of the larger domain, got {self.batch}; give a "
                "smaller batch or more images"
            )
        steps = self.steps or (self.epochs or _DEFAULT_EPOCHS) * (images // self.batch)
        return self.pretrain_steps + steps

    def steps_on(self, data: "IPDT") -> int:
        """Return the number of steps, pre-training and all: an epoch is a pass over the larger domain."""
        return self.total_steps(max(_counts(data)))

    def rate(self, step: int, steps: int) -> float:
        """Return the learning rate of a step, counted from 0, of so many: constant, then in a line to 0.

        >>> settings = TranslationSettings(learning_rate=1.0)
        >>> [settings.rate(step, 8) for step in (0, 4, 5, 7)]
        [1.0, 1.0, 0.75, 0.25]
        """
        begin = self.decay_from * steps
        share = 1.0 if step <= begin else (steps - step) / (steps - begin)
        return self.learning_rate * share


def _counts(data: "IPDT") -> list[int]:
    of_training = np.asarray(data.labels)[np.asarray(data.is_test) == 0]
    return [int(count) for count in np.bincount(of_training, minlength=len(data.styles))]


TRANSLATION_PRESETS: dict[str, TranslationSettings] = {
    "face2anime": TranslationSettings(generator=ResnetTranslation(side=128, blocks=6), batch=4, epochs=80),
    "photo2drawing": TranslationSettings(generator=UnetTranslation(), identity_weight=0.0, steps=10_000),
    "translation-small": TranslationSettings(
        generator=ResnetTranslation(side=64, width=32, blocks=6),
        critic=PatchCritic(field=34, width=32),
        identity_weight=0.0,
        batch=2,
        steps=10_000,
        ema_decay=0.998,
    ),
}
"""Settings that are known to work, by name."""
