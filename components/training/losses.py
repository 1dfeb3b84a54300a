"""What the networks are trained to make small."""

from torch import Tensor

__all__ = ["wasserstein_critic_loss", "wasserstein_generator_loss"]


def wasserstein_critic_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """Return E[D(fake)] - E[D(real)], a scalar (Arjovsky et al. 2017, equation 3, to be minimised)."""
    return fake_scores.mean() - real_scores.mean()


def wasserstein_generator_loss(fake_scores: Tensor) -> Tensor:
    """Return -E[D(fake)], a scalar."""
    return -fake_scores.mean()
