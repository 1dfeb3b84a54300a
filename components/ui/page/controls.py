"""Controls made from the fields of the contracts: the same limits, defaults and words as on the command line and in files."""

from collections.abc import Mapping, Sequence
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import gradio as gr
from pydantic.fields import FieldInfo

from components.ui.fields import field_of, tables_of
from components.ui.page.words import t

__all__ = ["UNENLARGED", "control", "default_of", "sentences", "values_of"]

_LONGEST_SLIDER = 1000
UNENLARGED: Mapping[str, Any] = {"enhancement": {"scale": 1, "enhancer": {"kind": "lanczos"}}}
"""Settings that leave an image as large as it is made: the tab Enhance has more to choose from."""


def control(place: str, *, most: float | None = None, **changes: Any) -> Any:
    """Return Gradio's control for one field of the settings.

    Args:
        place: where the field stands in a file: ``generation.count``.
        most: where its slider ends, if the contract says no end.
        changes: what the control shall have in place of what the contract says: ``choices``, ``label``, ``value``, …
    """
    field = field_of(place)
    kind = _kind(field.annotation)
    label, info = sentences(place)
    shared = {"label": t(label), "info": t(info), "value": default_of(place), **changes}
    if "choices" in shared:
        return gr.Dropdown(**shared)
    if kind is bool:
        return gr.Checkbox(**shared)
    if get_origin(kind) is Literal:
        return gr.Dropdown(choices=list(get_args(kind)), **shared)
    if kind not in (int, float) or shared["value"] is None:
        # what may be left open, or is a list as 1,5,9-12, is written down; Gradio's numbers cannot be empty
        return gr.Textbox(**{"placeholder": t("chosen by artgen"), **shared, "value": shared["value"] or ""})
    least, limit = _limits(field)
    most = most if limit is None else limit
    step = 1 if kind is int else 0.05
    if least is not None and most is not None and most - least <= _LONGEST_SLIDER:
        return gr.Slider(minimum=least, maximum=most, step=step, **shared)
    return gr.Number(minimum=least, maximum=most, precision=0 if kind is int else None, **shared)


def sentences(place: str) -> tuple[str, str]:
    """Return what a control is called and what is said of it, in English: the ids in the catalogues.

    >>> sentences("generation.style")[0]
    'Style'
    """
    label = place.rpartition(".")[2].removesuffix("_px").replace("_", " ").capitalize()
    return label, " ".join(str(field_of(place).description or "").replace("``", "").replace("`", "").split())


def values_of(places: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    """Return tables of settings from what the controls hold; what is left empty is left out.

    >>> values_of(["generation.count", "generation.style"], [2, ""])
    {'generation': {'count': 2}}
    """
    return tables_of(
        (place, value) for place, value in zip(places, values, strict=True) if value not in (None, "")
    )


def default_of(place: str) -> Any:
    """Return what a field holds where nothing is said; None where that is nothing, or where something must be said."""
    field = field_of(place)
    return None if field.is_required() or field.default == () else field.default


def _kind(annotation: Any) -> Any:
    """Return the plain type of a field, without ``None``."""
    if get_origin(annotation) in (Union, UnionType):
        return next(each for each in get_args(annotation) if each is not NoneType)
    return annotation


def _limits(field: FieldInfo) -> tuple[Any, Any]:
    found: dict[str, Any] = {}
    for mark in field.metadata:
        found |= {name: getattr(mark, name) for name in ("ge", "le") if hasattr(mark, name)}
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, Mapping) else {}
    return found.get("ge"), found.get("le", extra.get("maximum"))
