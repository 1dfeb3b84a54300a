"""A film of the sheets of samples: what the same noise becomes while the model learns."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import PurePosixPath

from PIL import Image

from interfaces.ports import RunFolder

__all__ = ["choose_frames", "make_gif", "read_frames", "sheet_names", "step_of"]

_MOST_FRAMES = 60
_MOST_PIXELS = 384
_FRAME_MS = 125
_LAST_MS = 2000


def sheet_names(folder: RunFolder) -> Sequence[str]:
    """Return the names of all sheets of samples, in order of their steps."""
    return sorted(folder.names("samples/step-*.png"), key=step_of)


def step_of(name: str) -> int:
    """Return the step that a sheet shows.

    >>> step_of("samples/step-000100.png")
    100
    """
    return int(PurePosixPath(name).stem.removeprefix("step-"))


def choose_frames(names: Sequence[str], most: int = _MOST_FRAMES) -> Sequence[str]:
    """Return at most ``most`` of ``names``, evenly spread, the first and the last among them.

    >>> choose_frames("abcdefg", 3)
    ['a', 'd', 'g']
    """
    if len(names) <= most:
        return list(names)
    return [names[round(i * (len(names) - 1) / (most - 1))] for i in range(most)]


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


def make_gif(frames: Iterator[Image.Image]) -> bytes:
    """Return an animated GIF that shows ``frames`` again and again, the last one longest.

    Args:
        frames: RGB, at least one, all of one size.
    """
    # without dithering: its noise would be new in every frame, and take half of the file
    made = [frame.quantize(256, dither=Image.Dither.NONE) for frame in frames]
    content = BytesIO()
    durations = [_FRAME_MS] * (len(made) - 1) + [_LAST_MS]
    made[0].save(
        content, "GIF", save_all=True, append_images=made[1:], duration=durations, loop=0, disposal=1
    )
    return content.getvalue()
