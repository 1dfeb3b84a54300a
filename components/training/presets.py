"""Presets changed by the ``key=value`` strings of a command line."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from components.training.registry import TRAINERS
from components.training.settings.basic import BasicSettings
from interfaces.errors import SettingsError, UnknownComponentError, did_you_mean
from interfaces.ports import Trainer
from interfaces.said import Said, fault

__all__ = ["all_presets", "any_settings_with", "own_settings", "settings_with"]

T = TypeVar("T", bound=BasicSettings)


def all_presets() -> dict[str, BasicSettings]:
    """Return the presets of all trainers that we or installed packages have, by name; ours win."""
    found: dict[str, BasicSettings] = {}
    for name in (*TRAINERS.installed, *TRAINERS):
        found |= own_settings(TRAINERS.resolve(name)).presets()
    return found


def own_settings(make: Callable[..., Trainer]) -> BasicSettings:
    """Return the settings that a trainer has when it is made without any; the `GanTrainer`'s where it has none.

    Raises:
        SettingsError: it is somebody's, and cannot be made.
    """
    try:
        settings = getattr(make(), "settings", None)
    except TypeError:  # it wants to be given some
        settings = None
    except Exception as error:  # whatever somebody's code may raise
        name = f"{make.__module__}:{make.__qualname__}"
        raise SettingsError(f"trainer {name} cannot be made: {type(error).__name__}: {error}") from error
    return settings if isinstance(settings, BasicSettings) else TRAINERS["gan"]().settings


def settings_with(preset: str, overrides: Mapping[str, str]) -> BasicSettings:
    """Return the settings of a ``preset`` that trains a generator, with some of them replaced.

    Args:
        preset: one of `all_presets`.
        overrides: dotted names and their values as text; ``none`` stands for no value, commas part several.
            Another ``generator.kind`` or ``critic.kind`` begins from that kind's defaults.

    >>> settings_with("wgan-gp", {"generator.width": "32", "batch": "16"}).model_dump()["generator"]["width"]
    32

    Raises:
        UnknownComponentError: there is no such preset.
        SettingsError: listing every unknown name (with the near match) and every bad value; or the preset trains
            another network.
    """
    known = all_presets()
    generating = {name: one for name, one in known.items() if one.makes == "generator"}
    if preset in known and preset not in generating:
        raise SettingsError(
            f"preset: wanted one that trains a generator ({', '.join(generating)}), got {preset}, which trains an "
            "enhancement network: `artgen train` does that"
        )
    if preset not in generating:
        raise UnknownComponentError("preset", preset, generating)
    return _replace(generating[preset], overrides)


def any_settings_with(preset: str, overrides: Mapping[str, str], trainer: str | None = None) -> BasicSettings:
    """Return the settings of a ``preset`` of any kind, with some of them replaced, as `settings_with` does.

    One that is not ours is looked for among those of the ``trainer``, which may be anybody's: ``package.module:Class``.
    """
    known = all_presets()
    if preset not in known and trainer is not None:
        known |= own_settings(TRAINERS.resolve(trainer)).presets()
    if preset not in known:
        raise UnknownComponentError("preset", preset, known)
    return _replace(known[preset], overrides)


def _replace(base: T, overrides: Mapping[str, str]) -> T:
    values: dict[str, Any] = base.model_dump()
    unions = _sections_of_kinds(type(base))
    problems = list(_choose_kinds(values, overrides, unions))
    known = _leaves(values)
    problems += [
        Said("unknown setting {0!r}.{1}", key, did_you_mean(key, known))
        for key in overrides
        if key not in known
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
        problems += [_describe(one["loc"], fault(one), overrides, unions) for one in error.errors()]
    if problems:
        raise SettingsError(*problems)
    return settings


def _sections_of_kinds(settings: type[BasicSettings]) -> dict[str, TypeAdapter[Any]]:
    """Return the sections that are of several kinds."""
    found = {}
    for name, hint in get_type_hints(settings, include_extras=True).items():
        plain = get_args(hint)[0] if get_origin(hint) is Annotated else hint
        kinds = get_args(plain) if get_origin(plain) in (Union, UnionType) else ()
        if name in settings.model_fields and kinds and all("kind" in _fields_of(kind) for kind in kinds):
            found[name] = TypeAdapter(hint)
    return found


def _fields_of(kind: Any) -> Collection[str]:
    model = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    return getattr(model, "model_fields", {})


def _choose_kinds(
    values: dict[str, Any], overrides: Mapping[str, str], unions: Mapping[str, TypeAdapter[Any]]
) -> Iterator[str]:
    """Replace, in place, the sections that shall be of another kind; yield what is wrong."""
    for section, union in unions.items():
        kind = overrides.get(f"{section}.kind", values[section]["kind"])
        if kind == values[section]["kind"]:
            continue
        try:
            values[section] = union.validate_python({"kind": kind}).model_dump()
        except ValidationError as error:
            yield Said("{0}: {1}", f"{section}.kind", fault(error.errors()[0]))


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


def _describe(
    location: tuple[int | str, ...], text: Said, overrides: Mapping[str, str], unions: Collection[str]
) -> Said:
    if location and location[0] in unions:
        location = (location[0], *location[2:])  # the second part is the kind
    key = ".".join(str(part) for part in location)
    told = Said("{0}, got {1!r}", text, overrides[key]) if key in overrides else text
    return Said("{0}: {1}", key, told) if key else told
