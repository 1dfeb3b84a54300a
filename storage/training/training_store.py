"""The training store: describes collections of pictures and reads them (first end of ITDT)."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import TypeVar, final

import PIL

from interfaces.errors import DataError, StorageError
from interfaces.events import Listener, Notice, Progress
from interfaces.itdt import ITDT, SetAside, TrainingImage
from interfaces.picture_warnings import librarys_warnings
from interfaces.ports import TrainingStore
from interfaces.registry import Registry
from storage.paths import cache_folder
from storage.run_folder import DirectoryFolder
from storage.training.descriptions import Descriptions
from storage.training.inspection import check_picture
from storage.training.layout import Placed
from storage.training.reader import UriReader
from storage.training.sources import Source, find_source
from storage.training.survey import METADATA_FILE, survey

__all__ = ["TRAINING_STORES", "LocalTrainingStore"]

T = TypeVar("T")
R = TypeVar("R")

_VERSION = 3  # of what is said about the same files
_CHUNK = 16
_SMALL_FILE = 64 * 1024
_REMOTE_THREADS = 16


@final
class LocalTrainingStore:
    """Reads pictures where the user keeps them; writes nothing but its cache of descriptions.

    A source is a folder (one folder for each style, with or without ``train`` and ``test`` above; or flat), a
    ZIP or TAR archive of the same, or ArtBench-10 in its published forms (the two ImageFolders, CIFAR-style
    python batches, LSUN databases; its CSV table is used where it lies beside the pictures); a local path or
    an fsspec URL.

    Args:
        remember: keep descriptions in the cache folder, so that an unchanged source is not read again.
    """

    def __init__(self, *, remember: bool = True) -> None:
        self._remember = remember
        self._reader = UriReader()

    def read(self, uri: str) -> bytes:
        """Return the bytes of the file that `TrainingImage.uri` names.

        Raises:
            StorageError: it is gone or cannot be read.
        """
        return self._reader.read(uri)

    def describe(
        self, source: str, *, style_from_prefix: bool = False, listener: Listener | None = None
    ) -> ITDT:
        """Return what ``source`` holds, in order of the names; bad files are set aside with the reason.

        Raises:
            DataError: nothing usable is there, or the source is damaged as a whole.
            StorageError: the place is not there or cannot be read.
        """
        place = find_source(source, METADATA_FILE)
        state = place.state() if self._remember else None
        if state is None:
            return self._look(place, style_from_prefix, listener)
        descriptions = Descriptions(DirectoryFolder(cache_folder() / "descriptions"))
        key = f"{_VERSION} {PIL.__version__} {style_from_prefix} {place.uri}"
        data = descriptions.find(key, state)
        if data is None:
            data = self._look(place, style_from_prefix, listener)
            _keep(descriptions, key, state, data, listener)
        return data

    def _look(self, source: Source, style_from_prefix: bool, listener: Listener | None) -> ITDT:
        self._reader.forget()  # a file may have been replaced since
        found = survey(source, self._reader, style_from_prefix=style_from_prefix)
        images: list[TrainingImage] = []
        set_aside: list[SetAside] = []
        with librarys_warnings():
            for placed, (digest, fault) in zip(found, self._checks(source, found, listener), strict=True):
                if fault:
                    set_aside.append(SetAside(uri=placed.name, reason=fault))
                else:
                    images.append(
                        TrainingImage(uri=placed.name, style=placed.style, sha256=digest, split=placed.split)
                    )
        if not images:
            raise DataError(_nothing_usable(source, set_aside))
        return ITDT(
            dataset=source.name,
            source=source.uri,
            fingerprint=_fingerprint(images),
            styles=tuple(sorted({image.style for image in images})),
            images=tuple(images),
            set_aside=tuple(set_aside),
        )

    def _checks(
        self, source: Source, found: Sequence[Placed], listener: Listener | None
    ) -> Iterator[tuple[str, str]]:
        """Yield the digest, or the fault, of each file in order."""
        chunks = [found[start : start + _CHUNK] for start in range(0, len(found), _CHUNK)]
        done = 0
        for results in _in_order(_threads(source, len(found)), self._check, chunks):
            yield from results
            done += len(results)
            if listener is not None:
                listener(Progress(stage="data", done=done, total=len(found), unit="files"))

    def _check(self, chunk: Sequence[Placed]) -> list[tuple[str, str]]:
        return [("", placed.fault) if placed.fault else self._check_one(placed.name) for placed in chunk]

    def _check_one(self, uri: str) -> tuple[str, str]:
        try:
            content = self._reader.read(uri)
            check_picture(content)
        except (StorageError, DataError) as error:
            return "", str(error)
        return sha256(content).hexdigest(), ""


def _in_order(threads: int, work: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
    if threads == 1:
        yield from map(work, items)
        return
    with ThreadPoolExecutor(threads) as pool:
        try:
            yield from pool.map(work, items)
        finally:
            pool.shutdown(cancel_futures=True)


def _threads(source: Source, files: int) -> int:
    """Return how many threads read: small local files are faster in one, where no two wait for the interpreter."""
    if not source.is_local:
        return _REMOTE_THREADS
    total = sum(entry.size for entry in source.entries)
    return 1 if total < _SMALL_FILE * max(files, 1) else os.cpu_count() or 1


def _fingerprint(images: Sequence[TrainingImage]) -> str:
    lines = sorted(f"{image.style}\t{image.split}\t{image.sha256}" for image in images)
    return sha256("\n".join(lines).encode()).hexdigest()


def _nothing_usable(source: Source, set_aside: Sequence[SetAside]) -> str:
    if not set_aside:
        return f"{source.uri} holds no pictures: wanted JPEG, PNG, WebP, TIFF, … files, one folder for each style"
    first = set_aside[0]
    return (
        f"{source.uri} holds no usable picture; of {len(set_aside)} files set aside the first: "
        f"{first.uri} {first.reason}"
    )


def _keep(descriptions: Descriptions, key: str, state: str, data: ITDT, listener: Listener | None) -> None:
    try:
        descriptions.keep(key, state, data)
    except StorageError as error:
        # the description is good all the same; the next one takes as long again
        if listener is not None:
            listener(Notice(level="warning", text=f"the description is not kept: {error}"))


TRAINING_STORES: Registry[TrainingStore] = Registry("training_store", {"local": LocalTrainingStore})
