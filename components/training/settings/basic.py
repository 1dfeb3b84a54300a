"""The settings that trainings of every kind have."""

from typing import ClassVar, Literal

from pydantic import Field

from interfaces.contract import Contract, Seed

__all__ = ["BasicSettings"]


class BasicSettings(Contract):
    """Where a training begins, where it computes, what it writes down."""

    trainer: ClassVar[str]
    """Name of the trainer that takes these settings."""

    ema_decay: float = Field(0.999, ge=0, lt=1, description="Decay of the running mean of the weights.")
    start: str | None = Field(
        None,
        min_length=1,
        description="Another training's folder, or a checkpoint of it: begin with the weights of its networks. Or a "
        "finished model, by its name or path.",
    )
    seed: Seed = Field(0, description="Decides the first weights, the data order and all that is random.")
    device: Literal["auto", "cpu", "cuda", "mps"] = Field("auto", description="Where to compute.")
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="Of the convolutions; auto measures which is faster on this machine, once."
    )
    log_every: int = Field(1, ge=1, description="Steps from one line of the log to the next.")
    checkpoint_every: int | None = Field(None, ge=1, description="Steps between checkpoints.")
    checkpoint_seconds: float = Field(
        120.0, gt=0, description="Seconds after which a checkpoint is written at the latest."
    )
    keep_checkpoints: int = Field(2, ge=1, le=100, description="How many of the newest are kept.")
    allow_different_data: bool = Field(
        False, description="Resume on another data set than the training was begun with."
    )
    store_half: bool = Field(False, description="Store the final weights in half precision.")
    licence: str = Field("unknown", min_length=1, description="Licence of the data, which the weights carry.")
    name: str = Field(
        "", pattern=r"^[^/\\\x00-\x1f]*$", max_length=255, description="Of the network; else the data set's."
    )
