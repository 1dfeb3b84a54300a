"""How a GAN is trained: one frozen model of all settings, and the presets."""

from typing import Literal, Self

from pydantic import Field, model_validator

from components.networks.conv_gan import ConvCritic
from interfaces.contract import Contract, Seed
from interfaces.errors import SettingsError
from interfaces.igme import ConvGenerator, Initialisation

__all__ = ["PRESETS", "GanSettings"]

_DEFAULT_EPOCHS = 32


class GanSettings(Contract):
    """Settings of a GAN training. The defaults are WGAN-GP (Gulrajani et al. 2017, algorithm 1)."""

    generator: ConvGenerator = ConvGenerator()
    critic: ConvCritic = ConvCritic()
    initialisation: Initialisation = Field("glorot-normal", description="How the first weights are drawn.")
    learning_rate: float = Field(1e-4, gt=0, le=1, description="Step size of Adam, for both networks.")
    beta1: float = Field(0.0, ge=0, lt=1, description="Adam: decay of the mean of the gradients.")
    beta2: float = Field(0.9, ge=0, lt=1, description="Adam: decay of the mean of their squares.")
    batch: int = Field(64, ge=1, le=4096, description="Images in one step.")
    critic_steps: int = Field(5, ge=1, le=100, description="Critic steps before each generator step.")
    penalty_weight: float = Field(10.0, gt=0, description="Weight λ of the gradient penalty.")
    ema_decay: float = Field(
        0.999, ge=0, lt=1, description="Decay of the running mean of the generator's weights."
    )
    steps: int | None = Field(None, ge=1, description="Generator steps in all.")
    epochs: int | None = Field(
        None, ge=1, description="Or: how often each image is seen (32 where neither is given)."
    )
    flip: bool = Field(True, description="Mirror half of the images left to right.")
    seed: Seed = Field(0, description="Decides the first weights, the data order and all noise.")
    device: Literal["auto", "cpu", "cuda", "mps"] = Field("auto", description="Where to compute.")
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="Of the convolutions; auto takes bfloat16 where the units make it faster."
    )
    log_every: int = Field(1, ge=1, description="Generator steps from one line of the log to the next.")
    checkpoint_every: int | None = Field(None, ge=1, description="Generator steps between checkpoints.")
    checkpoint_seconds: float = Field(
        120.0, gt=0, description="Seconds after which a checkpoint is written at the latest."
    )
    keep_checkpoints: int = Field(2, ge=1, le=100, description="How many of the newest are kept.")
    store_half: bool = Field(False, description="Store the final weights in half precision.")
    licence: str = Field("unknown", min_length=1, description="Licence of the data, which the weights carry.")
    name: str = Field(
        "", pattern=r"^[^/\\\x00-\x1f]*$", max_length=255, description="Of the model; else the data set's."
    )

    @model_validator(mode="after")
    def _check_length(self) -> Self:
        if self.steps is not None and self.epochs is not None:
            raise ValueError(f"wanted steps or epochs, got both: {self.steps} and {self.epochs}")
        return self

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


PRESETS: dict[str, GanSettings] = {"wgan-gp": GanSettings()}
"""Settings that are known to work, by name."""
