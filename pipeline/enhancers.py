"""Which enhancer a run uses, and with which weights."""

from typing import Any

import torch

from components.enhancement import ENHANCERS
from interfaces.errors import WeightsError
from interfaces.events import Listener
from interfaces.ies import IES, Auto, Foreign, Realesrgan, Tiled, WithWeights
from interfaces.igdt import IGDT
from interfaces.ports import Enhancer, WeightStore
from interfaces.provenance import StageRecord
from pipeline.catalogue import make_component
from pipeline.speeds import remember_speeds

__all__ = ["make_enhancer", "with_definite_enhancer"]


def with_definite_enhancer(
    settings: IES, weights: WeightStore, *, download: bool, listener: Listener | None = None
) -> IES:
    """Return ``settings`` with a definite enhancer and the path of its weights.

    Args:
        settings: as the user gave them.
        weights: knows where the weights lie.
        download: get weights that were asked for by name and are not here.
        listener: is told the progress of a download.

    Raises:
        WeightsError: the weights that were asked for cannot be had.
    """
    chosen = Realesrgan() if isinstance(settings.enhancer, Auto) else settings.enhancer
    if not isinstance(chosen, WithWeights):
        return settings
    names = {"weights": chosen.weights}
    if isinstance(chosen, Realesrgan) and chosen.denoise < 1:
        names["twin"] = chosen.twin
    paths: dict[str, object] = {}
    for role, name in names.items():
        path = weights.get(name, listener=listener) if download else weights.find(name)
        if path is None:
            raise WeightsError(
                f"weights {name!r} are not on this machine; get them with `artgen weights get {name}`"
            )
        paths[role] = str(path.absolute())
    return _replace(settings, {**chosen.model_dump(), **paths})


def make_enhancer(settings: IES, *, listener: Listener | None = None) -> Enhancer:
    """Return the enhancer that ``settings`` name, tried once on a small picture where it has weights.

    So an unknown network, a precision that the device cannot do or a missing package is refused here, and not when
    the first picture has been generated. The network stays loaded.

    Args:
        settings: definite, with the path of the weights.
        listener: is told the progress within pictures that take long.

    Raises:
        ArtgenError: it cannot be made, or does not work.
    """
    chosen = settings.enhancer
    options: dict[str, Any] = chosen.options if isinstance(chosen, Foreign) else {}
    if isinstance(chosen, Tiled):
        options = {"listener": listener}
    enhancer = make_component(ENHANCERS.resolve, chosen.kind, **options)
    if isinstance(chosen, WithWeights):
        remember_speeds()
        record = StageRecord(stage="generation", component="trial")
        grey = IGDT(images=torch.zeros(1, 3, 8, 8), seeds=(0,), provenance=(record,))
        enhancer.enhance(grey, IES(scale=2, enhancer=chosen))
    return enhancer


def _replace(settings: IES, enhancer: dict[str, object]) -> IES:
    return IES.model_validate({**settings.model_dump(), "enhancer": enhancer})
