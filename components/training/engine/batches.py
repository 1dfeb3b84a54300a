"""Batches of a pack's training images, in an order that a seed and a position determine."""

from collections.abc import Iterator
from typing import final

import numpy as np
import torch
from torch import Tensor

from components.training.checkpoints.position import Position
from components.training.distributed.ranks import ALONE, Ranks
from components.training.settings.random_sources import random_source
from interfaces.errors import DataError
from interfaces.ipdt import IPDT

__all__ = ["Batches", "mirror_half"]

_DEVICE_SHARE = 0.25
_CHUNK = 1024


@final
class Batches:
    """Training images (``is_test`` 0) in a new order each epoch; an incomplete last batch is left out.

    The bytes stay in the memory map, or lie on an accelerator that has room for them. Each of several ``ranks``
    takes its share of every batch of ``size``. Of one ``style``, they are in an order of their own; of given ``rows``, in the
    one order that as many of any other have, so that those of pairs stay together.
    """

    def __init__(
        self,
        data: IPDT,
        size: int,
        seed: int,
        device: torch.device,
        ranks: Ranks = ALONE,
        *,
        style: int | None = None,
        rows: np.ndarray | None = None,
    ) -> None:
        chosen = np.asarray(data.is_test) == 0
        if style is not None:
            chosen &= np.asarray(data.labels) == style
        self._rows = np.flatnonzero(chosen) if rows is None else rows
        if not len(self._rows):
            of = "" if style is None else f" of {data.styles[style]}"
            raise DataError(
                f"{data.dataset}: wanted at least one training image{of}, got only the test split's "
                f"{len(data.images)}"
            )
        self._name = "epoch" if style is None else f"style {style} epoch"
        self._images = data.images
        self._labels = torch.from_numpy(np.asarray(data.labels, dtype=np.int64)[self._rows])
        self._size = size
        self._seed = seed
        self._device = device
        self._ranks = ranks
        self._order = (-1, torch.empty(0, dtype=torch.int64))
        self._resident = self._upload() if _fits(data, len(self._rows), device) else None

    def __len__(self) -> int:
        """Return the number of training images."""
        return len(self._rows)

    @property
    def labels(self) -> Tensor:
        """The style of every training image, int64 (N,), on the CPU."""
        return self._labels

    def chunks(self) -> Iterator[Tensor]:
        """Yield all training images, some at a time, float32 (N, C, H, W) in [-1, 1]; the same for every rank."""
        for rows in np.array_split(self._rows, range(_CHUNK, len(self._rows), _CHUNK)):
            yield _scaled(torch.from_numpy(self._images[rows]).to(self._device))

    def take(self, position: Position) -> tuple[Tensor, Position]:
        """Return the images at ``position``, float32 (N, C, H, W) in [-1, 1], and the position after them."""
        images, _, after = self.take_labelled(position)
        return images, after

    def take_labelled(self, position: Position) -> tuple[Tensor, Tensor, Position]:
        """Return images as `take` does, their styles, int64 (N,), and the position after them."""
        epoch, offset = position
        if offset + self._size > len(self):
            epoch, offset = epoch + 1, 0
        rows = self._ranks.rows(self._epoch_order(epoch)[offset : offset + self._size])
        chosen = rows.numpy()
        labels = self._labels[rows].to(self._device)
        if self._resident is None:
            pixels = torch.from_numpy(self._images[self._rows[chosen]]).to(self._device)
        else:
            pixels = self._resident[rows.to(self._device)]
        return _scaled(pixels), labels, Position(epoch, offset + self._size)

    def _epoch_order(self, epoch: int) -> Tensor:
        if self._order[0] != epoch:
            rng = random_source(self._seed, f"{self._name} {epoch}")
            self._order = (epoch, torch.randperm(len(self), generator=rng))
        return self._order[1]

    def _upload(self) -> Tensor:
        return torch.from_numpy(self._images[self._rows]).to(self._device)


def _scaled(pixels: Tensor) -> Tensor:
    # rows of pixels are what channels-last convolutions want: the permutation copies nothing
    return pixels.permute(0, 3, 1, 2).float().div_(127.5).sub_(1)  # (N, H, W, C) -> (N, C, H, W)


def _fits(data: IPDT, images: int, device: torch.device) -> bool:
    if device.type != "cuda":
        return False
    free, _ = torch.cuda.mem_get_info(device)
    return bool(images * data.images[0].nbytes < free * _DEVICE_SHARE)


def mirror_half(images: Tensor, rng: torch.Generator, ranks: Ranks = ALONE) -> Tensor:
    """Return ``images`` (N, C, H, W), this rank's share of a batch, with about half of them mirrored left to right."""
    chosen = torch.rand(ranks.count * len(images), 1, 1, 1, generator=rng, device=images.device) < 0.5
    return torch.where(ranks.rows(chosen), images.flip(3), images)
