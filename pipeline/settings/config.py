"""One configuration for a whole run, from a TOML file and the command line."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from secrets import randbelow
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, JsonValue, ValidationError, model_validator

from components.ui import SETTINGS_SOURCES
from components.ui.settings import Values, merge, problems_of
from interfaces.contract import Contract
from interfaces.errors import SettingsError, StorageError
from interfaces.ics import ICS
from interfaces.ies import IES
from interfaces.igs import IGS
from interfaces.marks import NamesFile, OfPreset
from pipeline.factories.registries import make_component
from storage.paths import DEFAULT_STORE

__all__ = [
    "PORTS",
    "SEEDS",
    "STORE_PORTS",
    "TRAINING_PORTS",
    "ComponentNames",
    "DataConfig",
    "PipelineConfig",
    "TrainingConfig",
    "as_toml",
    "load_config",
]

SEEDS = 10**6
"""A seed that is drawn has six digits at the most: one that can be read out and typed."""

TRAINING_PORTS = ("training_store", "preprocessor", "trainer", "observer")
"""What a training is made of."""

STORE_PORTS = ("model_store", "weight_store")
"""Where models and weights are looked for by their names."""

PORTS = (
    *TRAINING_PORTS, "generator", "enhancer", "converter", "result_store", *STORE_PORTS, "settings_source",
)  # fmt: skip
"""What the whole chain is made of, each by the name of its registry."""


class ComponentNames(Contract):
    """Which component does each job: a name in the registry, or ``package.module:Class``.

    Each has the name of its port. ``observer``, one name or a list, is added to ``observers``.
    """

    training_store: str = "local"
    preprocessor: str = "square"
    trainer: str | None = None
    """None takes the one for the preset."""
    observers: tuple[str, ...] = ("samples", "curves")
    """What looks on while a model is trained."""
    observer_options: dict[str, dict[str, bool | int | float | str]] = Field(default_factory=dict)
    """What observers are made with, by their names: ``{"maps": {"every": 100}}``."""
    generator: str | None = None
    """None takes the one for the kind of source."""
    converter: str = "files"
    result_store: str = "sql"
    """Made with the folder of the results."""
    model_store: str = "folders"
    weight_store: str = "cache"

    @model_validator(mode="before")
    @classmethod
    def _add_observers(cls, values: Any) -> Any:
        if not isinstance(values, dict) or "observer" not in values:
            return values
        rest = {name: value for name, value in values.items() if name != "observer"}
        more, usual = values["observer"], rest.get("observers", cls.model_fields["observers"].default)
        if not isinstance(usual, list | tuple):
            return rest
        # each once, in the order of the first mention
        names = dict.fromkeys([*usual, *(more if isinstance(more, list | tuple) else [more])])
        return {**rest, "observers": tuple(names)}


class DataConfig(Contract):
    """Where the training data lies and how it becomes a pack."""

    source: Annotated[str, NamesFile("training pictures", "data")] = Field(min_length=1)
    """A folder, an archive, or an fsspec URL."""
    source_b: Annotated[str | None, NamesFile("training pictures", "data")] = Field(None, min_length=1)
    """Another one, for a translation: each of both is one domain then, whatever styles its folders have."""
    style_from_prefix: bool = False
    options: dict[str, JsonValue] = Field(default_factory=dict)
    """Keyword arguments of the preprocessor, such as ``side``."""


def _as_text(value: object) -> object:
    """Return ``value`` as the command line says it, dotted names for tables within tables; TOML has numbers, too."""
    if not isinstance(value, dict):
        return value
    flat: dict[str, str] = {}
    for name, each in value.items():
        if isinstance(each, dict):
            inner = _as_text(each)
            flat |= {f"{name}.{key}": text for key, text in inner.items()} if isinstance(inner, dict) else {}
        elif isinstance(each, list):
            flat[name] = ",".join(str(part) for part in each)
        else:
            flat[name] = str(each).lower() if isinstance(each, bool) else str(each)
    return flat


class TrainingConfig(Contract):
    """What to train on the data."""

    preset: str = "wgan-gp"
    overrides: Annotated[dict[str, str], BeforeValidator(_as_text), OfPreset()] = Field(default_factory=dict)
    """Settings that differ from the preset, by dotted name: ``generator.width`` → ``32``."""


class PipelineConfig(Contract):
    """Everything that a pipeline run depends on; stored with the run, so that it can be resumed."""

    generation: IGS
    enhancement: IES
    conversion: ICS
    model: str | None = None
    """Name or path of a trained model; None is the default one, or the one trained on ``data``."""
    data: DataConfig | None = None
    training: TrainingConfig = TrainingConfig()
    components: ComponentNames = ComponentNames()
    out: Path = DEFAULT_STORE
    """The result store."""
    chunk_size: int | None = Field(None, ge=1, le=100)
    """Images that pass through the chain together: the price of a cancel, in memory and in time. None: four on a GPU, and one
    on a processor, which gains nothing from more."""
    kind: Literal["pipeline"] = "pipeline"


def load_config(*layers: Values, file: Path | None = None) -> PipelineConfig:
    """Return the configuration of ``file`` (TOML) with ``layers`` above it, the last one on top.

    Where a layer says one of two things that exclude each other (a side or a scale, listed seeds or the first one, a model or
    data to train one on), the other gives way below it. A seed that nobody gave is drawn here, so that it stands in the run's record.

    Raises:
        SettingsError: listing all that is wrong at once.
        StorageError: ``file`` cannot be read.

    >>> load_config({"generation": {"count": 3, "seed": 1000}}).generation.count
    3
    """
    values: dict[str, Any] = {}
    for layer in (_read_toml(file) if file else {}, *layers):
        values = merge(_give_way(values, layer), layer)
    _name_enhancer(values)
    source = _named_source(values)
    listed = isinstance(values.get("generation"), Mapping) and "seeds" in values["generation"]
    drawn = {} if listed else {"generation": {"seed": randbelow(SEEDS)}}
    problems = list(_missing_data(values))
    contracts: dict[str, Any] = {}
    try:
        igs, ies, ics = make_component(SETTINGS_SOURCES, source, drawn, values).read()
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


def as_toml(config: PipelineConfig) -> str:
    """Return ``config`` as a TOML file that `load_config` reads; what is None is left out."""
    import tomli_w

    values = config.model_dump(mode="json", exclude={"kind"}, exclude_none=True)
    if config.data is None:
        del values["training"]
    return tomli_w.dumps(values)


_EXCLUDING = (
    ("generation", "seeds", "seed"),
    ("generation", "seeds", "count"),
    ("enhancement", "side", "scale"),
    ("training", "steps", "epochs"),
)
"""Table and names of two settings that say the same in different ways, or contradict each other."""


def _give_way(below: Values, above: Values) -> dict[str, Any]:
    """Return ``below`` without what a setting of ``above`` excludes."""
    kept = dict(below)
    for table, one, other in _EXCLUDING:
        kept[table] = _without(kept.get(table), above.get(table), {one: other, other: one})
        if not kept[table]:
            del kept[table]
    if "model" in above:
        kept = {name: value for name, value in kept.items() if name not in ("data", "training")}
    if "data" in above:
        kept.pop("model", None)
    return kept


def _without(below: Any, above: Any, excludes: Mapping[str, str]) -> Any:
    """Return the table ``below`` without what a setting of ``above`` excludes, in the tables within it as well."""
    if not isinstance(below, Mapping) or not isinstance(above, Mapping):
        return below
    gone = {excludes[name] for name in above if name in excludes}
    return {
        name: _without(value, above.get(name), excludes) for name, value in below.items() if name not in gone
    }


def _name_enhancer(values: dict[str, Any]) -> None:
    """Put the enhancer of ``[components]``, where every component can be named, to its options."""
    components = values.get("components")
    if not isinstance(components, Mapping) or "enhancer" not in components:
        return
    values["components"] = {name: value for name, value in components.items() if name != "enhancer"}
    values.update(merge({"enhancement": {"enhancer": {"kind": components["enhancer"]}}}, values))


def _named_source(values: dict[str, Any]) -> str:
    """Return the settings source of ``[components]``, and take it out: what it read is what is recorded."""
    components = values.get("components")
    if not isinstance(components, Mapping) or "settings_source" not in components:
        return "layers"
    values["components"] = {name: value for name, value in components.items() if name != "settings_source"}
    return str(components["settings_source"])


def _missing_data(values: Values) -> Iterator[str]:
    if values.get("training") and not values.get("data"):
        yield "training: wanted data to train on (--data, for `train` SOURCE, or a table [data] with a source), got settings of a training alone"


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))  # some editors put a byte order mark first
    except OSError as error:
        raise StorageError(f"configuration {path} cannot be read: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"configuration {path} is not valid TOML: {error}") from error
