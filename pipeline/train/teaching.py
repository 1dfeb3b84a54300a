"""What a teacher makes of a pack: the pairs that a smaller network learns from.

The teacher is dear beside a step of the training. So it is asked before the training begins, once: what it answers is
kept in the cache, a few squares at a time, and found again by whoever wants the same.
"""

import hashlib
import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, final

import numpy as np
import torch
from pydantic import ValidationError

from components.enhancement.architecture import detect
from components.enhancement.weights import read_weights
from components.training import Teaching
from interfaces.contract import Contract
from interfaces.errors import SettingsError, StorageError
from interfaces.events import Listener, Progress, StageStarted
from interfaces.ies import IES, Realesrgan
from interfaces.igdt import IGDT
from interfaces.ipdt import IPDT
from interfaces.ports import Enhancer, RunFolder
from interfaces.provenance import StageRecord
from pipeline.factories.enhancers import make_enhancer
from storage.digest import file_sha256

__all__ = ["Lessons", "Pairs", "check_teacher"]

_VERSION = 1  # of what is asked: another one asks the teacher other things about the same squares
_AT_ONCE = 16
_TRIAL = 2
"""Squares that a dry run lets it enlarge."""
_SMALL, _LARGE, _CARD = "small.npy", "large.npy", "card.json"
_PASSES = 2


class Pairs(NamedTuple):
    """Some squares, and what the teacher makes of them."""

    small: np.ndarray
    """uint8 (N, side, side, 3)."""
    large: np.ndarray
    """uint8 (N, scale·side, scale·side, 3)."""


class _Card(Contract):
    """What complete lessons must be like; it is written last."""

    rows: int
    small_bytes: int
    large_bytes: int


def check_teacher(teaching: Teaching | None) -> None:
    """Look at the teacher, if there is one: the path of a file by now.

    Raises:
        SettingsError: it enlarges by another factor than the network that shall learn.
        WeightsError: its file cannot be read, or is of an unknown network.
    """
    if teaching is None:
        return
    weights = read_weights(Path(teaching.weights))
    scale = detect(weights.state, weights.name).scale
    if scale != teaching.scale:
        raise SettingsError(
            f"teacher: wanted a network that enlarges {teaching.scale} times, as network.scale says, got "
            f"{weights.name}, which does {scale} times"
        )


