"""The fields of the settings by their place, as files, options and controls name them."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from interfaces.ics import ICS
from interfaces.ies import IES, Realesrgan
from interfaces.igs import IGS, Walk

__all__ = ["field_of", "tables_of"]

_CONTRACTS: Mapping[str, type[BaseModel]] = {
    "generation": IGS, "generation.source": Walk, "enhancement": IES, "enhancement.enhancer": Realesrgan, "conversion": ICS,
}  # fmt: skip


def field_of(place: str) -> FieldInfo:
    """Return the field at a place of the settings.

    An enhancer's is that of Real-ESRGAN, which has all that others have; a source's that of a walk, which alone has options.

    Raises:
        KeyError: there is none.

    >>> field_of("generation.seed").default
    0
    """
    table, _, name = place.rpartition(".")
    return _CONTRACTS[table].model_fields[name]


def tables_of(values: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return tables of settings, as a file has them, from values by their place.

    >>> tables_of([("generation.count", 2), ("enhancement.enhancer.tta", True)])
    {'generation': {'count': 2}, 'enhancement': {'enhancer': {'tta': True}}}
    """
    found: dict[str, Any] = {}
    for place, value in values:
        *tables, name = place.split(".")
        table = found
        for each in tables:
            table = table.setdefault(each, {})
        table[name] = value
    return found
