"""Paintings that the shipped network has not learnt from, and proof that none of them has a twin that it has."""

import io
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from components.preprocessing import SquarePreprocessor
from components.training import ENHANCER_PRESETS
from components.training.enhancer.crops import split
from storage.run_folder import DirectoryFolder
from storage.training.training_store import LocalTrainingStore

SCALE = 4
LARGE_SIDE = 256
"""Of the region in the middle of a large painting."""


@dataclass(frozen=True)
class Picture:
    """A painting to be enlarged."""

    name: str
    truth: np.ndarray
    """uint8 (H, W, 3), sides multiples of `SCALE`."""


@dataclass(frozen=True)
class HeldOut:
    """What is held out of a training."""

    pictures: Sequence[Picture]
    """In their own size: the squares in their middle."""
    nearest: float
    """The most that one of them correlates with one that was learnt from (grey, 16x16)."""


def held_out(archive: Path, count: int) -> HeldOut:
    """Return paintings of ``archive`` that ``artgen train --preset enhancer-x4`` holds out, evenly chosen."""
    store = LocalTrainingStore()
    data = store.describe(str(archive))
    side = ENHANCER_PRESETS["enhancer-x4"].side
    with tempfile.TemporaryDirectory() as folder:
        pack = SquarePreprocessor(side=side, enlarge=False).prepare(
            data, store, DirectoryFolder(Path(folder))
        )
        rows, held = split(pack)
        aside = {each.uri for each in pack.set_aside}
        uris = [image.uri for image in data.images if image.uri not in aside]
        thumbnails = np.stack([_thumbnail(picture) for picture in pack.images])
        del pack  # Windows cannot remove a file that is mapped
    chosen = held[np.linspace(0, len(held) - 1, min(count, len(held))).round().astype(int)]
    pictures = [Picture(uris[row], _square(store.read(uris[row]))) for row in chosen]
    return HeldOut(pictures, float((thumbnails[held] @ thumbnails[rows].T).max()))


def large(folder: Path, count: int) -> Iterator[Picture]:
    """Yield regions from the middle of every second large painting in ``folder``: the others were learnt from."""
    for path in sorted(folder.glob("*.jpg"))[::2][:count]:
        whole = _square(path.read_bytes())
        start = (len(whole) - LARGE_SIDE) // 2
        if start >= 0:
            yield Picture(path.name, whole[start : start + LARGE_SIDE, start : start + LARGE_SIDE])


def _square(content: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(content)) as opened:
        picture = np.asarray(opened.convert("RGB"))
    side = min(picture.shape[:2]) // SCALE * SCALE
    top, left = ((length - side) // 2 for length in picture.shape[:2])
    return picture[top : top + side, left : left + side]


def _thumbnail(picture: np.ndarray) -> np.ndarray:
    """Return 256 grey values of mean 0 and length 1: the product of two is their correlation."""
    grey = Image.fromarray(np.asarray(picture)).convert("L").resize((16, 16), Image.Resampling.BOX)
    values = np.asarray(grey, dtype=np.float64).ravel()
    values -= values.mean()
    return values / max(float(np.linalg.norm(values)), 1e-9)
