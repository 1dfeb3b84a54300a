"""The running mean of a network's weights."""

import torch
from torch import nn

__all__ = ["average_weights"]


@torch.no_grad()
def average_weights(average: nn.Module, network: nn.Module, decay: float, step: int | None) -> None:
    """Move the running mean of a network's weights towards it, in place.

    The decay rises with the steps, (1 + step) / (10 + step) up to ``decay``, so that a short training does
    not keep its first weights. A mean that goes on from another training's has no ``step``: its decay is whole.
    """
    weight = 1 - (decay if step is None else min(decay, (1 + step) / (10 + step)))
    torch._foreach_lerp_(list(average.parameters()), list(network.parameters()), weight)
