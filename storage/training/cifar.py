"""CIFAR-style python batches: pickles of pixel rows, read without running anything that is in them."""

import io
import pickle
import re
from collections.abc import Iterable, Iterator
from math import isqrt
from pathlib import PurePosixPath
from typing import final

import numpy as np

from interfaces.errors import DataError
from interfaces.itdt import Split
from storage.training.batches import Batch

__all__ = ["batch_split", "find_batches", "read_batch", "read_style_names"]

_BATCH = re.compile(r"(data_batch_\d+|test_batch)")
_CIFAR100 = ("train", "test")
_METAS = ("meta", "batches.meta")
_NAME_KEYS = ("styles", "label_names", "fine_label_names")
_LABEL_KEYS = ("labels", "fine_labels")

_MULTIARRAY = ("numpy.core.multiarray", "numpy._core.multiarray")
_NUMERIC = ("numpy.core.numeric", "numpy._core.numeric")
_ALLOWED = frozenset(
    {
        *((module, "_reconstruct") for module in _MULTIARRAY),
        *((module, "_frombuffer") for module in _NUMERIC),
        ("numpy", "ndarray"),
        ("numpy", "dtype"),
        ("_codecs", "encode"),
        ("builtins", "bytearray"),
    }
)


@final
class _Unpickler(pickle.Unpickler):
    """Builds arrays, bytes, dicts, lists, strings and numbers, and refuses everything else."""

    def find_class(self, module: str, name: str) -> object:
        """Return the few functions that rebuild a numpy array."""
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which no batch of pictures needs")
        return super().find_class(module, name)


def find_batches(names: Iterable[str]) -> tuple[list[str], str | None]:
    """Return the batch files among ``names``, in order, and the file with the style names.

    >>> find_batches(["a/meta", "a/test_batch", "a/data_batch_1", "a/readme.html"])
    (['a/data_batch_1', 'a/test_batch'], 'a/meta')
    """
    by_folder: dict[str, dict[str, str]] = {}
    for name in names:
        path = PurePosixPath(name)
        by_folder.setdefault(str(path.parent), {})[path.name] = name
    for folder in sorted(by_folder):
        files = by_folder[folder]
        meta = next((files[name] for name in _METAS if name in files), None)
        batches = [files[name] for name in sorted(files) if _BATCH.fullmatch(name)]
        if meta and not batches:
            batches = [files[name] for name in _CIFAR100 if name in files]
        if batches:
            return batches, meta
    return [], None


def batch_split(name: str) -> Split:
    """Return the split that a batch file belongs to, by its name."""
    return "test" if PurePosixPath(name).name.startswith("test") else "train"


def read_batch(content: bytes, name: str) -> Batch:
    """Return the pictures of a batch file.

    Raises:
        DataError: it is no batch of square RGB pictures, or holds something that must not be unpickled.
    """
    batch = _unpickle(content, name)
    rows = batch.get("data")
    labels = next((batch[key] for key in _LABEL_KEYS if key in batch), None)
    if not isinstance(rows, np.ndarray) or rows.dtype != np.uint8 or rows.ndim != 2:
        raise DataError(f"{name}: wanted `data` to be a uint8 array of rows, got {type(rows).__name__}")
    if not rows.shape[1] or 3 * isqrt(rows.shape[1] // 3) ** 2 != rows.shape[1]:
        raise DataError(f"{name}: wanted rows of square RGB pictures, got {rows.shape[1]} values a row")
    side = isqrt(rows.shape[1] // 3)
    # all red values of a picture, then green, then blue
    pixels = rows.reshape(-1, 3, side, side).transpose(0, 2, 3, 1)  # (N, 3·S·S) -> (N, S, S, 3)
    return Batch(pixels, _labels(labels, len(rows), name))


def read_style_names(content: bytes, name: str) -> list[str]:
    """Return the style names in label order from the ``meta`` file.

    Raises:
        DataError: there are none in it, or it holds something that must not be unpickled.
    """
    meta = _unpickle(content, name)
    names = next((meta[key] for key in _NAME_KEYS if key in meta), None)
    if not isinstance(names, list) or not all(isinstance(style, str) and style for style in names):
        raise DataError(f"{name}: wanted a list of names under one of {', '.join(_NAME_KEYS)}")
    return names


def _labels(labels: object, count: int, name: str) -> list[int]:
    found = labels if isinstance(labels, list) else []
    if len(found) != count or not all(type(label) is int and label >= 0 for label in found):
        raise DataError(f"{name}: wanted one whole number as label for each of the {count} pictures")
    return found


def _unpickle(content: bytes, name: str) -> dict[str, object]:
    try:
        # latin1: the published batches were written by Python 2, whose strings are bytes
        found = _Unpickler(io.BytesIO(content), encoding="latin1").load()
    except Exception as error:  # a damaged pickle trips over anything
        raise DataError(f"{name} is not a batch that is safe to read: {error}") from error
    if not isinstance(found, dict):
        raise DataError(f"{name}: wanted a dict, got {type(found).__name__}")
    return dict(_texts(found))


def _texts(found: dict[object, object]) -> Iterator[tuple[str, object]]:
    for key, value in found.items():
        yield (key.decode("latin1") if isinstance(key, bytes) else str(key)), value
