"""What critics made of layers one after the other have in common: how they judge."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from components.networks.labels import wanted_labels

__all__ = ["LayeredCritic"]


class LayeredCritic(nn.Module):
    """A critic that is a chain of layers; the last one is dense and gives the score.

    With a ``style`` the score also has the inner product of the last hidden layer with an embedding of the label
    (Miyato & Koyama 2018, section 3).
    """

    layers: nn.Sequential
    style: nn.Embedding | None

    def view(self, rng: torch.Generator) -> Callable[[Tensor], Tensor]:
        """Return how the critic looks at pictures during one step: as they are."""
        return _as_they_are

    def perceive(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return what `judge` takes: the images themselves, as every layer learns."""
        return (images,)

    def judge(self, seen: tuple[Tensor, ...], labels: Tensor | None = None) -> Tensor:
        """Return scores (N,)."""
        *hidden, last = self.layers
        (x,) = seen
        for layer in hidden:
            x = layer(x)  # (N, C, side, side) -> … -> (N, W)
        scores: Tensor = last(x).squeeze(1)
        if self.style is not None:
            scores = scores + (x * self.style(wanted_labels(labels))).sum(1)
        return scores

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return scores (N,) for ``images`` (N, C, side, side) and ``labels`` int64 (N,)."""
        return self.judge(self.perceive(images), labels)


def _as_they_are(images: Tensor) -> Tensor:
    return images
