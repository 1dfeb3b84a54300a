"""Crops every picture to its centred square, shrinks it, and keeps all squares of a data set in one pack."""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Literal, final

from components.imaging.plain import is_plain
from components.preprocessing.packs import READER, Square, find_pack, mark_pack, write_pack
from components.preprocessing.square import MOST_PIECES, SquareMaker
from interfaces.errors import DataError, SettingsError, StorageError
from interfaces.events import Listener, Progress
from interfaces.itdt import ITDT, TrainingImage
from interfaces.picture_warnings import librarys_warnings
from interfaces.ports import ImageSource, RunFolder

if TYPE_CHECKING:  # brings torch
    from interfaces.ipdt import IPDT

__all__ = ["SquarePreprocessor"]

_VERSION = 1  # of the algorithm: another one makes other bytes of the same pictures
_CHUNK = 16
_SIDES = range(1, 4097)


@final
class SquarePreprocessor:
    """Makes packs of squares: centred crop, bicubic with antialiasing, 8 bit, upright, on white.

    Args:
        side: height and width of the squares in pixels.
        channels: 3 for RGB, 1 for grey.
        draft: decode a large JPEG at a fraction of its size where that does not show (≥ 45 dB).
        enlarge: also take pictures that are smaller than the squares; else they are set aside.
        pieces: also cut a picture of twice the side or more into squares, in its own size and in each half of it,
            for networks that enlarge: see `SquareMaker.make`. The pack's ``pictures`` says which belong together.
        workers: threads that decode, 0 for one on each processor; the result does not depend on it. Pillow lets
            go of the interpreter while it decodes and resizes, so that threads do what processes would.

    Raises:
        SettingsError: a setting is out of its range; all problems at once.
    """

    def __init__(
        self,
        *,
        side: int = 64,
        channels: Literal[1, 3] = 3,
        draft: bool = True,
        enlarge: bool = True,
        pieces: bool = False,
        workers: int = 0,
    ) -> None:
        problems = []
        if side not in _SIDES:
            problems.append(f"side: wanted {_SIDES.start} to {_SIDES.stop - 1}, got {side}")
        if channels not in (1, 3):
            problems.append(f"channels: wanted 1 or 3, got {channels}")
        if workers < 0:
            problems.append(f"workers: wanted at least 0, got {workers}")
        if problems:
            raise SettingsError(*problems)
        self._maker = SquareMaker(side, channels, draft, enlarge, pieces)
        self._workers = workers or os.cpu_count() or 1

    def prepare(
        self, data: ITDT, source: ImageSource, cache: RunFolder, *, listener: Listener | None = None
    ) -> "IPDT":
        """Return the pack of ``data``, in the order of its images, made in ``cache`` or found there.

        Raises:
            DataError: no image could be decoded.
            StorageError: the cache cannot be written.
        """
        key, pack = self._find(data, source, cache)
        if pack is not None:
            return pack
        try:
            with_progress = self._squares(data.images, source, listener)
            write_pack(
                cache, key, data, with_progress, (self._maker.side, self._maker.side, self._maker.channels)
            )
        except StorageError:
            # on Windows a file that another process has just made and mapped cannot be replaced
            pack = find_pack(cache, key, data, reader=READER)
            if pack is None:
                raise
            return pack
        pack = find_pack(cache, key, data, reader=READER)
        if pack is None:
            raise StorageError(f"the pack {cache.path / key} was altered while it was written: try again")
        return pack

    def _find(self, data: ITDT, source: ImageSource, cache: RunFolder) -> "tuple[str, IPDT | None]":
        """Return the key of the pack of ``data``, and the pack where there is one."""
        plain, others = self._key(data, are_plain=True), self._key(data, are_plain=False)
        for key in (others, plain):
            pack = find_pack(cache, key, data, reader=READER)
            if pack is not None:
                return key, pack
        with ThreadPoolExecutor(self._workers) as pool:
            are_plain = all(pool.map(lambda image: _is_plain(source, image.uri), data.images))
        if not are_plain:
            return others, None
        # artgen 0.1 made the same squares of these pictures
        pack = find_pack(cache, plain, data, reader=1)
        if pack is not None:
            mark_pack(cache, plain)
        return plain, pack

    def _key(self, data: ITDT, *, are_plain: bool) -> str:
        settings = {
            "version": _VERSION,
            "data": data.fingerprint,
            "styles": data.styles,
            "side": self._maker.side,
            "channels": self._maker.channels,
            "draft": self._maker.draft,
            **({} if are_plain else {"reader": READER}),
            **({} if self._maker.enlarge else {"enlarge": False}),
            **({"pieces": MOST_PIECES} if self._maker.pieces else {}),
        }
        return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()

    def _squares(
        self, images: Sequence[TrainingImage], source: ImageSource, listener: Listener | None
    ) -> Iterator[Square]:
        def make(chunk: Sequence[TrainingImage]) -> list[Square]:
            return [_square(self._maker, source, image.uri) for image in chunk]

        chunks = [images[start : start + _CHUNK] for start in range(0, len(images), _CHUNK)]
        done = 0
        with librarys_warnings(), ThreadPoolExecutor(self._workers) as pool:
            try:
                for squares in pool.map(make, chunks):
                    yield from squares
                    done += len(squares)
                    if listener is not None:
                        listener(Progress(stage="preprocessing", done=done, total=len(images)))
            finally:
                # whatever ends this early must not wait for the rest
                pool.shutdown(cancel_futures=True)


def _is_plain(source: ImageSource, uri: str) -> bool:
    try:
        return is_plain(source.read(uri))
    except (DataError, StorageError):
        return True  # there is no picture of it in the pack


def _square(maker: SquareMaker, source: ImageSource, uri: str) -> Square:
    try:
        return maker.make(source.read(uri))
    except DataError as error:
        return error
    except StorageError as error:
        return DataError(str(error))
