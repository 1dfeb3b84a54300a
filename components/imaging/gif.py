"""Films as animated GIF: what a training becomes, frame by frame."""

from collections.abc import Iterator, Sequence
from io import BytesIO

from PIL import Image

__all__ = ["choose_frames", "make_gif"]

_MOST_FRAMES = 60
_FRAME_MS = 125
_LAST_MS = 2000


def choose_frames(names: Sequence[str], most: int = _MOST_FRAMES) -> Sequence[str]:
    """Return at most ``most`` of ``names``, evenly spread, the first and the last among them.

    >>> choose_frames("abcdefg", 3)
    ['a', 'd', 'g']
    """
    if len(names) <= most:
        return list(names)
    return [names[round(i * (len(names) - 1) / (most - 1))] for i in range(most)]


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
