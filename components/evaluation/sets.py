"""The pictures that an evaluation compares, and what it says about them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
import torch
from pydantic import JsonValue
from torch import Tensor

from interfaces.errors import DataError
from interfaces.ports import RunFolder

__all__ = ["Better", "Measurement", "Metric", "PictureSets", "Tell", "to_bytes"]

Better = Literal["lower", "higher", "as real"]
"""Which number is the better one."""

Tell = Callable[[str, int, int], None]
"""Is told what is being done, how much of it is done, and how much there is."""


@dataclass(frozen=True)
class PictureSets:
    """Generated pictures, and as many real ones twice over: the second lot gives the floor of every distance.

    Args:
        generated: uint8 (n, 3, S, S).
        pack: all squares of the data set, uint8 (N, S, S, C), usually memory-mapped.
        real: rows of ``pack`` that the generated pictures are compared with.
        other: as many other rows, compared with ``real`` in the same way.
        training: rows of ``pack`` that the model may have copied.

    Raises:
        DataError: sides or counts differ, or a picture stands in both lots.
    """

    generated: Tensor
    pack: np.ndarray
    real: np.ndarray
    other: np.ndarray
    training: np.ndarray

    def __post_init__(self) -> None:
        side, wanted = self.pack.shape[1], self.generated.shape[2:]
        if (side, side) != tuple(wanted):
            raise DataError(
                f"wanted real pictures of the model's {wanted[1]}x{wanted[0]} pixels, got a pack of {side}x{side}"
            )
        if not len(self.generated) == len(self.real) == len(self.other):
            counts = f"{len(self.generated)}, {len(self.real)} and {len(self.other)}"
            raise DataError(f"wanted as many generated, real and other real pictures, got {counts}")
        if np.intersect1d(self.real, self.other).size:
            raise DataError("wanted two disjoint lots of real pictures, got lots that share some")

    def pictures(self, rows: np.ndarray) -> Tensor:
        """Return these rows of the pack as uint8 (len(rows), 3, S, S); grey is repeated."""
        squares = torch.from_numpy(np.ascontiguousarray(self.pack[rows])).permute(0, 3, 1, 2)
        return squares.expand(-1, 3, -1, -1).contiguous()


@dataclass(frozen=True)
class Measurement:
    """One number, and the same number between two lots of real pictures."""

    key: str
    """Short and stable, for tables and files: ``swd_64``."""
    name: str
    """What it is, features included."""
    value: float
    better: Better
    error: float | None = None
    """Standard deviation where the number is a mean."""
    floor: float | None = None
    """The number with other real pictures in place of the generated ones: nothing can be expected to beat it."""
    floor_error: float | None = None
    details: dict[str, JsonValue] = field(default_factory=dict)
    """How it was measured; ``reading``, where there is one, is a sentence on what the number says."""


class Metric(Protocol):
    """Measures generated pictures against real ones."""

    def measure(self, sets: PictureSets, folder: RunFolder, tell: Tell) -> Sequence[Measurement]:
        """Return what was found.

        Args:
            sets: the pictures; never modified.
            folder: for a picture that shows what the number means.
            tell: is told the progress.
        """
        ...


def to_bytes(images: Tensor) -> Tensor:
    """Return float images in [-1, 1] as the bytes that their files hold.

    >>> to_bytes(torch.tensor([-1.0, 0.0, 1.0])).tolist()
    [0, 128, 255]
    """
    return images.add(1).mul(127.5).round().clamp(0, 255).byte()
