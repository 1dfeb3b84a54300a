"""Settings from layers of plain values: a TOML file below, the command line above."""

from collections.abc import Mapping
from typing import Any, TypeVar, final, get_args

from pydantic import BaseModel, ValidationError

from interfaces.errors import SettingsError, did_you_mean
from interfaces.ics import ICS
from interfaces.ies import IES
from interfaces.igs import IGS
from interfaces.said import Said, fault

__all__ = ["LayeredSettings", "Values", "merge", "problems_of"]

T = TypeVar("T", bound=BaseModel)

Values = Mapping[str, Any]
"""Values by name; a value may itself be such a mapping."""

DEFAULT_SIDE = 1024
"""Two passes of x4 above the 64 pixels of the models."""
DEFAULT_STEPS = 24
"""Pictures of a walk: a film of two seconds, one way."""


def merge(*layers: Values) -> dict[str, Any]:
    """Return one mapping in which a later layer wins, table by table.

    A table that names another ``kind`` than the one below replaces it: options of one kind of enhancer mean
    nothing to another.

    >>> merge({"a": {"x": 1, "y": 2}}, {"a": {"x": 3}, "b": 4})
    {'a': {'x': 3, 'y': 2}, 'b': 4}
    """
    merged: dict[str, Any] = {}
    for layer in layers:
        for name, value in layer.items():
            below = merged.get(name)
            if isinstance(value, Mapping) and isinstance(below, Mapping):
                replaces = "kind" in value and value["kind"] != below.get("kind")
                merged[name] = dict(value) if replaces else merge(below, value)
            else:
                merged[name] = value
    return merged


def problems_of(error: ValidationError, model: type[BaseModel], where: str) -> list[Said]:
    """Return each problem in ``error`` on one line: where, what was wanted, what came, the near match."""
    lines = []
    for item in error.errors():
        parts, known = _locate(model, item["loc"])
        place = ".".join(str(part) for part in (where, *parts) if part != "")
        text = fault(item)
        begins_with_field = isinstance(item["input"], Mapping) and text.partition(": ")[0] in item["input"]
        if item["type"] == "extra_forbidden":
            text = Said("there is no such setting.{0}", did_you_mean(str(parts[-1]), known))
        elif item["type"] == "union_tag_invalid":
            text = _about_kinds(**item["ctx"])
        elif item["type"] == "union_tag_not_found":
            text = Said("wanted a table with a kind, got none")
        elif isinstance(item["input"], str | int | float | bool) or item["input"] is None:
            text = Said("{0}, got {1!r}", text, item["input"])
        lines.append(Said("{0}.{1}" if begins_with_field else "{0}: {1}", place, text))
    return lines


def _about_kinds(*, discriminator: str, tag: str, expected_tags: str) -> Said:
    got = Said("none") if tag == "None" else repr(tag)
    known = [name.strip("'") for name in expected_tags.split(", ")]
    return Said("wanted a kind, one of {0}, got {1}.{2}", ", ".join(known), got, did_you_mean(tag, known))


def _locate(model: type[BaseModel], loc: tuple[int | str, ...]) -> tuple[list[int | str], set[str]]:
    """Return ``loc`` as the user wrote it, without the kinds that pydantic puts between, and the names known there."""
    models, parts = [model], []
    for part in loc[:-1]:
        annotations = [each.model_fields[part].annotation for each in models if part in each.model_fields]
        kinds = [each for each in models if "kind" in each.model_fields]
        if annotations:
            models = [found for annotation in annotations for found in _models_in(annotation)]
        elif len(kinds) > 1 and isinstance(part, str):
            models = [each for each in kinds if each.model_fields["kind"].default == part] or kinds
            continue
        parts.append(part)
    if len(models) > 1 and loc and loc[-1] in {_kind_of(each) for each in models}:
        return parts, set()  # what looks at several fields of a kind
    return [*parts, *loc[-1:]], {name for each in models for name in each.model_fields}


def _kind_of(model: type[BaseModel]) -> Any:
    return model.model_fields["kind"].default if "kind" in model.model_fields else None


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in get_args(annotation) for found in _models_in(part)]


@final
class LayeredSettings:
    """Merges layers of values into the three settings contracts.

    >>> igs, ies, ics = LayeredSettings({"generation": {"count": 2}}, {"conversion": {"format": "webp"}}).read()
    >>> igs.count, ies.side, ics.format
    (2, 1024, 'webp')
    """

    def __init__(self, *layers: Values) -> None:
        self._layers = layers

    def read(self) -> tuple[IGS, IES, ICS]:
        """Return the three contracts.

        Raises:
            SettingsError: listing all that is wrong in all three at once.
        """
        values = merge(*self._layers)
        _add_defaults(values)
        problems: list[str] = []
        igs = _validate(IGS, values, "generation", problems)
        ies = _validate(IES, values, "enhancement", problems)
        ics = _validate(ICS, values, "conversion", problems)
        if igs is None or ies is None or ics is None:
            raise SettingsError(*problems)
        return igs, ies, ics


def _add_defaults(values: dict[str, Any]) -> None:
    """Put in what the contracts leave open: size, kind of enhancer, all pictures of a source that lists some, the length of a walk."""
    sizes = values.get("enhancement", {})
    if isinstance(sizes, Mapping) and "side" not in sizes and "scale" not in sizes:
        values["enhancement"] = sizes = {**sizes, "side": DEFAULT_SIDE}
    enhancer = sizes.get("enhancer") if isinstance(sizes, Mapping) else None
    if (
        isinstance(enhancer, Mapping)
        and enhancer.keys() - {"kind"}
        and enhancer.get("kind", "auto") == "auto"
    ):
        # options say what it takes to have them
        values["enhancement"] = {**sizes, "enhancer": {**enhancer, "kind": "realesrgan"}}
    generation = values.get("generation", {})
    source = generation.get("source") if isinstance(generation, Mapping) else None
    paths = source.get("paths") if isinstance(source, Mapping) else None  # one for each image, by custom
    steps = DEFAULT_STEPS if isinstance(source, Mapping) and source.get("kind") == "walk" else None
    count = len(paths) if isinstance(paths, list) and paths else steps
    if count is not None and not {"count", "seeds"} & generation.keys():
        values["generation"] = {**generation, "count": count}


def _validate(contract: type[T], values: Values, name: str, problems: list[str]) -> T | None:
    try:
        return contract.model_validate(values.get(name, {}))
    except ValidationError as error:
        problems += problems_of(error, contract, name)
        return None
