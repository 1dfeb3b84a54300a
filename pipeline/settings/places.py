"""Settings that mean the same in every working folder: who does a job may work in another one than who asked for it."""

from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from interfaces.errors import SettingsError
from interfaces.marks import NamesFile, OfPreset, file_settings
from pipeline.settings.dotted import to_text

__all__ = ["anywhere"]

SettingsT = TypeVar("SettingsT", bound=BaseModel)


def anywhere(settings: SettingsT, trainer: str | None = None) -> SettingsT:
    """Return ``settings`` with absolute paths: of every path, and of every name that a marked field gives a file that is there.

    What is not there may be a name, or an address, and stays.

    Args:
        settings: of a job, or part of them.
        trainer: who knows presets that are not ours; a field ``components`` of the settings comes first.
    """
    components = getattr(settings, "components", None)
    trainer = getattr(components, "trainer", None) or trainer
    values: dict[str, Any] = {}
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        if marks := [mark for mark in field.metadata if isinstance(mark, NamesFile)]:
            values[name] = value if value is not None and value == marks[0].instead else _named(value)
        elif not any(isinstance(mark, OfPreset) for mark in field.metadata):
            values[name] = _whole(value, trainer)
    values |= _of_preset(settings, trainer)
    changed = {name: value for name, value in values.items() if value != getattr(settings, name)}
    return settings.model_copy(update=changed) if changed else settings


def _whole(value: Any, trainer: str | None) -> Any:
    if isinstance(value, Path):
        return value.absolute()
    if isinstance(value, tuple):
        return tuple(_whole(each, trainer) for each in value)
    return anywhere(value, trainer) if isinstance(value, BaseModel) else value


def _of_preset(settings: BaseModel, trainer: str | None) -> dict[str, dict[str, Any]]:
    """Return the fields that hold settings of a training: only a preset knows which of those name a file."""
    fields: dict[str, dict[str, Any]] = {
        name: getattr(settings, name)
        for name, field in type(settings).model_fields.items()
        if any(isinstance(mark, OfPreset) for mark in field.metadata)
    }
    found = {name: {key: _named(value) for key, value in given.items()} for name, given in fields.items()}
    if found == fields:
        return {}
    from components.training import (
        any_settings_with,  # brings torch, which a run that names no file need not wait for
    )

    given = {key: _first(value) for each in fields.values() for key, value in each.items()}
    files: frozenset[str] = frozenset()
    with suppress(SettingsError):  # whoever trains says what is wrong
        files = file_settings(any_settings_with(str(getattr(settings, "preset", "")), given, trainer))
    return {
        name: {key: found[name][key] if key in files else value for key, value in each.items()}
        for name, each in fields.items()
    }


def _first(value: Any) -> str:
    """Return a value as a training takes it; of several that shall be tried, the first."""
    if isinstance(value, BaseModel):
        several = getattr(value, "values", None) or (getattr(value, "low", None),)
        return to_text(several[0])
    return to_text(value)


def _named(value: Any) -> Any:
    """Return the path of the file that ``value`` names, in each of its values where there are several."""
    if isinstance(value, str):
        path = Path(value).expanduser()
        try:
            return str(path.absolute()) if value and path.exists() else value
        except OSError:  # too long for a path
            return value
    if isinstance(value, BaseModel):
        return value.model_copy(update={name: _named(each) for name, each in value})
    return type(value)(map(_named, value)) if isinstance(value, list | tuple) else value
