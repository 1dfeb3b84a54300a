"""Where the weights of the networks lie on whose features models are judged."""

from interfaces.errors import WeightsError
from interfaces.ports import WeightStore

__all__ = ["INCEPTION", "with_file"]

INCEPTION = "inception"
_WEIGHTS = {"squeezenet": "squeezenet1_1", "vgg19": "vgg19", INCEPTION: "inception-2015-12-05"}
"""Names in the table of weights."""


def with_file(wanted: str, weights: WeightStore) -> str:
    """Return ``name:PATH`` for features that are named alone; whatever else is wanted stays as it is.

    Raises:
        WeightsError: the weights are not on this machine, or are others; the message has the command that brings them.
    """
    if wanted not in _WEIGHTS:
        return wanted
    name = _WEIGHTS[wanted]
    try:
        path = weights.find(name)
    except WeightsError as error:
        raise WeightsError(f"features: {error}") from error
    if path is None:
        raise WeightsError(
            f"features: {wanted}: {name} is not on this machine: {weights.advice(name)}; or put the file into a folder of "
            "ARTGEN_WEIGHTS"
        )
    return f"{wanted}:{path}"