@final
class Lessons:
    """The squares of a pack and what a teacher makes of them; of each result a piece is given to it once more.

    A picture of 1,024 pixels comes from one of 64 by way of one of 256, so that a network has to enlarge what it has made
    itself as well. The pieces have the size of the squares, and a place that depends on their number alone.

    Args:
        data: RGB squares, of the side that the settings ask for.
        teaching: who is asked, by the path of its file, and about how many squares.
        cache: where what the teacher made is kept, by the digest of all that decides it.
        listener: is told the progress.
    """

    def __init__(
        self, data: IPDT, teaching: Teaching, cache: RunFolder, listener: Listener | None = None
    ) -> None:
        self._data = data
        self._teacher = teaching.weights
        self._scale = teaching.scale
        count = min(teaching.questions, len(data.images))
        self._rows = np.linspace(0, len(data.images) - 1, count).round().astype(int)
        self._cache = cache
        self._listener = listener
        self._enhancer: Enhancer | None = None
        self.fingerprint = self._digest()
        """Of the squares, the teacher, and what it is asked."""

    def _digest(self) -> str:
        decides = {
            "version": _VERSION,
            "data": self._data.fingerprint,
            "teacher": file_sha256(Path(self._teacher)),
            "scale": self._scale,
            "questions": len(self._rows),
        }
        return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()

    def prepare(self, check: Callable[[], None] = lambda: None) -> IPDT:
        """Return the pack with what the teacher makes of its squares, made here or found in the cache.

        Args:
            check: is called before every few squares, and raises where no more shall be made; those that are made stay,
                and are not made again.

        Raises:
            WeightsError: the teacher cannot be read, or gives no picture.
            StorageError: the cache cannot be written.
        """
        found = self._find()
        if found is not None:
            return self._pack(found)
        if self._listener is not None:
            self._listener(StageStarted(stage="teaching", component="realesrgan"))
        starts = range(0, len(self._rows), _AT_ONCE)
        for start in starts:
            if not self._is_made(start):
                check()
                self._make(start)
            self._tell(min(start + _AT_ONCE, len(self._rows)))
        self._join(starts)
        found = self._find()
        if found is None:
            raise StorageError(
                f"{self._cache.path / self.fingerprint} was altered while it was written: try again"
            )
        return self._pack(found)

    def try_out(self) -> tuple[IPDT, float]:
        """Return a pack of the same size, in which one square's enlargement stands for all, and the seconds of all.

        Nothing is written. Where what the teacher makes is in the cache, the pack has it, and it takes no time.
        """
        found = self._find()
        if found is not None:
            return self._pack(found), 0.0
        self._ask(self._rows[:1])  # the first time, caches and kernels are filled
        begin = time.perf_counter()
        made = self._ask(self._rows[:_TRIAL]).large
        seconds = (time.perf_counter() - begin) * len(self._rows) / min(_TRIAL, len(self._rows))
        small = np.asarray(self._data.images)[self._rows].repeat(_PASSES, 0)
        return self._pack(Pairs(small, np.broadcast_to(made[:1], (len(small), *made.shape[1:])))), seconds

    def _pack(self, pairs: Pairs) -> IPDT:
        data = self._data
        pictures = np.arange(len(data.images)) if data.pictures is None else data.pictures
        columns = {"labels": data.labels, "is_test": data.is_test, "pictures": pictures}
        rows = np.asarray(self._rows).repeat(_PASSES)
        taken = {name: np.asarray(column)[rows] for name, column in columns.items()}
        names = tuple(data.names[row] for row in rows) if data.names else ()
        made = {
            "names": names,
            "images": pairs.small,
            "targets": pairs.large,
            "fingerprint": self.fingerprint,
        }
        return IPDT(**{**dict(data), **taken, **made, "folder": self._cache.path / self.fingerprint})

    def _ask(self, rows: np.ndarray) -> Pairs:
        """Return two pairs for each of ``rows``: the square, and a piece of what the teacher makes of it."""
        first = np.asarray(self._data.images[rows])
        made = self._enlarge(first)
        second = np.stack(
            [_piece(large, first.shape[1], int(row)) for large, row in zip(made, rows, strict=True)]
        )
        return Pairs(_alternating(first, second), _alternating(made, self._enlarge(second)))

    def _enlarge(self, small: np.ndarray) -> np.ndarray:
        settings = IES(scale=float(self._scale), enhancer=Realesrgan(weights=self._teacher))
        self._enhancer = self._enhancer or make_enhancer(settings)
        record = StageRecord(stage="generation", component="teaching")
        images = torch.from_numpy(small).permute(0, 3, 1, 2).float().div_(127.5).sub_(1)
        asked = IGDT(images=images.contiguous(), seeds=tuple(range(len(small))), provenance=(record,))
        made = self._enhancer.enhance(asked, settings).final.images
        return made.add(1).mul_(127.5).round_().byte().permute(0, 2, 3, 1).numpy()

    def _name(self, file: object) -> str:
        return f"{self.fingerprint}/{file}"

    def _part(self, start: int) -> str:
        return self._name(f"part-{start:06d}.npz")

    def _is_made(self, start: int) -> bool:
        return (self._cache.path / self._part(start)).is_file()

    def _make(self, start: int) -> None:
        content = io.BytesIO()
        pairs = self._ask(self._rows[start : start + _AT_ONCE])
        np.savez(content, small=pairs.small, large=pairs.large)
        self._cache.write(self._part(start), content.getvalue())

    def _read(self, start: int) -> Pairs:
        with np.load(io.BytesIO(self._cache.read(self._part(start))), allow_pickle=False) as part:
            return Pairs(part["small"], part["large"])

    def _join(self, starts: range) -> None:
        """Write all parts as two arrays that can be mapped into memory, and the card, and remove the parts."""
        side = self._data.side
        for name, place in ((_SMALL, 0), (_LARGE, 1)):
            length = side * (self._scale if place else 1)
            shape = (_PASSES * len(self._rows), length, length, 3)
            with self._cache.writing(self._name(name)) as path, path.open("wb") as file:
                header = {"descr": "|u1", "fortran_order": False, "shape": shape}
                np.lib.format.write_array_header_1_0(file, header)
                for start in starts:
                    file.write(self._read(start)[place].tobytes())
        small, large = (self._cache.path / self._name(name) for name in (_SMALL, _LARGE))
        card = _Card(
            rows=_PASSES * len(self._rows), small_bytes=small.stat().st_size, large_bytes=large.stat().st_size
        )
        self._cache.write(self._name(_CARD), card.model_dump_json(indent=1).encode())
        for start in starts:
            self._cache.delete(self._part(start))

    def _find(self) -> Pairs | None:
        paths = [self._cache.path / self._name(name) for name in (_SMALL, _LARGE)]
        try:
            card = _Card.model_validate_json(self._cache.read(self._name(_CARD)))
            if [path.stat().st_size for path in paths] != [card.small_bytes, card.large_bytes]:
                return None
            small, large = (np.load(path, mmap_mode="r", allow_pickle=False) for path in paths)
        except (StorageError, OSError, ValueError, ValidationError):  # missing, cut off, or altered
            return None
        return Pairs(small, large) if len(small) == len(large) == card.rows else None

    def _tell(self, done: int) -> None:
        if self._listener is not None:
            self._listener(Progress(stage="teaching", done=done, total=len(self._rows), unit="squares"))


def _piece(large: np.ndarray, side: int, row: int) -> np.ndarray:
    top, left = np.random.default_rng(row).integers(0, len(large) - side + 1, 2)
    return large[top : top + side, left : left + side]


def _alternating(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return one of ``first``, one of ``second``, and so on: both are of the same picture, and shall lie together."""
    both: np.ndarray = np.stack([first, second], 1).reshape(-1, *first.shape[1:])
    return both
