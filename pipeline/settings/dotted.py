"""Settings as a command line takes them: dotted names, and values as text."""

from collections.abc import Mapping
from typing import Any

__all__ = ["flatten", "to_text"]


def flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested tables as one, by dotted name.

    >>> flatten({"generator": {"width": 32}, "batch": 16})
    {'generator.width': 32, 'batch': 16}
    """
    found: dict[str, Any] = {}
    for name, value in values.items():
        found |= flatten(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {prefix + name: value}
    return found


def to_text(value: object) -> str:
    """Return a value as ``artgen train --set name=value`` takes it.

    >>> [to_text(value) for value in (0.5, True, None, ["colour", "shift"], [])]
    ['0.5', 'true', 'none', 'colour,shift', 'none']
    """
    if value is None or value == []:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
