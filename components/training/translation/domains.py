"""The pictures of two domains, in batches."""

from typing import NamedTuple, final

import numpy as np
import torch
from torch import Tensor

from components.training.checkpoints.position import Position
from components.training.engine.batches import Batches
from components.training.translation.settings import TranslationSettings
from interfaces.errors import DataError
from interfaces.ipdt import IPDT

__all__ = ["Domains", "Positions", "cut_out", "pairs_of"]


class Positions(NamedTuple):
    """Where in each domain a training is."""

    a: Position
    b: Position


@final
class Domains:
    """Batches of both domains, in orders of their own; of pairs, where these are learnt.

    Args:
        data: squares of two styles: A and B.
        settings: of the training.
        device: where the batches go.
    """

    def __init__(self, data: IPDT, settings: TranslationSettings, device: torch.device) -> None:
        self._settings = settings
        size, seed = settings.batch, settings.seed
        if settings.paired:
            a, b = pairs_of(data, test=False)
            self._a, self._b = (Batches(data, size, seed, device, rows=rows) for rows in (a, b))
        else:
            self._a, self._b = (Batches(data, size, seed, device, style=style) for style in (0, 1))

    @property
    def largest(self) -> int:
        """Training pictures of the larger domain."""
        return max(len(self._a), len(self._b))

    def __len__(self) -> int:
        """Return the number of training pictures."""
        return len(self._a) + len(self._b)

    def take(self, at: Positions, rng: torch.Generator) -> tuple[Tensor, Tensor, Positions]:
        """Return pictures of A and of B, float32 (N, 3, side, side) in [-1, 1], cut out at random, and the positions after them."""
        a, after_a = self._a.take(at.a)
        b, after_b = self._b.take(at.b)
        side, flip = self._settings.generator.side, self._settings.flip
        if self._settings.paired:
            a, b = cut_out(torch.cat([a, b], 1), side, flip, rng).chunk(2, 1)
        else:
            a, b = (cut_out(images, side, flip, rng) for images in (a, b))
        return a.contiguous(), b.contiguous(), Positions(after_a, after_b)


def cut_out(images: Tensor, side: int, flip: bool, rng: torch.Generator) -> Tensor:
    """Return a random square of each of ``images`` (N, C, H, W), half of them mirrored left to right, if ``flip``.

    Args:
        images: at least ``side`` each way.
        side: of the squares.
        flip: whether to mirror.
        rng: on the CPU.
    """
    height, width = images.shape[2:]
    cut = []
    for image in images:
        top = int(torch.randint(height - side + 1, (), generator=rng))
        left = int(torch.randint(width - side + 1, (), generator=rng))
        square = image[:, top : top + side, left : left + side]
        mirrored = flip and bool(torch.rand((), generator=rng) < 0.5)
        cut.append(square.flip(2) if mirrored else square)
    return torch.stack(cut)


def pairs_of(data: IPDT, *, test: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of A and of B that make pairs, by the names of the pictures.

    Args:
        data: squares of two styles.
        test: those of the test split; else those to train on.

    Raises:
        DataError: a picture has no partner, or two have the same name.
    """
    names, split = data.names, np.asarray(data.is_test) == int(test)
    if not names:
        raise DataError(f"{data.dataset}: wanted pictures with names, by which pairs are told, got none")
    found: list[dict[str, int]] = []
    for style in (0, 1):
        rows = np.flatnonzero(split & (np.asarray(data.labels) == style)).tolist()
        found.append({names[row]: row for row in rows})
        if len(found[-1]) < len(rows):
            raise DataError(
                f"{data.dataset}: wanted a name of its own for each picture of {data.styles[style]}, got {len(rows)} "
                f"pictures and {len(found[-1])} names"
            )
    alone = sorted(found[0].keys() ^ found[1].keys())
    if alone:
        raise DataError(
            f"{data.dataset}: wanted each picture in both domains under the same name, got {len(alone)} in one alone: "
            f"{', '.join(alone[:3])}"
        )
    together = sorted(found[0])
    a, b = (np.array([rows[name] for name in together], dtype=np.int64) for rows in found)
    return a, b
