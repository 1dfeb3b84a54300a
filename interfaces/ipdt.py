"""IPDT, Interface of Processed Data Transferring: preprocessing → model training."""

from pathlib import Path
from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from interfaces.arrays import Labels, Pack
from interfaces.contract import Contract, SafeName, Sha256
from interfaces.itdt import SetAside

__all__ = ["IPDT"]


class IPDT(Contract):
    """A pack: all images of one size as bytes on disk, mapped into memory.

    A byte ``b`` stands for ``b / 127.5 - 1``, so that 0…255 covers ``value_range`` linearly.
    """

    dataset: SafeName
    fingerprint: Sha256
    """Digest of the data set's fingerprint and all preprocessing settings."""
    folder: Path
    """Where the pack lies."""
    images: Pack
    """uint8 (N, H, W, C), C 1 or 3; square; usually a read-only memory map."""
    labels: Labels
    """(N,): index into ``styles``."""
    is_test: Labels
    """(N,): 1 for an image of the test split, 0 for training."""
    pictures: Labels | None = None
    """(N,), rising: number of the picture that each image is a piece of; None where each is of a picture of its own."""
    names: tuple[str, ...] = ()
    """What the file of each image is called, without folders and ending, by which pairs are told; empty where nobody says."""
    styles: tuple[SafeName, ...] = Field(min_length=1)
    value_range: Literal["[-1, 1]"] = "[-1, 1]"
    """What training scales the bytes to."""
    set_aside: tuple[SetAside, ...] = ()
    targets: Pack | None = None
    """uint8 (N, k·H, k·W, C): what a network that enlarges shall make of each image; None where nobody has said, so that
    the images are themselves what it shall make of smaller ones."""

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        n, height, width, channels = self.images.shape
        if channels not in (1, 3):
            raise ValueError(f"images: wanted 1 or 3 channels, got {channels}")
        if height != width:
            raise ValueError(f"images: wanted squares, got {height}x{width}")
        columns = (("labels", self.labels), ("is_test", self.is_test), ("pictures", self.pictures))
        for name, array in columns:
            if array is not None and len(array) != n:
                raise ValueError(f"{name}: wanted one for each of the {n} images, got {len(array)}")
        if self.names and len(self.names) != n:
            raise ValueError(f"names: wanted one for each of the {n} images, got {len(self.names)}")
        if self.pictures is not None and (np.diff(self.pictures) < 0).any():
            raise ValueError("pictures: wanted numbers that rise, since pieces of one picture lie together")
        _check_bounds("labels", self.labels, len(self.styles))
        if self.targets is not None:
            _check_targets(self.images.shape, self.targets.shape)
        _check_bounds("is_test", self.is_test, 2)
        return self

    @property
    def side(self) -> int:
        """Height and width in pixels."""
        return int(self.images.shape[1])


def _check_targets(images: tuple[int, ...], targets: tuple[int, ...]) -> None:
    scale = targets[1] // images[1]
    wanted = (images[0], scale * images[1], scale * images[2], images[3])
    if scale < 1 or targets != wanted:
        raise ValueError(
            f"targets: wanted one for each image, a whole number of times as large, got {targets}"
        )


def _check_bounds(name: str, array: np.ndarray, end: int) -> None:
    low, high = int(array.min()), int(array.max())
    if low < 0 or high >= end:
        raise ValueError(f"{name}: wanted values in [0, {end - 1}], got [{low}, {high}]")
