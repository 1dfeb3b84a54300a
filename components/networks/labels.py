"""How a network is told the style: embeddings of a label."""

from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from interfaces.errors import ContractError

__all__ = ["LabelledLatent", "wanted_labels"]


@final
class LabelledLatent(nn.Module):
    """Puts a short embedding of the label behind the latent vector.

    Short, because Adam moves every weight alike far: with as many numbers as the latent vector, which all the
    images of a style share, the label outweighed the noise after 100 steps, and a style's images were one.
    """

    LENGTH = 8

    def __init__(self, labels: int) -> None:
        super().__init__()
        self.embedding = nn.Parameter(torch.empty(labels, self.LENGTH))

    @torch.no_grad()
    def reset(self, rng: torch.Generator) -> None:
        """Draw the embedding like latent vectors."""
        self.embedding.normal_(generator=rng)

    def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
        """Return (N, Z + LENGTH) for ``latents`` (N, Z) and ``labels`` int64 (N,)."""
        return torch.cat([latents, F.embedding(labels, self.embedding)], 1)


def wanted_labels(labels: Tensor | None) -> Tensor:
    """Return ``labels`` for a network that depends on them.

    Raises:
        ContractError: there are none.
    """
    if labels is None:
        raise ContractError("a network conditional on the style: wanted a label for each image, got none")
    return labels
