"""Pairs of a small crop and the crop that it shall become, made in threads beside the training."""

from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import blake2b
from types import TracebackType
from typing import NamedTuple, Self, final

import numpy as np
import torch
from torch import Tensor

from components.training.distributed.device import count_cores
from components.training.enhancer.degradation import degrade, shrink
from components.training.enhancer.settings import EnhancerSettings
from components.training.settings.random_sources import random_source
from interfaces.errors import DataError
from interfaces.ipdt import IPDT

__all__ = ["Crops", "Pairs", "split", "to_images"]

_HELD_SHARE = 32
_MOST_WORKERS = 8


class Pairs(NamedTuple):
    """A batch, float32 in [0, 1], channels last in memory."""

    small: Tensor
    """(N, 3, crop / scale, crop / scale)."""
    large: Tensor
    """(N, 3, crop, crop)."""


def split(data: IPDT) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of ``data`` to train on and those held out, both rising.

    Held out is the test split; where there is none, every thirty-second picture or so, by a digest of its pixels,
    so that the same picture is held out of every data set. Pieces of one picture stay together.

    Raises:
        DataError: there are fewer than two pictures, or all are of the test split.
    """
    held = np.asarray(data.is_test) == 1
    if not held.any() and len(held) > 1:
        middle = data.images[_first_pieces(data), data.side // 2]
        digests = np.array([int.from_bytes(blake2b(row.tobytes(), digest_size=4).digest()) for row in middle])
        held = digests % _HELD_SHARE == 0
        if not held.any() or held.all():
            held = digests == digests.min()
    if held.all() or not held.any():
        raise DataError(
            f"{data.dataset}: wanted pictures to train on and others to judge by, got {len(held)}, "
            f"{int(held.sum())} of them in the test split"
        )
    return np.flatnonzero(~held), np.flatnonzero(held)


def _first_pieces(data: IPDT) -> np.ndarray:
    """Return for each row that of the first piece of the same picture."""
    if data.pictures is None:
        return np.arange(len(data.images))
    return np.searchsorted(data.pictures, data.pictures)


@final
class Crops:
    """Random crops of the training pictures and what is left of them when they are small.

    Where the data say what shall become of their images, as a teacher does, crops of both are taken as they are: what it
    makes of a turned picture is not what it makes of the picture, turned.

    Batch *i* follows from the seed and *i* alone, so that a training which goes on needs to know nothing but how
    many steps it has made. While open, the next batch is made in other threads.

    Args:
        data: squares of at least the crop's side, RGB.
        rows: of the training pictures.
        settings: of the training.
        device: where the batches go.
    """

    def __init__(
        self, data: IPDT, rows: np.ndarray, settings: EnhancerSettings, device: torch.device
    ) -> None:
        self._images = data.images
        self._targets = data.targets
        self._rows = rows
        self._settings = settings
        self._device = device
        self._order = (-1, np.empty(0, np.int64))
        self._pool = ThreadPoolExecutor(min(_MOST_WORKERS, count_cores()), thread_name_prefix="crops")
        self._next: tuple[int, list[Future[tuple[np.ndarray, np.ndarray]]]] = (-1, [])

    def __len__(self) -> int:
        """Return the number of training pictures."""
        return len(self._rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def take(self, step: int) -> Pairs:
        """Return batch ``step``, counted from 0, and begin to make the one after it."""
        if self._next[0] != step:
            self._next = (step, self._begin(step))
        made = [future.result() for future in self._next[1]]
        self._next = (step + 1, self._begin(step + 1))
        small, large = (np.stack(pictures) for pictures in zip(*made, strict=True))
        return Pairs(to_images(small, self._device), to_images(large, self._device))

    def _begin(self, step: int) -> list[Future[tuple[np.ndarray, np.ndarray]]]:
        first = step * self._settings.batch
        return [
            self._pool.submit(self._make, self._row(index), index)
            for index in range(first, first + self._settings.batch)
        ]

    def _row(self, index: int) -> int:
        """Return which picture the crop ``index`` of the training is taken from: each once in an epoch."""
        epoch, place = divmod(index, len(self))
        if self._order[0] != epoch:
            rng = random_source(self._settings.seed, f"epoch {epoch}")
            self._order = (epoch, torch.randperm(len(self), generator=rng).numpy())
        return int(self._rows[self._order[1][place]])

    def _make(self, row: int, index: int) -> tuple[np.ndarray, np.ndarray]:
        settings, scale = self._settings, self._settings.network.scale
        rng = np.random.default_rng([settings.seed, index])
        if self._targets is not None:
            return self._pair(self._images[row], self._targets[row], rng)
        top, left = rng.integers(0, self._images.shape[1] - settings.crop + 1, 2)
        large = self._images[row, top : top + settings.crop, left : left + settings.crop]
        large = np.rot90(large, int(rng.integers(4)))
        large = np.ascontiguousarray(large[:, ::-1] if rng.random() < 0.5 else large)
        if rng.random() < settings.clean_share:
            return shrink(large, scale), large
        return degrade(large, scale, rng, settings.severity), large

    def _pair(
        self, small: np.ndarray, large: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the same part of both, the size of a crop."""
        scale = self._settings.network.scale
        side = self._settings.crop // scale
        top, left = rng.integers(0, len(small) - side + 1, 2)
        part = large[scale * top : scale * (top + side), scale * left : scale * (left + side)]
        return small[top : top + side, left : left + side], part


def to_images(pixels: np.ndarray, device: torch.device) -> Tensor:
    """Return uint8 (N, H, W, 3) as float32 (N, 3, H, W) in [0, 1], channels last in memory."""
    return torch.from_numpy(pixels).to(device).permute(0, 3, 1, 2).float().div_(255)
