"""Small sets of pictures to evaluate."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from components.evaluation.sets import PictureSets

__all__ = ["Told", "blobs", "sets_of"]


class Told:
    """Remembers the progress that it is told."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, int, int]] = []

    def __call__(self, what: str, done: int, total: int) -> None:
        self.steps.append((what, done, total))

    @property
    def ended(self) -> Sequence[str]:
        """What was told to be all done."""
        return [what for what, done, total in self.steps if done == total]


def blobs(n: int, side: int = 16, *, seed: int = 0) -> Tensor:
    """Return smooth random pictures, uint8 (n, 3, side, side)."""
    rng = torch.Generator().manual_seed(seed)
    coarse = torch.rand(n, 3, 4, 4, generator=rng) * 255
    return torch.nn.functional.interpolate(coarse, (side, side), mode="bilinear").byte()


def sets_of(generated: Tensor, real: Tensor, other: Tensor) -> PictureSets:
    """Return sets whose pack holds ``real``, then ``other``; all of it is training data."""
    pack = torch.cat([real, other]).permute(0, 2, 3, 1).contiguous().numpy()
    rows = np.arange(len(pack))
    return PictureSets(generated, pack, rows[: len(real)], rows[len(real) :], rows)
