"""What the page may ask for: nothing that names a place on this machine, or code of somebody else."""

from collections.abc import Iterator, Mapping
from typing import Any

from interfaces.errors import SettingsError
from interfaces.ies import DEFAULT_WEIGHTS
from interfaces.ports import ModelStore, WeightStore

__all__ = ["check_allowed"]

_TABLES = ("generation", "enhancement", "conversion", "model")


def check_allowed(values: Mapping[str, Any], models: ModelStore, weights: WeightStore) -> None:
    """Return if settings that came over the network may become a run.

    They hold the three tables and the name of a model, no path of a model or of weights, no component from outside of
    artgen, and no input picture.

    Raises:
        SettingsError: listing all that they may not hold.
    """
    problems = [*_problems(values, models, weights)]
    if problems:
        raise SettingsError(*problems)


def _problems(values: Mapping[str, Any], models: ModelStore, weights: WeightStore) -> Iterator[str]:
    for name in values:
        if name not in _TABLES:
            yield f"{name}: wanted {', '.join(_TABLES)} of the page, got something else"
    model = values.get("model")
    names = [each.name for each in models.list()]
    if model is not None and model not in names:
        yield f"model: wanted the name of a model that is here ({', '.join(names)}), got {model!r}"
    source = _table(_table(values, "generation"), "source")
    if source.get("kind", "noise") != "noise":
        yield f"generation.source: wanted noise, got {source['kind']!r}"
    enhancer = _table(_table(values, "enhancement"), "enhancer")
    if enhancer.get("kind", "auto") not in ("auto", "lanczos", "realesrgan"):
        yield f"enhancement.enhancer.kind: wanted auto, lanczos or realesrgan, got {enhancer['kind']!r}"
    for name in ("weights", "twin"):
        if (given := enhancer.get(name, DEFAULT_WEIGHTS)) not in (DEFAULT_WEIGHTS, *weights.names):
            yield f"enhancement.enhancer.{name}: wanted the name of known weights (`artgen weights list`), got {given!r}"


def _table(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a table within; none where it is something else, which the settings refuse by themselves."""
    found = values.get(name)
    return found if isinstance(found, Mapping) else {}
