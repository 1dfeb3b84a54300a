"""Files that hold many small pictures as arrays of pixels, without an encoding of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

__all__ = ["Batch"]


@final
@dataclass(frozen=True)
class Batch:
    """The pictures of one file."""

    pixels: np.ndarray
    """uint8 (N, H, W, C) with C 1 or 3."""
    labels: Sequence[int] = ()
    """Of each picture, where the same file has them."""

    def picture(self, index: int) -> bytes:
        """Return one picture as a PPM file, a grey one as PGM: the formats add nothing.

        Raises:
            IndexError: there is none of that number.
        """
        height, width, channels = self.pixels.shape[1:]
        head = b"P6" if channels == 3 else b"P5"
        return b"%b\n%d %d\n255\n" % (head, width, height) + bytes(self.pixels[index].tobytes())
