"""Packs on disk: squares, labels and splits as arrays, and a card that is written last.

A pack is the folder ``<key>/`` in the cache with ``images.npy``, ``labels.npy``, ``is_test.npy``, ``pictures.npy`` where
a picture may give several squares, and ``pack.json``. Without a card that fits there is no pack: one that was interrupted
or damaged is made again.
"""

import hashlib
import io
import math
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, Literal
from urllib.parse import unquote

import numpy as np

from interfaces.contract import Contract, SafeName, Sha256
from interfaces.errors import DataError, StorageError
from interfaces.itdt import ITDT, SetAside
from interfaces.ports import RunFolder

if TYPE_CHECKING:  # brings torch
    from interfaces.ipdt import IPDT

__all__ = ["READER", "Square", "find_pack", "mark_pack", "write_pack"]

READER = 2
"""Version of the reader of picture files; the first one gave the same of plain pictures alone."""

Square = bytes | DataError
"""The bytes of one picture's square or squares, one after the other, or why there is none."""

_BLOCK = 1 << 20
"""Bytes that are written and digested at once: each time the interpreter is let go of and must be won back."""
_IMAGES, _LABELS, _IS_TEST, _PICTURES = "images.npy", "labels.npy", "is_test.npy", "pictures.npy"
_CARD = "pack.json"


class _Card(Contract):
    """What a pack must be like."""

    shape: tuple[int, int, int, Literal[1, 3]]
    styles: tuple[SafeName, ...]
    bytes: int
    """Size of images.npy."""
    pixels_sha256: Sha256
    """Digest of images.npy without its header: for audits, since hashing it at every start would take seconds."""
    labels_sha256: Sha256
    is_test_sha256: Sha256
    pictures_sha256: Sha256 | None = None
    """None where each square is of a picture of its own."""
    unreadable: dict[Sha256, str]
    """Digests of the files that could not be decoded, with the reason."""
    reader: int = 1
    """Version of the reader that made it, or one that was found to read all of its pictures alike."""


def find_pack(cache: RunFolder, key: str, data: ITDT, *, reader: int) -> "IPDT | None":
    """Return the pack of ``data`` under ``key``, mapped into memory, or None where it is missing or damaged.

    Args:
        cache: where packs are.
        key: name of the pack.
        data: the data set.
        reader: version at least of the reader of pictures that made it.
    """
    from interfaces.ipdt import IPDT

    try:
        card = _Card.model_validate_json(cache.read(f"{key}/{_CARD}"))
        if card.reader < reader:
            return None
        images_path = cache.path / key / _IMAGES
        if images_path.stat().st_size != card.bytes:
            return None
        images = np.load(images_path, mmap_mode="r", allow_pickle=False)
        if images.shape != card.shape:
            return None
        pictures = None
        if card.pictures_sha256 is not None:
            pictures = _load(cache.read(f"{key}/{_PICTURES}"), card.pictures_sha256)
        return IPDT(
            dataset=data.dataset,
            fingerprint=key,
            folder=images_path.parent,
            images=images,
            labels=_load(cache.read(f"{key}/{_LABELS}"), card.labels_sha256),
            is_test=_load(cache.read(f"{key}/{_IS_TEST}"), card.is_test_sha256),
            pictures=pictures,
            names=_names(data, card, pictures),
            styles=card.styles,
            set_aside=(*data.set_aside, *_unreadable(data, card)),
        )
    except (OSError, ValueError):  # missing, cut off, or altered
        return None


def mark_pack(cache: RunFolder, key: str) -> None:
    """Mark a pack of the first reader as what this one makes, so that its pictures need not be looked at again."""
    card = _Card.model_validate_json(cache.read(f"{key}/{_CARD}"))
    with suppress(StorageError):  # a cache that cannot be written is looked at again
        _write_card(cache, key, card.model_copy(update={"reader": READER}))


