"""A film of the sheets of samples: what the same noise becomes while the model learns."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import PurePosixPath

from PIL import Image

from interfaces.ports import RunFolder

__all__ = ["read_frames", "sheet_names", "step_of"]

_MOST_PIXELS = 384


def sheet_names(folder: RunFolder) -> Sequence[str]:
    """Return the names of all sheets of samples, in order of their steps."""
    return sorted(folder.names("samples/step-*.png"), key=step_of)


def step_of(name: str) -> int:
    """Return the step that a sheet shows.

    >>> step_of("samples/step-000100.png")
    100
    """
    return int(PurePosixPath(name).stem.removeprefix("step-"))


def read_frames(folder: RunFolder, names: Sequence[str]) -> Iterator[Image.Image]:
    """Yield the sheets called ``names`` as RGB, all of the size of the last one, at most 384 pixels wide and high."""
    size = (0, 0)
    if names:
        last = Image.open(BytesIO(folder.read(names[-1])))
        last.thumbnail((_MOST_PIXELS, _MOST_PIXELS))
        size = last.size
    for name in names:
        frame = Image.open(BytesIO(folder.read(name))).convert("RGB")
        yield frame if frame.size == size else frame.resize(size, Image.Resampling.LANCZOS)
