"""Presets changed by the ``key=value`` strings of a command line."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from components.training.settings import PRESETS, GanSettings
from interfaces.errors import SettingsError, UnknownComponentError, did_you_mean

__all__ = ["settings_with"]


def settings_with(preset: str, overrides: Mapping[str, str]) -> GanSettings:
    """Return the settings of ``preset`` with some of them replaced.

    Args:
        preset: a key of `PRESETS`.
        overrides: dotted names and their values as text; ``none`` stands for no value.

    >>> settings_with("wgan-gp", {"generator.width": "32", "batch": "16"}).generator.width
    32

    Raises:
        UnknownComponentError: there is no such preset.
        SettingsError: listing every unknown name (with the near match) and every bad value.
    """
    if preset not in PRESETS:
        raise UnknownComponentError("preset", preset, PRESETS)
    base = PRESETS[preset]
    values: dict[str, Any] = base.model_dump()
    known = _leaves(values)
    problems = [
        f"unknown setting {key!r}.{did_you_mean(key, known)}" for key in overrides if key not in known
    ]
    for key, text in overrides.items():
        if key in known:
            *parents, last = key.split(".")
            section = values
            for parent in parents:
                section = section[parent]
            section[last] = _parse(text, known[key])
    try:
        settings = GanSettings.model_validate(values)
    except ValidationError as error:
        problems += [_describe(one["loc"], one["msg"], overrides) for one in error.errors()]
    if problems:
        raise SettingsError(*problems)
    return settings


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
    try:
        return json.loads({"none": "null"}.get(text.lower(), text.lower()))
    except json.JSONDecodeError:
        return text


def _describe(location: tuple[int | str, ...], message: str, overrides: Mapping[str, str]) -> str:
    key = ".".join(str(part) for part in location)
    text = message.removeprefix("Value error, ")
    got = f", got {overrides[key]!r}" if key in overrides else ""
    return f"{key}: {text}{got}" if key else f"{text}{got}"
