"""Networks of a translation, made ready to translate as fast as the machine can."""

from collections.abc import Iterable

import torch
from torch import nn

from components.networks.precision import DefinitePrecision, lower_precision
from components.networks.translation import Direction, TranslationNet
from components.networks.winograd import with_winograd

__all__ = ["prepared"]


def prepared(networks: nn.Module, precision: DefinitePrecision, ways: Iterable[Direction]) -> nn.Module:
    """Return ``networks`` that compute at ``precision``; they are changed, and can be trained no longer.

    The layer that gives the colours stays in float32, and what goes in and comes out does. On the CPU, wide convolutions take
    fewer products in float32: results differ by rounding, far less than a step of 8 bits.

    Args:
        networks: a `TranslationNet`, in evaluation mode, on its device.
        precision: at which they compute.
        ways: the directions that are of use; the others are left alone, which saves memory.

    Raises:
        KeyError: there is no network of a direction.
    """
    assert isinstance(networks, TranslationNet)  # noqa: S101  # what the architecture describes
    networks.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's annotation lacks it
    for network in map(networks.towards, ways):
        if precision != "float32":
            lower_precision(network, precision, network.last)
        elif next(network.parameters()).device.type == "cpu":
            with_winograd(network)
    return networks
