"""One configuration for a whole run, from a TOML file and the command line."""

import tomllib
from pathlib import Path
from secrets import randbelow
from typing import Any, Literal

from pydantic import Field, JsonValue, ValidationError

from components.ui.settings import LayeredSettings, Values, merge, problems_of
from interfaces.contract import Contract
from interfaces.errors import SettingsError, StorageError
from interfaces.ics import ICS
from interfaces.ies import IES
from interfaces.igs import IGS

__all__ = ["ComponentNames", "DataConfig", "PipelineConfig", "TrainingConfig", "load_config"]

DEFAULT_OUT = Path("artgen-results")


class ComponentNames(Contract):
    """Which component does each job: a name in the registry, or ``package.module:Class``."""

    training_store: str = "local"
    preprocessor: str = "square"
    trainer: str | None = None
    """None takes the one for the preset."""
    observers: tuple[str, ...] = ("samples", "curves")
    """What looks on while a model is trained."""
    generator: str | None = None
    """None takes the one for the kind of source."""
    converter: str = "files"


class DataConfig(Contract):
    """Where the training data lies and how it becomes a pack."""

    source: str = Field(min_length=1)
    """A folder, an archive, or an fsspec URL."""
    style_from_prefix: bool = False
    options: dict[str, JsonValue] = Field(default_factory=dict)
    """Keyword arguments of the preprocessor, such as ``side``."""


class TrainingConfig(Contract):
    """What to train on the data."""

    preset: str = "wgan-gp"
    overrides: dict[str, str] = Field(default_factory=dict)
    """Settings that differ from the preset, by dotted name: ``generator.width`` → ``32``."""


class PipelineConfig(Contract):
    """Everything that a pipeline run depends on; stored with the run, so that it can be resumed."""

    generation: IGS
    enhancement: IES
    conversion: ICS
    model: str | None = None
    """Name or path of a trained model; None is the shipped one, or the one trained on ``data``."""
    data: DataConfig | None = None
    training: TrainingConfig = TrainingConfig()
    components: ComponentNames = ComponentNames()
    out: Path = DEFAULT_OUT
    """The result store."""
    chunk_size: int | None = Field(None, ge=1, le=100)
    """Images that pass through the chain together: the price of a cancel, in memory and in time. None: four on a GPU, and one
    on a processor, which gains nothing from more."""
    kind: Literal["pipeline"] = "pipeline"


def load_config(*layers: Values, file: Path | None = None) -> PipelineConfig:
    """Return the configuration of ``file`` (TOML) with ``layers`` above it, the last one on top.

    A seed that nobody gave is drawn here, so that it stands in the run's record.

    Raises:
        SettingsError: listing all that is wrong at once.
        StorageError: ``file`` cannot be read.

    >>> load_config({"generation": {"count": 3, "seed": 1000}}).generation.count
    3
    """
    values = merge(_read_toml(file) if file else {}, *layers)
    drawn = {"generation": {"seed": randbelow(2**31)}}
    problems: list[str] = []
    contracts: dict[str, Any] = {}
    try:
        igs, ies, ics = LayeredSettings(drawn, values).read()
        contracts = {"generation": igs, "enhancement": ies, "conversion": ics}
    except SettingsError as error:
        problems += error.problems
    try:
        # the three contracts were checked above; stand-ins keep the rest checkable when they are wrong
        stand_in = {"generation": IGS(), "enhancement": IES(side=1), "conversion": ICS()}
        return_value = PipelineConfig.model_validate({**values, **stand_in, **contracts})
    except ValidationError as error:
        problems += problems_of(error, PipelineConfig, "")
    if problems:
        raise SettingsError(*problems)
    return return_value


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StorageError(f"configuration {path} cannot be read: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"configuration {path} is not valid TOML: {error}") from error
