"""idx files, the form in which MNIST and its kin are published (LeCun et al. 1998): pictures in one, labels in another."""

import gzip
import re
import struct
import zlib
from collections.abc import Iterable
from io import BytesIO
from itertools import product
from math import prod
from pathlib import PurePosixPath

import numpy as np

from interfaces.errors import DataError
from interfaces.itdt import Split
from storage.training.batches import Batch

__all__ = ["find_idx", "idx_split", "read_idx_labels", "read_idx_pictures"]

_PICTURES = re.compile(r"(?P<set>.*?)images(?P<mark>[-.])idx3-ubyte(\.gz)?", re.IGNORECASE)
_GZIP = b"\x1f\x8b"
_BYTES = 0x08
"""The one type of number that pictures come in."""
_MOST = 1 << 32
"""Bytes of pixels at most: a packed file may hold a thousand times its size."""


def find_idx(names: Iterable[str]) -> list[tuple[str, str | None]]:
    """Return the files of pictures among ``names``, each with the file of its labels, or None where there is none.

    >>> find_idx(["a/train-images-idx3-ubyte.gz", "a/train-labels-idx1-ubyte", "a/readme.txt"])
    [('a/train-images-idx3-ubyte.gz', 'a/train-labels-idx1-ubyte')]
    """
    there = {*names}
    found: dict[str, tuple[str, str | None]] = {}
    for name in sorted(there):
        path = PurePosixPath(name)
        parts = _PICTURES.fullmatch(path.name)
        if parts is None:
            continue
        others = [
            str(path.with_name(f"{parts['set']}labels{mark}idx1-ubyte{packed}"))
            for mark, packed in product((parts["mark"], "-", "."), ("", ".gz"))
        ]
        # of a file that was unpacked beside the packed one, one counts
        found.setdefault(
            name.removesuffix(".gz"), (name, next((each for each in others if each in there), None))
        )
    return list(found.values())


def idx_split(name: str) -> Split:
    """Return the split that a file belongs to, by its name.

    >>> idx_split("MNIST/t10k-images-idx3-ubyte.gz"), idx_split("train-images-idx3-ubyte")
    ('test', 'train')
    """
    file = PurePosixPath(name).name.casefold()
    return "test" if "t10k" in file or "test" in file else "train"


def read_idx_pictures(content: bytes, name: str) -> Batch:
    """Return the pictures of a file, packed by gzip or not.

    Raises:
        DataError: it is no idx file of bytes in three dimensions, or cut off.
    """
    return Batch(_read(content, name, 3)[..., None])


def read_idx_labels(content: bytes, name: str) -> list[int]:
    """Return the labels of a file, packed by gzip or not.

    Raises:
        DataError: it is no idx file of bytes in one dimension, or cut off.
    """
    labels: list[int] = _read(content, name, 1).tolist()
    return labels


def _read(content: bytes, name: str, dimensions: int) -> np.ndarray:
    """Return the array of a file: two zeros, the type, the number of dimensions, each as 32 bits, then the numbers."""
    try:
        with (
            gzip.GzipFile(fileobj=BytesIO(content)) if content.startswith(_GZIP) else BytesIO(content) as file
        ):
            head = file.read(4 + 4 * dimensions)
            if len(head) < 4 + 4 * dimensions or head[:4] != bytes((0, 0, _BYTES, dimensions)):
                raise DataError(
                    f"{name}: wanted an idx file of bytes in {dimensions} dimensions, got one that begins with "
                    f"{head[:4].hex(' ')}"
                )
            shape = struct.unpack(f">{dimensions}I", head[4:])
            wanted = prod(shape)
            if wanted > _MOST:
                raise DataError(f"{name}: wanted at most {_MOST:,} bytes of pixels, got {wanted:,}")
            numbers = file.read(wanted + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{name} is cut off or damaged ({error}): get it again") from error
    if len(numbers) != wanted:
        got = "more" if len(numbers) > wanted else f"{len(numbers):,}"
        raise DataError(
            f"{name} is cut off or damaged: wanted {wanted:,} bytes for {' x '.join(map(str, shape))}, got {got}: get it again"
        )
    return np.frombuffer(numbers, np.uint8).reshape(shape)