def write_pack(
    cache: RunFolder, key: str, data: ITDT, squares: Iterable[Square], shape: tuple[int, int, Literal[1, 3]]
) -> None:
    """Write the pack of ``data`` under ``key``.

    Args:
        cache: where packs are.
        key: name of the pack.
        data: the data set.
        squares: those of each image of ``data``, in order.
        shape: height, width and channels of a square.

    Raises:
        DataError: there is no square at all.
        StorageError: the cache cannot be written; no half pack is left.
    """
    unreadable: dict[str, str] = {}
    kept: list[int] = []  # which image each square is of
    length = math.prod(shape)
    first = None
    digest = hashlib.sha256()
    block = bytearray()
    with cache.writing(f"{key}/{_IMAGES}") as path, path.open("wb") as file:
        _write_header(file, (len(data.images), *shape))
        for index, square in enumerate(squares):
            if isinstance(square, DataError):
                first = first or f"{data.images[index].uri} {square}"
                unreadable[data.images[index].sha256] = str(square)
            else:
                block += square
                kept += [index] * (len(square) // length)
                if len(block) >= _BLOCK:
                    _flush(block, file, digest)
        _flush(block, file, digest)
        if not kept:
            raise DataError(f"none of the {len(data.images)} pictures can be decoded; the first: {first}")
        size = file.tell()
        _write_header(file, (len(kept), *shape))
    places = {style: label for label, style in enumerate(data.styles)}
    labels = [places[data.images[index].style] for index in kept]
    is_test = [int(data.images[index].split == "test") for index in kept]
    card = _Card(
        shape=(len(kept), *shape),
        styles=data.styles,
        bytes=size,
        pixels_sha256=digest.hexdigest(),
        labels_sha256=_save(cache, f"{key}/{_LABELS}", labels),
        is_test_sha256=_save(cache, f"{key}/{_IS_TEST}", is_test),
        pictures_sha256=None if len(set(kept)) == len(kept) else _save(cache, f"{key}/{_PICTURES}", kept),
        unreadable=unreadable,
        reader=READER,
    )
    _write_card(cache, key, card)


def _write_card(cache: RunFolder, key: str, card: _Card) -> None:
    cache.write(f"{key}/{_CARD}", card.model_dump_json(indent=1).encode())


def _flush(block: bytearray, file: IO[bytes], digest: "hashlib._Hash") -> None:
    file.write(block)
    digest.update(block)
    block.clear()


def _write_header(file: IO[bytes], shape: tuple[int, ...]) -> None:
    """Write the header of a .npy file; numpy leaves room in it, so that a smaller count fits in its place."""
    file.seek(0)
    np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})


def _save(cache: RunFolder, name: str, values: Sequence[int]) -> str:
    file = io.BytesIO()
    np.save(file, np.asarray(values, dtype=np.int64), allow_pickle=False)
    cache.write(name, file.getvalue())
    return hashlib.sha256(file.getvalue()).hexdigest()


def _load(content: bytes, digest: str) -> np.ndarray:
    if hashlib.sha256(content).hexdigest() != digest:
        raise ValueError("altered")
    values: np.ndarray = np.load(io.BytesIO(content), allow_pickle=False)
    return values


def _names(data: ITDT, card: _Card, pictures: np.ndarray | None) -> tuple[str, ...]:
    """Return what the file of each square is called, without folders and ending."""
    if pictures is not None:
        uris = [data.images[index].uri for index in pictures]
    else:
        uris = [image.uri for image in data.images if image.sha256 not in card.unreadable]
    # of one in an archive, that stands behind it: zip://a/1.jpg::/x.zip
    paths = (unquote(uri.partition("::")[0]).replace("\\", "/") for uri in uris)
    return tuple(PurePosixPath(path).stem.encode("utf-8", "replace").decode() for path in paths)


def _unreadable(data: ITDT, card: _Card) -> list[SetAside]:
    if not card.unreadable:
        return []
    return [
        SetAside(uri=image.uri, reason=card.unreadable[image.sha256])
        for image in data.images
        if image.sha256 in card.unreadable
    ]
