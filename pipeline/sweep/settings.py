"""What a sweep tries: one typed model of its TOML file."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from components.ui.settings import problems_of
from interfaces.contract import Contract, Seed
from interfaces.errors import SettingsError, StorageError
from interfaces.marks import NamesFile, OfPreset
from pipeline.settings.dotted import flatten, to_text
from pipeline.settings.places import anywhere

__all__ = [
    "Dimension",
    "HalvingPruner",
    "MedianPruner",
    "MetricSettings",
    "NoPruner",
    "SweepSettings",
    "load_sweep",
]

Value = bool | int | float | str


class Dimension(Contract):
    """The values that one setting may take: a list of them, or a range."""

    values: tuple[Value, ...] | None = None
    low: int | float | None = None
    high: int | float | None = None
    """Included. Two whole numbers make a range of whole numbers."""
    log: bool = False
    """Draw evenly on a logarithmic scale."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.values is not None:
            if not self.values or len(set(map(to_text, self.values))) < len(self.values):
                raise ValueError(f"wanted different values, one at least, got {list(self.values)}")
        elif self.low is None or self.high is None:
            raise ValueError("wanted a list of values, or a table with low and high")
        elif self.low >= self.high or (self.log and self.low <= 0):
            above = "0 < low < high" if self.log else "low < high"
            raise ValueError(f"wanted {above}, got {self.low} and {self.high}")
        return self


class MetricSettings(Contract):
    """How a trial is judged while it trains; lower is better, and no weights are needed."""

    kind: Literal["sliced-wasserstein"] = "sliced-wasserstein"
    """Distance of samples from one fixed noise to real training pictures (Karras et al. 2018)."""
    every: int = Field(100, ge=1)
    """Generator steps from one measurement to the next; the last step is always measured."""
    pictures: int = Field(256, ge=2, le=100_000)
    """Generated, and as many real ones; fewer where the data has less than twice as many."""
    patches: int = Field(32, ge=1, le=1024)
    """Of each picture and scale."""
    directions: int = Field(128, ge=1, le=10_000)
    seed: Seed = 0
    """Of the noise, the real pictures, the patches and the directions."""


class NoPruner(Contract):
    """Every trial trains to its end."""

    kind: Literal["none"] = "none"


class MedianPruner(Contract):
    """Stops a trial whose best value so far is worse than the median of the finished ones at the same step."""

    kind: Literal["median"] = "median"
    startup_trials: int = Field(4, ge=1)
    """Trials that finish before any is stopped."""
    warmup_steps: int = Field(0, ge=0)
    """No trial is stopped before this step."""


class HalvingPruner(Contract):
    """Asynchronous successive halving (Li et al. 2020): of each rung's trials, the best share goes on."""

    kind: Literal["successive-halving"] = "successive-halving"
    first_rung: int = Field(ge=1)
    """Step of the first decision; the next ones come after ``reduction`` times as many steps each."""
    reduction: int = Field(3, ge=2)
    """One trial of so many goes on."""


Pruner = Annotated[NoPruner | MedianPruner | HalvingPruner, Field(discriminator="kind")]

_NOT_HERE = {
    "steps": "the sweep's own `steps` is the length of every trial",
    "epochs": "the sweep's own `steps` is the length of every trial",
    "name": "a trial is named by its number",
}
_ONE_SIZE = ("generator.side", "generator.channels")


class SweepSettings(Contract):
    """A sweep: what all trials share, what differs, how they are judged."""

    source: Annotated[str, NamesFile("training pictures", "data")] = Field(min_length=1)
    """Folder, archive or URL of the training pictures."""
    style_from_prefix: bool = False
    preset: str = "wgan-gp"
    steps: int = Field(ge=1)
    """Generator steps of a trial."""
    sampler: Literal["grid", "random"] = "random"
    count: int | None = Field(None, ge=1, le=10_000)
    """Trials; for a grid, None takes every point of it."""
    seed: int = Field(0, ge=0, lt=2**32)
    """Of the sampler. The seed of the trainings is a setting: ``fixed.seed``."""
    keep_checkpoints: bool = False
    """Keep those of finished trials; they take most of the disk."""
    fixed: Annotated[dict[str, Value | list[str]], OfPreset()] = Field(default_factory=dict)
    """Settings that differ from the preset in every trial, by dotted name."""
    space: Annotated[dict[str, Dimension], OfPreset()] = Field(min_length=1)
    """Settings that differ from trial to trial, by dotted name."""
    metric: MetricSettings = MetricSettings()
    pruner: Pruner = NoPruner()

    @field_validator("fixed", mode="before")
    @classmethod
    def _flatten_fixed(cls, values: object) -> object:
        return flatten(values) if isinstance(values, Mapping) else values

    @field_validator("space", mode="before")
    @classmethod
    def _flatten_space(cls, values: object) -> object:
        return dict(_dimensions(values)) if isinstance(values, Mapping) else values

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = [
            f"{name} cannot be set here: {why}" for name, why in _NOT_HERE.items() if name in self._names
        ]
        problems += [f"{name} is in both fixed and space" for name in self.fixed if name in self.space]
        problems += [
            f"space.{name}: pictures of two sizes cannot be compared; fix it"
            for name in _ONE_SIZE
            if name in self.space
        ]
        ranges = [name for name, dimension in self.space.items() if dimension.values is None]
        if self.sampler == "grid" and ranges:
            problems.append(
                f"space.{ranges[0]}: a grid wants lists of values, got a range; or take sampler = 'random'"
            )
        if self.sampler == "random" and self.count is None:
            problems.append("count: a random sampler wants the number of trials, got none")
        if self.metric.every > self.steps:
            problems.append(
                f"metric.every: wanted at most the {self.steps} steps of a trial, got {self.metric.every}"
            )
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def _names(self) -> set[str]:
        return {*self.fixed, *self.space}


def _dimensions(values: Mapping[str, Any], prefix: str = "") -> "list[tuple[str, object]]":
    """Return the dimensions by dotted name; a list stands for its values, a table of tables for a section."""
    found: list[tuple[str, object]] = []
    for name, value in values.items():
        if isinstance(value, list | tuple):
            texts = [to_text(one) if isinstance(one, list) else one for one in value]
            found.append((prefix + name, {"values": texts}))
        elif isinstance(value, Mapping) and value and "values" not in value and _is_section(value):
            found += _dimensions(value, f"{prefix}{name}.")
        else:
            found.append((prefix + name, value if isinstance(value, Mapping) else {}))
    return found


def _is_section(value: Mapping[str, Any]) -> bool:
    return all(isinstance(inner, Mapping | list | tuple) for inner in value.values())


def load_sweep(file: Path) -> SweepSettings:
    """Return the settings in a TOML file.

    Raises:
        SettingsError: listing all that is wrong at once.
        StorageError: the file cannot be read.
    """
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise StorageError(f"sweep {file} cannot be read: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"sweep {file} is not valid TOML: {error}") from error
    try:
        settings = SweepSettings.model_validate(values)
    except ValidationError as error:
        raise SettingsError(*problems_of(error, SweepSettings, str(file))) from error
    return anywhere(settings)
