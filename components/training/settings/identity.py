"""What makes two trainings the same: the settings that decide the numbers of a step, and the files that do."""

from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue

from components.training.enhancer.settings import TrainingSettings
from interfaces.contract import Contract

__all__ = ["before_there_was", "deciding", "identity"]

_FREE = {
    "steps",
    "epochs",
    "log_every",
    "checkpoint_every",
    "checkpoint_seconds",
    "keep_checkpoints",
    "watch_every",
    "validate_every",
    "on_collapse",
    "best_by",
    "best_every",
    "final",
    "store_half",
    "devices",
    "nodes",
    "licence",
    "name",
    "allow_different_data",
}
"""Settings that may differ when a training goes on: they do not change the numbers of a step."""
_EARLIER: dict[str, JsonValue] = {"critic.margin": 0}
"""What was done before there was a setting for it, where its default is something else."""
_FILES = ("critic.features", "features", "start", "teacher")
"""Settings that name a file, which may lie elsewhere: its digest decides."""


def deciding(settings: TrainingSettings) -> dict[str, JsonValue]:
    """Return the settings that decide the numbers, by dotted name."""
    values = _flat(settings.model_dump(mode="json", exclude=_FREE))
    return {name: value for name, value in values.items() if name not in _FILES}


def before_there_was(settings: TrainingSettings) -> dict[str, JsonValue]:
    """Return what stood for each of these settings where an older artgen did not have it: the default, mostly."""
    sections: dict[str, Any] = {
        name: type(value)() for name, value in settings if isinstance(value, Contract)
    }
    # not validated: defaults of several kinds of networks need not go together
    return deciding(type(settings).model_construct(**sections)) | _EARLIER


def identity(settings: Mapping[str, JsonValue], digests: Mapping[str, str]) -> dict[str, JsonValue]:
    """Return all that decides the numbers but the data, by the names that a user knows."""
    return {**settings, **{f"{key} SHA-256": digest for key, digest in digests.items()}}


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        found |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return found
