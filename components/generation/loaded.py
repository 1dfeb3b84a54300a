"""The network of a model, ready to make pictures."""

from collections.abc import Callable

import torch
from torch import nn

from components.networks.build import check_weights, load_generator
from interfaces.igme import IGME

__all__ = ["loaded"]

_LOADED: dict[tuple[object, ...], nn.Module] = {}
"""The network that made pictures last, by its weights, how it is built, and where: an evaluation asks a hundred times."""


def loaded(
    model: IGME,
    device: torch.device,
    how: str = "",
    prepare: Callable[[nn.Module], nn.Module] = lambda network: network,
) -> nn.Module:
    """Return the network of ``model`` in evaluation mode, in float32, without gradients, on ``device``.

    Args:
        model: whose it is.
        device: where it computes.
        how: names what ``prepare`` does.
        prepare: changes the network once, before it is used first.

    Raises:
        WeightsError: its file is missing or altered, or holds the weights of another network.
    """
    check_weights(model)
    built = (model.architecture.model_dump_json(), len(model.styles), model.conditional)
    key = (model.weights_sha256, *built, str(device), how)
    network = _LOADED.get(key)
    if network is None:
        network = prepare(load_generator(model).to(device))
        _LOADED.clear()  # one at a time, so that memory does not grow
        _LOADED[key] = network
    return network
