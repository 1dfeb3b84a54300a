"""What a process that follows is told on its standard input: settings and data."""

import io
import mmap
from pathlib import Path
from typing import IO

import numpy as np
from pydantic import JsonValue

from components.training.settings.basic import BasicSettings
from interfaces.contract import Contract
from interfaces.ipdt import IPDT

__all__ = ["Assignment", "read_assignment", "write_assignment"]

_ARRAYS = ("labels", "is_test")


class _MappedImages(Contract):
    """Images that lie in a file, which every process maps into its memory."""

    path: Path
    offset: int
    shape: tuple[int, int, int, int]


class Assignment(Contract):
    """The part of one process."""

    rank: int
    store: Path
    """The file in which the processes find one another."""
    trainer: str
    """Name of the trainer, in the registry."""
    settings: dict[str, JsonValue]
    """Its settings."""
    pack: dict[str, str]
    """The plain fields of the pack."""
    styles: tuple[str, ...]
    images: _MappedImages | None
    """None where they follow as an array."""


def write_assignment(stream: IO[bytes], rank: int, store: Path, settings: BasicSettings, data: IPDT) -> None:
    """Write the part of ``rank``, then the arrays of ``data`` that are in no file."""
    assignment = Assignment(
        rank=rank,
        store=store,
        trainer=settings.trainer,
        settings=settings.model_dump(mode="json"),
        pack={"dataset": data.dataset, "fingerprint": data.fingerprint, "folder": str(data.folder)},
        styles=data.styles,
        images=_mapped(data.images),
    )
    stream.write(assignment.model_dump_json().encode() + b"\n")
    arrays = _ARRAYS if assignment.images else (*_ARRAYS, "images")
    for name in arrays:
        file = io.BytesIO()  # numpy does not write to a pipe
        np.save(file, getattr(data, name), allow_pickle=False)
        stream.write(file.tell().to_bytes(8, "big") + file.getvalue())
    stream.flush()


def read_assignment(stream: IO[bytes]) -> tuple[Assignment, IPDT]:
    """Return what `write_assignment` wrote."""
    assignment = Assignment.model_validate_json(stream.readline())
    arrays = {name: _read_array(stream) for name in _ARRAYS}
    place = assignment.images
    if place is None:
        images = _read_array(stream)
    else:
        images = np.memmap(place.path, np.uint8, "r", place.offset, place.shape)
    fields = {**assignment.pack, "styles": assignment.styles, "images": images, **arrays}
    return assignment, IPDT.model_validate(fields)


def _read_array(stream: IO[bytes]) -> np.ndarray:
    size = int.from_bytes(stream.read(8), "big")
    array: np.ndarray = np.load(io.BytesIO(stream.read(size)), allow_pickle=False)
    return array


def _mapped(images: np.ndarray) -> _MappedImages | None:
    # a view of a map keeps the name of its file, but not its place in it
    if not isinstance(images, np.memmap) or not isinstance(images.base, mmap.mmap) or not images.filename:
        return None
    return _MappedImages(path=Path(images.filename), offset=images.offset, shape=images.shape)
