"""What the networks are trained to make small."""

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

import torch.nn.functional as F
from torch import Tensor

__all__ = [
    "LEAST_SQUARES",
    "LOSSES",
    "Loss",
    "LossName",
    "wasserstein_critic_loss",
    "wasserstein_generator_loss",
]

LossName = Literal["wasserstein", "cross-entropy", "hinge", "relativistic"]


class Loss(NamedTuple):
    """The two sides of a game."""

    critic: Callable[[Tensor, Tensor], Tensor]
    """From the scores of real and of generated images to a scalar."""
    generator: Callable[[Tensor], Tensor]
    """From the scores of generated images to a scalar."""
    relative: bool = False
    """Whether the generator's scores are those of generated images less those of real ones, pair by pair."""


def wasserstein_critic_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """Return E[D(fake)] - E[D(real)], a scalar (Arjovsky et al. 2017, equation 3, to be minimised)."""
    return fake_scores.mean() - real_scores.mean()


def wasserstein_generator_loss(fake_scores: Tensor) -> Tensor:
    """Return -E[D(fake)], a scalar."""
    return -fake_scores.mean()


def _cross_entropy_critic_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """Return -E[log S(D(real))] - E[log(1 - S(D(fake)))] (Goodfellow et al. 2014, equation 1).

    S is the logistic function.
    """
    return F.softplus(-real_scores).mean() + F.softplus(fake_scores).mean()


def _cross_entropy_generator_loss(fake_scores: Tensor) -> Tensor:
    """Return -E[log S(D(fake))], the form that does not saturate (Goodfellow et al. 2014, section 3)."""
    return F.softplus(-fake_scores).mean()


def _hinge_critic_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """Return E[max(0, 1 - D(real))] + E[max(0, 1 + D(fake))] (Lim & Ye 2017; Miyato et al. 2018, equation 16)."""
    return F.relu(1 - real_scores).mean() + F.relu(1 + fake_scores).mean()


def _least_squares_critic_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """Return E[(D(real) - 1)²] + E[D(fake)²] (Mao et al. 2017, equation 2, with 0 and 1)."""
    return (real_scores - 1).square().mean() + fake_scores.square().mean()


def _least_squares_generator_loss(fake_scores: Tensor) -> Tensor:
    """Return E[(D(fake) - 1)²]."""
    return (fake_scores - 1).square().mean()


def _relativistic_critic_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """Return E[log(1 + exp(D(fake) - D(real)))] (Huang et al. 2024, equation 2; Jolicoeur-Martineau 2019)."""
    return F.softplus(fake_scores - real_scores).mean()


LOSSES: Mapping[LossName, Loss] = {
    "wasserstein": Loss(wasserstein_critic_loss, wasserstein_generator_loss),
    "cross-entropy": Loss(_cross_entropy_critic_loss, _cross_entropy_generator_loss),
    "hinge": Loss(_hinge_critic_loss, wasserstein_generator_loss),
    "relativistic": Loss(_relativistic_critic_loss, _cross_entropy_generator_loss, relative=True),
}
"""By name."""

LEAST_SQUARES = Loss(_least_squares_critic_loss, _least_squares_generator_loss)
"""What networks that translate play for (Zhu et al. 2017, section 4)."""
