"""What makes two trainings the same: the settings that decide the numbers of a step, and the files that do."""

from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue

from components.training.settings.basic import BasicSettings
from interfaces.contract import Contract
from interfaces.marks import file_settings, free_settings

__all__ = ["before_there_was", "deciding", "identity"]


def deciding(settings: BasicSettings) -> dict[str, JsonValue]:
    """Return the settings that decide the numbers, by dotted name."""
    apart = free_settings(settings) | file_settings(settings)  # of a file, the digest decides
    values = _flat(settings.model_dump(mode="json"))
    return {name: value for name, value in values.items() if name not in apart}


def before_there_was(settings: BasicSettings) -> dict[str, JsonValue]:
    """Return what stood for each of these settings where an older artgen did not have it: the default, mostly."""
    sections: dict[str, Any] = {
        name: type(value)() for name, value in settings if isinstance(value, Contract)
    }
    # not validated: defaults of several kinds of networks need not go together
    return deciding(type(settings).model_construct(**sections)) | dict(settings.before_there_was)


def identity(settings: Mapping[str, JsonValue], digests: Mapping[str, str]) -> dict[str, JsonValue]:
    """Return all that decides the numbers but the data, by the names that a user knows."""
    return {**settings, **{f"{key} SHA-256": digest for key, digest in digests.items()}}


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        found |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return found
