"""The layers at which pictures are compared, as users write them."""

import math
from collections.abc import Mapping, Sequence

from components.networks.vgg19_taps import layer_name
from interfaces.errors import SettingsError

__all__ = ["weighted_layers"]


def weighted_layers(texts: Sequence[str]) -> Mapping[str, float]:
    """Return how much each layer counts beside the others; all together add up to 1.

    Raises:
        SettingsError: a layer is unknown (the message lists them) or named twice, or a weight is no number of at least 0.

    >>> weighted_layers(["relu4_2", "conv_1=3"])
    {'relu4_2': 0.25, 'conv1_1': 0.75}
    """
    weights: dict[str, float] = {}
    for text in texts:
        name, _, number = text.partition("=")
        layer = layer_name(name.strip())
        if layer in weights:
            raise SettingsError(f"layer: wanted each one once, got {name.strip()} again")
        weights[layer] = _weight(number, text) if "=" in text else 1.0
    total = sum(weights.values())
    if not total > 0:
        raise SettingsError(
            f"layer: wanted at least one with a weight above 0, got {', '.join(texts) or 'none'}"
        )
    return {layer: weight / total for layer, weight in weights.items()}


def _weight(number: str, text: str) -> float:
    try:
        weight = float(number)
    except ValueError:
        weight = math.nan
    if not (math.isfinite(weight) and weight >= 0):
        raise SettingsError(f"layer: wanted a weight of at least 0, such as relu4_2=0.5, got {text!r}")
    return weight
