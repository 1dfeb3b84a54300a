"""Marks on the fields of settings: which name a file, or settings that do, which change nothing, and which are one machine's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel

__all__ = [
    "Free",
    "NamesFile",
    "OfMachine",
    "OfPreset",
    "file_marks",
    "file_settings",
    "free_settings",
    "machine_settings",
    "named_files",
    "with_values",
    "without_paths",
]

SettingsT = TypeVar("SettingsT", bound=BaseModel)


@dataclass(frozen=True)
class NamesFile:
    """Marks a setting that names a file, which may lie elsewhere tomorrow: its digest decides, and not its path."""

    wanted: str
    """What the file shall be, for an error: ``a file of weights``."""
    among: Literal["features", "weights", "models", "data", "pictures"]
    """Where it is looked for, if it is no path: frozen networks, those that enlarge, finished trainings, places of data; a picture is
    always a path."""
    optional: bool = False
    """Whether a name that is not found may stay: what needs the file will refuse it."""
    instead: str | None = None
    """What may be given in place of a file, and is none."""


@dataclass(frozen=True)
class OfPreset:
    """Marks settings of a training by dotted name, beside a field ``preset`` that says of which: some may name a file."""


@dataclass(frozen=True)
class OfMachine:
    """Marks a setting that says where to compute: on another machine the same training has another value."""


class Free(Enum):
    """Marks a setting that changes no number of a training's steps, so that it may differ when a training goes on."""

    STEPS = "steps"
    """That is all: what the training ends with may well be another."""
    METHOD = "method"
    """Nor how the training is done: it may be longer, its result may be called or stored otherwise."""
    RESULT = "result"
    """Nor anything else in the result."""


def named_files(settings: BaseModel) -> dict[str, tuple[NamesFile, str]]:
    """Return the settings that name a file, by dotted name, each with its mark and what it says."""
    return {
        name: (mark, value)
        for name, mark, value in _marked(settings)
        if isinstance(mark, NamesFile) and isinstance(value, str)
    }


def file_settings(settings: BaseModel) -> frozenset[str]:
    """Return the dotted names of the settings that may name a file, whether they do or not."""
    return frozenset(file_marks(settings))


def file_marks(settings: BaseModel) -> dict[str, NamesFile]:
    """Return the marks of those settings, by dotted name."""
    return {name: mark for name, mark, _ in _marked(settings) if isinstance(mark, NamesFile)}


def free_settings(settings: BaseModel, *wanted: Free) -> frozenset[str]:
    """Return the dotted names of the settings that are free: as ``wanted``, or in any way."""
    return frozenset(name for name, mark, _ in _marked(settings) if mark in (wanted or tuple(Free)))


def machine_settings(settings: BaseModel) -> frozenset[str]:
    """Return the dotted names of the settings that say where to compute."""
    return frozenset(name for name, mark, _ in _marked(settings) if isinstance(mark, OfMachine))


def with_values(settings: SettingsT, values: Mapping[str, object]) -> SettingsT:
    """Return ``settings`` with other values for some of them, which are given by dotted name."""
    changed: dict[str, Any] = dict(settings)
    for name, value in values.items():
        section, _, rest = name.partition(".")
        changed[section] = with_values(changed[section], {rest: value}) if rest else value
    return type(settings).model_validate(changed)


def without_paths(settings: BaseModel) -> dict[str, Any]:
    """Return ``settings`` as JSON, with the names of files in place of their paths, which are one machine's alone."""
    values = settings.model_dump(mode="json")
    for name, (_, path) in named_files(settings).items():
        *sections, last = name.split(".")
        place = values
        for section in sections:
            place = place[section]
        place[last] = Path(path).name
    return values


def _marked(settings: BaseModel, prefix: str = "") -> Iterator[tuple[str, object, object]]:
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            yield from _marked(value, f"{prefix}{name}.")
        yield from ((prefix + name, mark, value) for mark in field.metadata)
