"""One direction in one step, and what its second critic sees of it."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from components.networks.projected import ProjectedCriticNet
from components.training.translation.state import Way

__all__ = ["Journey", "Look", "look_at"]


class Journey(NamedTuple):
    """One direction in one step."""

    way: Way
    given: Tensor
    """Pictures that leave their domain."""
    wanted: Tensor
    """Pictures of the domain where they go; with pairs, what becomes of them."""


class Look(NamedTuple):
    """What a critic on frozen features sees of the results of a journey (Kumari et al. 2022, section 3.1).

    The frozen part sees each picture once in a step: its features serve the generator's update and the critic's own. Unlike
    the first critic, it is shown results of this step alone.
    """

    critic: ProjectedCriticNet
    view: Callable[[Tensor], Tensor]
    """How it looks in this step, at results and at pictures of their domain alike."""
    seen: tuple[Tensor, ...]
    """Of the results."""

    def scores(self) -> Tensor:
        """Return scores (N, K) of the results, through which the gradient reaches whoever made them."""
        return self.critic.judge(self.seen).float()

    def comparison(self, real: Tensor) -> tuple[Tensor, Tensor]:
        """Return scores (N, K) of ``real`` (N, 3, H, W) in [-1, 1] and of the results, for the critic alone to learn from."""
        with torch.no_grad():
            seen = self.critic.perceive(self.view(real))
        # in one pass, since each betters the estimate of the largest singular values
        together = tuple(torch.cat([one, other.detach()]) for one, other in zip(seen, self.seen, strict=True))
        real_scores, fake_scores = self.critic.judge(together).float().split(len(real))
        return real_scores, fake_scores


def look_at(journey: Journey, made: Tensor, rng: torch.Generator) -> Look | None:
    """Return what the second critic sees of what was ``made``; None where there is none.

    Args:
        journey: of which these are the results.
        made: float32 (N, 3, H, W) in [-1, 1], of as many pictures as ``wanted`` are.
        rng: says where the view lies, on the CPU.
    """
    critic = journey.way.frozen_critic
    if critic is None:
        return None
    view = critic.view(rng)
    return Look(critic, view, critic.perceive(view(made)))
