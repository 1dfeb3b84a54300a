"""Controls made from the fields of the contracts: the same limits, defaults and words as on the command line and in files."""

from collections.abc import Mapping, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import gradio as gr
from pydantic import BaseModel
from pydantic.fields import FieldInfo

__all__ = ["Choice", "control", "values_of"]


class Choice(NamedTuple):
    """A control, and the setting that it is for."""

    place: str
    """Table and name, as in a configuration file: ``generation.count``."""
    control: Any
    """Of Gradio."""


def control(contract: type[BaseModel], place: str, **changes: Any) -> Choice:
    """Return the control for one field of a contract.

    Args:
        contract: has the field.
        place: where the setting stands in a configuration file; the last part is the field's name.
        changes: what the control shall have in place of what the contract says: ``choices``, ``label``, ``value``, …
    """
    name = place.rpartition(".")[2]
    field = contract.model_fields[name]
    kind = _kind(field.annotation)
    shared = {
        "label": name.replace("_", " ").capitalize(),
        "info": _first_sentence(field),
        "value": field.default,
    }
    shared |= changes
    if "choices" in shared:
        return Choice(place, gr.Dropdown(**shared))
    if kind is bool:
        return Choice(place, gr.Checkbox(**shared))
    if get_origin(kind) is Literal:
        return Choice(place, gr.Dropdown(choices=list(get_args(kind)), **shared))
    if kind in (int, float):
        least, most = _limits(field)
        step = 1 if kind is int else 0.05
        if least is not None and most is not None and most - least <= 1000:
            return Choice(place, gr.Slider(minimum=least, maximum=most, step=step, **shared))
        return Choice(
            place, gr.Number(minimum=least, maximum=most, precision=0 if kind is int else None, **shared)
        )
    # whatever else there is can be written down: a list of seeds as 1,5,9-12
    return Choice(place, gr.Textbox(**shared))


def values_of(choices: Sequence[Choice], values: Sequence[Any]) -> dict[str, Any]:
    """Return tables of settings from what the controls hold; what is left empty is left out.

    >>> values_of([Choice("generation.count", None), Choice("model", None)], [2, None])
    {'generation': {'count': 2}}
    """
    tables: dict[str, Any] = {}
    for choice, value in zip(choices, values, strict=True):
        if value in (None, ""):
            continue
        *path, name = choice.place.split(".")
        table = tables
        for part in path:
            table = table.setdefault(part, {})
        table[name] = value
    return tables


def _kind(annotation: Any) -> Any:
    """Return the plain type of a field: without ``Annotated``, and without ``None``."""
    if get_origin(annotation) is Annotated:
        return _kind(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        kinds = [each for each in get_args(annotation) if each is not NoneType]
        return _kind(kinds[0])
    return annotation


def _limits(field: FieldInfo) -> tuple[Any, Any]:
    found: dict[str, Any] = {}
    for mark in field.metadata:
        found |= {name: getattr(mark, name) for name in ("ge", "gt", "le", "lt") if hasattr(mark, name)}
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, Mapping) else {}
    return found.get("ge", found.get("gt")), found.get("le", found.get("lt", extra.get("maximum")))


def _first_sentence(field: FieldInfo) -> str:
    text = " ".join((field.description or "").replace("``", "").split())
    return text.split(". ")[0].rstrip(".") + "." if text else ""
