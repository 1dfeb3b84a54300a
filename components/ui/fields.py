"""The fields of the settings by their place, as files, options and controls name them."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from interfaces.ics import ICS
from interfaces.ies import IES, Realesrgan
from interfaces.igs import IGS, Stylize, Translate, Walk

__all__ = ["field_of", "tables_of"]

_CONTRACTS: Mapping[str, tuple[type[BaseModel], ...]] = {
    "generation": (IGS,),
    "generation.source": (Stylize, Walk, Translate),
    "enhancement": (IES,),
    "enhancement.enhancer": (Realesrgan,),
    "conversion": (ICS,),
}


def field_of(place: str) -> FieldInfo:
    """Return the field at a place of the settings.

    An enhancer's is that of Real-ESRGAN, which has all that others have; a source's that of the first source that has it.

    Raises:
        KeyError: there is none.

    >>> field_of("generation.seed").default
    0
    """
    table, _, name = place.rpartition(".")
    return next(each.model_fields[name] for each in _CONTRACTS[table] if name in each.model_fields)


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
