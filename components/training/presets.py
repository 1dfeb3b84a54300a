"""Presets changed by the ``key=value`` strings of a command line."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from components.training.enhancer.settings import ENHANCER_PRESETS, TrainingSettings
from components.training.gan.settings import PRESETS, Critics, GanSettings
from interfaces.contract import Contract
from interfaces.errors import SettingsError, UnknownComponentError, did_you_mean
from interfaces.igme import Architecture

__all__ = ["any_settings_with", "settings_with"]

T = TypeVar("T", bound=Contract)

_UNIONS = {"generator": TypeAdapter[Any](Architecture), "critic": TypeAdapter[Any](Critics)}
"""Sections that are of several kinds."""


def settings_with(preset: str, overrides: Mapping[str, str]) -> GanSettings:
    """Return the settings of a ``preset`` that trains a generator, with some of them replaced.

    Args:
        preset: a key of `PRESETS`.
        overrides: dotted names and their values as text; ``none`` stands for no value, commas part several.
            Another ``generator.kind`` or ``critic.kind`` begins from that kind's defaults.

    >>> settings_with("wgan-gp", {"generator.width": "32", "batch": "16"}).generator.width
    32

    Raises:
        UnknownComponentError: there is no such preset.
        SettingsError: listing every unknown name (with the near match) and every bad value; or the preset trains
            another network.
    """
    if preset in ENHANCER_PRESETS:
        raise SettingsError(
            f"preset: wanted one that trains a generator ({', '.join(PRESETS)}), got {preset}, which trains an "
            "enhancement network: `artgen train` does that"
        )
    if preset not in PRESETS:
        raise UnknownComponentError("preset", preset, PRESETS)
    return _replace(PRESETS[preset], overrides)


def any_settings_with(preset: str, overrides: Mapping[str, str]) -> TrainingSettings:
    """Return the settings of a ``preset`` of any kind, with some of them replaced, as `settings_with` does."""
    if preset in ENHANCER_PRESETS:
        return _replace(ENHANCER_PRESETS[preset], overrides)
    if preset not in PRESETS:
        raise UnknownComponentError("preset", preset, {**PRESETS, **ENHANCER_PRESETS})
    return settings_with(preset, overrides)


def _replace(base: T, overrides: Mapping[str, str]) -> T:
    values: dict[str, Any] = base.model_dump()
    problems = list(_choose_kinds(values, overrides))
    known = _leaves(values)
    problems += [
        f"unknown setting {key!r}.{did_you_mean(key, known)}" for key in overrides if key not in known
    ]
    for key, text in overrides.items():
        if key in known:
            *parents, last = key.split(".")
            section = values
            for parent in parents:
                section = section[parent]
            section[last] = _parse(text, known[key])
    settings = base
    try:
        settings = type(base).model_validate(values)
    except ValidationError as error:
        problems += [_describe(one["loc"], one["msg"], overrides) for one in error.errors()]
    if problems:
        raise SettingsError(*problems)
    return settings


def _choose_kinds(values: dict[str, Any], overrides: Mapping[str, str]) -> Iterator[str]:
    """Replace, in place, the sections that shall be of another kind; yield what is wrong."""
    for section, union in _UNIONS.items():
        if section not in values:
            continue
        kind = overrides.get(f"{section}.kind", values[section]["kind"])
        if kind == values[section]["kind"]:
            continue
        try:
            values[section] = union.validate_python({"kind": kind}).model_dump()
        except ValidationError as error:
            yield f"{section}.kind: {error.errors()[0]['msg']}"


def _leaves(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return every setting by its dotted name, with its present value."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        found |= _leaves(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return found


def _parse(text: str, present: object) -> object:
    # "none" is also a value of its own (normalisation), so text settings take the text as it is
    if isinstance(present, str):
        return text
    if isinstance(present, tuple):
        return [part.strip() for part in text.split(",") if part.strip() not in ("", "none")]
    try:
        return json.loads({"none": "null"}.get(text.lower(), text.lower()))
    except json.JSONDecodeError:
        return text


def _describe(location: tuple[int | str, ...], message: str, overrides: Mapping[str, str]) -> str:
    if location and location[0] in _UNIONS:
        location = (location[0], *location[2:])  # the second part is the kind
    key = ".".join(str(part) for part in location)
    text = message.removeprefix("Value error, ")
    got = f", got {overrides[key]!r}" if key in overrides else ""
    return f"{key}: {text}{got}" if key else f"{text}{got}"
