"""Stores with many pictures, quickly made: small ones of noise, without a model."""

import io
from pathlib import Path

from PIL import Image

from interfaces.iodt import IODT, EncodedFile
from storage.result_store import SqlResultStore
from storage.run_queue import SqlRunQueue

__all__ = ["STYLES", "make_store"]

STYLES = ("ink", "oil", "woodcut")
"""Picture by picture, in turn."""
_OF_A_RUN = 100


def make_store(root: Path, count: int, side: int = 256) -> None:
    """Store ``count`` pictures with the seeds from 0 on, in runs of a hundred, with a style each."""
    queue, store = SqlRunQueue(root), SqlResultStore(root)
    for first in range(0, count, _OF_A_RUN):
        seeds = range(first, min(first + _OF_A_RUN, count))
        run = queue.create("pipeline", {}, len(seeds), claimed=True)
        store.add(run.id, IODT(files=tuple(_picture(seed, side) for seed in seeds)))
        queue.finish(run.id, "done")


def _picture(seed: int, side: int) -> EncodedFile:
    content = io.BytesIO()
    Image.effect_noise((side, side), 20 + seed % 60).convert("RGB").save(content, "PNG")
    return EncodedFile(
        name=f"seed{seed}_{side}x{side}.png",
        media_type="image/png",
        content=content.getvalue(),
        width=side,
        height=side,
        role="final",
        seed=seed,
        style=STYLES[seed % len(STYLES)],
    )
