"""The settings that trainings of every kind have, and what every kind says of itself."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, NamedTuple, Self

from pydantic import Field, JsonValue

from interfaces.contract import Contract, Seed
from interfaces.marks import Free, NamesFile, OfMachine, named_files

if TYPE_CHECKING:
    from interfaces.ipdt import IPDT

__all__ = ["BasicSettings", "Processes", "Teaching"]


class Processes(NamedTuple):
    """How many processes compute together, each with a device of its own."""

    devices: int = 1
    """On each machine."""
    nodes: int = 1
    """Machines."""

    @property
    def total(self) -> int:
        """All of them."""
        return self.devices * self.nodes


class Teaching(NamedTuple):
    """That another network makes what is learnt, before the training begins."""

    weights: str
    """Its name or file."""
    scale: int
    """By which it has to enlarge."""
    questions: int
    """The most squares that it is asked about."""


class BasicSettings(Contract, ABC):
    """Where a training begins, where it computes, what it writes down.

    The settings of a kind of training add what it can be told, and say what differs from the other kinds: code that serves
    all of them asks here, and never what kind it has before it.
    """

    trainer: ClassVar[str]
    """Name of the trainer that takes these settings."""
    makes: ClassVar[Literal["generator", "enhancer"]]
    """What the training ends with: a generator (IGME), or a network that enlarges (`TrainedEnhancer`)."""
    rare: ClassVar[frozenset[str]] = frozenset()
    """What is measured every few steps only, by its name in the log: such a step always has a line there."""
    told: ClassVar[Mapping[str, str]] = {"loss": "loss"}
    """What is told of a step while it runs: how it is called then → its name in the log."""
    before_there_was: ClassVar[Mapping[str, JsonValue]] = {}
    """What was done before there was a setting for it, by dotted name, where the default is something else."""
    in_a_sweep: ClassVar[Mapping[str, JsonValue]] = {}
    """Settings that a trial of a sweep has in place of the preset's."""

    ema_decay: float = Field(0.999, ge=0, lt=1, description="Decay of the running mean of the weights.")
    start: Annotated[str | None, NamesFile("a checkpoint", "models", optional=True)] = Field(
        None,
        min_length=1,
        description="Another training's folder, or a checkpoint of it: begin with the weights of its networks. Or a "
        "finished model, by its name or path.",
    )
    seed: Seed = Field(0, description="Decides the first weights, the data order and all that is random.")
    device: Annotated[Literal["auto", "cpu", "cuda", "mps"], OfMachine()] = Field(
        "auto", description="Where to compute."
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="Of the convolutions; auto measures which is faster on this machine, once."
    )
    log_every: Annotated[int, Free.RESULT] = Field(
        1, ge=1, description="Steps from one line of the log to the next."
    )
    checkpoint_every: Annotated[int | None, Free.METHOD] = Field(
        None, ge=1, description="Steps between checkpoints."
    )
    checkpoint_seconds: Annotated[float, Free.RESULT] = Field(
        120.0, gt=0, description="Seconds after which a checkpoint is written at the latest."
    )
    keep_checkpoints: Annotated[int, Free.RESULT] = Field(
        2, ge=1, le=100, description="How many of the newest are kept."
    )
    allow_different_data: Annotated[bool, Free.RESULT] = Field(
        False, description="Resume on another data set than the training was begun with."
    )
    store_half: Annotated[bool, Free.METHOD] = Field(
        False, description="Store the final weights in half precision."
    )
    licence: Annotated[str, Free.METHOD] = Field(
        "unknown", min_length=1, description="Licence of the data, which the weights carry."
    )
    name: Annotated[str, Free.METHOD] = Field(
        "", pattern=r"^[^/\\\x00-\x1f]*$", max_length=255, description="Of the network; else the data set's."
    )

    @classmethod
    @abstractmethod
    def presets(cls) -> "Mapping[str, BasicSettings]":
        """Return settings that are known to work, by name; no two trainers share one."""

    @classmethod
    @abstractmethod
    def smallest(cls, side: int, steps: int) -> Self:
        """Return settings by which RGB squares of ``side`` pixels are learnt in a moment: for checks of the trainer."""

    @property
    @abstractmethod
    def images_per_step(self) -> int:
        """Images of the data that one step takes."""

    @abstractmethod
    def total_steps(self, images: int) -> int:
        """Return the number of steps on ``images`` training images.

        Raises:
            SettingsError: there are too few of them.
        """

    def steps_on(self, data: "IPDT") -> int:
        """Return the number of steps on a pack.

        Raises:
            SettingsError: there are too few training images.
        """
        return self.total_steps(int((data.is_test == 0).sum()))

    @abstractmethod
    def pack_options(self) -> Mapping[str, JsonValue]:
        """Return the options of the preprocessor by which the squares fit the networks."""

    @abstractmethod
    def check_fit(self, data: "IPDT") -> None:
        """Compare the settings with the pack.

        Raises:
            SettingsError: they do not fit; all problems at once.
        """

    def files(self) -> Mapping[str, tuple[NamesFile, str]]:
        """Return the settings that name a file which this training reads, by dotted name."""
        return named_files(self)

    def from_the_first_step(self) -> Self:
        """Return the settings by which everything that costs time does so from the first step: for a dry run."""
        return self

    @property
    def processes(self) -> Processes:
        """How many compute together: one, where a training cannot be shared."""
        return Processes()

    @property
    def knows_styles(self) -> bool:
        """Whether the model knows the styles of the data apart, by their place."""
        return False

    @property
    def fixed_checkpoints(self) -> int | None:
        """Steps from one checkpoint to the next that is written however fast the training is."""
        return self.checkpoint_every

    @property
    def teaching(self) -> Teaching | None:
        """Who makes what is learnt, where it is not the pictures themselves."""
        return None
