"""What the page may ask for: nothing that names a place on this machine, or code of somebody else."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from interfaces.errors import SettingsError
from interfaces.ies import DEFAULT_WEIGHTS
from interfaces.ports import ModelStore, WeightStore
from interfaces.said import Said

__all__ = ["check_allowed"]

_TABLES = ("generation", "enhancement", "conversion", "model")
_KINDS = ("noise", "walk", "pictures", "stylize", "translate")
_FEATURES = ("vgg19", "random")
"""What compares pictures by name; anything else is the path of a file."""


def check_allowed(
    values: Mapping[str, Any], models: ModelStore, weights: WeightStore, *, is_kept: Callable[[str], bool]
) -> None:
    """Return if settings that came over the network may become a run.

    They hold the three tables and the name of a model, no path of a model or of weights, no component from outside of
    artgen, and no input picture but those that were handed in, which ``is_kept`` tells by their path.

    Raises:
        SettingsError: listing all that they may not hold.
    """
    problems = [*_problems(values, models, weights), *_input_problems(values, is_kept)]
    if problems:
        raise SettingsError(*problems)


def _problems(values: Mapping[str, Any], models: ModelStore, weights: WeightStore) -> Iterator[str]:
    for name in values:
        if name not in _TABLES:
            yield Said("{0}: wanted {1} of the page, got something else", name, ", ".join(_TABLES))
    model = values.get("model")
    names = [each.name for each in models.list()]
    if model is not None and model not in names:
        yield Said("model: wanted the name of a model that is here ({0}), got {1!r}", ", ".join(names), model)
    enhancer = _table(_table(values, "enhancement"), "enhancer")
    if enhancer.get("kind", "auto") not in ("auto", "lanczos", "realesrgan"):
        yield Said(
            "enhancement.enhancer.kind: wanted auto, lanczos or realesrgan, got {0!r}", enhancer["kind"]
        )
    for name in ("weights", "twin"):
        if (given := enhancer.get(name, DEFAULT_WEIGHTS)) not in (DEFAULT_WEIGHTS, *weights.names):
            yield Said(
                "enhancement.enhancer.{0}: wanted the name of known weights (`artgen weights list`), got "
                "{1!r}",
                name,
                given,
            )


def _input_problems(values: Mapping[str, Any], is_kept: Callable[[str], bool]) -> Iterator[str]:
    source = _table(_table(values, "generation"), "source")
    kind = source.get("kind", "noise")
    if kind not in _KINDS:
        yield Said("generation.source: wanted {0}, got {1!r}", ", ".join(_KINDS), kind)
        return
    for name in ("paths", "styles", "masks"):
        paths = source.get(name, ())
        if not isinstance(paths, list | tuple) or not all(
            isinstance(each, str) and is_kept(each) for each in paths
        ):
            yield Said("generation.source.{0}: wanted pictures that were handed in, got something else", name)
    if kind == "stylize":
        yield from _style_problems(source)


def _style_problems(source: Mapping[str, Any]) -> Iterator[str]:
    from components.generation.style_transfer.registry import (  # brings torch, and no other source needs it
        STYLE_ALGORITHMS,
    )

    if (algorithm := source.get("algorithm", "gatys")) not in [*STYLE_ALGORITHMS]:
        yield Said(
            "generation.source.algorithm: wanted one of {0}, got {1!r}",
            ", ".join(STYLE_ALGORITHMS),
            algorithm,
        )
    if (features := source.get("features", _FEATURES[0])) not in _FEATURES:
        yield Said("generation.source.features: wanted one of {0}, got {1!r}", ", ".join(_FEATURES), features)


def _table(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a table within; none where it is something else, which the settings refuse by themselves."""
    found = values.get(name)
    return found if isinstance(found, Mapping) else {}
