"""How a network follows its gradient."""

from typing import final

import torch
from torch import Tensor, nn

from components.training.distributed.ranks import ALONE, Ranks

__all__ = ["Update"]


@final
class Update:
    """Moves a network's weights along the gradient that lies in them.

    Args:
        optimizer: of the network's weights.
        clip_gradients: the most that the gradient's length may be; it is shortened to it.
        clip_weights: the most that a weight may be, either side of 0 (Arjovsky et al. 2017, algorithm 1).
        ranks: over which the gradient is averaged first.
    """

    def __init__(
        self,
        optimizer: torch.optim.Optimizer,
        clip_gradients: float | None = None,
        clip_weights: float | None = None,
        ranks: Ranks = ALONE,
    ) -> None:
        self._optimizer = optimizer
        self._clip_gradients = clip_gradients
        self._clip_weights = clip_weights
        self._ranks = ranks

    def __call__(self, loss: Tensor) -> None:
        """Differentiate ``loss`` and take one step."""
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        weights = [weight for group in self._optimizer.param_groups for weight in group["params"]]
        self._ranks.average_gradients(weights)
        if self._clip_gradients is not None:
            nn.utils.clip_grad_norm_(weights, self._clip_gradients)
        self._optimizer.step()
        if self._clip_weights is not None:
            with torch.no_grad():
                torch._foreach_clamp_min_(weights, -self._clip_weights)
                torch._foreach_clamp_max_(weights, self._clip_weights)
