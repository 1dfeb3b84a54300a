"""Which enhancer a run really uses, and with which weights."""

from interfaces.errors import WeightsError
from interfaces.events import Listener
from interfaces.ies import IES, Auto, Realesrgan
from interfaces.ports import WeightStore

__all__ = ["NO_WEIGHTS", "with_definite_enhancer"]

PREFERRED = ("realesr-general-x4v3", "RealESRGAN_x4plus")
"""What `auto` looks for, in this order: the compact network first, it is thirty times faster on a processor."""

NO_WEIGHTS = (
    "NO ENHANCEMENT NETWORK: no Real-ESRGAN weights are on this machine, so the pictures are enlarged by a plain "
    "Lanczos resize, without new detail. Get the weights with `artgen weights get realesr-general-x4v3`."
)


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
    chosen = settings.enhancer
    if isinstance(chosen, Auto):
        found = next((path for name in PREFERRED if (path := weights.find(name))), None)
        if found is None:
            return _replace(settings, {"kind": "lanczos"})
        return _replace(settings, {"kind": "realesrgan", "weights": str(found)})
    if isinstance(chosen, Realesrgan):
        path = weights.get(chosen.weights, listener=listener) if download else weights.find(chosen.weights)
        if path is None:
            raise WeightsError(
                f"weights {chosen.weights!r} are not on this machine; get them with "
                f"`artgen weights get {chosen.weights}`"
            )
        return _replace(settings, {**chosen.model_dump(), "weights": str(path.absolute())})
    return settings


def _replace(settings: IES, enhancer: dict[str, object]) -> IES:
    return IES.model_validate({**settings.model_dump(), "enhancer": enhancer})
