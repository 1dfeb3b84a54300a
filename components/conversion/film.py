"""A film of many pictures, one after another."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps

from components.conversion.sheet import read_thumbnail
from interfaces.errors import SettingsError
from interfaces.ics import ICS

__all__ = ["MOST_FRAMES", "MOST_PIXELS", "encode_film", "read_frames"]

MOST_FRAMES = 100
"""Pictures that a film shows: so many of 512 px take 120 MB while it is written as WebP, and 200 MB as GIF."""
MOST_PIXELS = 512
"""The longer side of a film."""
_PAPER = (255, 255, 255)


def read_frames(pictures: Sequence[Path]) -> list[Image.Image]:
    """Return the frames of a film of picture files: RGB, all of the size of the first one, at most 512 px wide and high.

    Of more than 100 pictures it takes 100, evenly spread, the first and the last among them. One of another shape is laid in the
    middle of white paper, and so is what is transparent.

    Raises:
        SettingsError: there are fewer than two.
        DataError: one is no picture, or damaged.
        StorageError: one cannot be read.
    """
    count = len(pictures)
    if count < 2:
        raise SettingsError(f"film: wanted at least two pictures, got {count}")
    shown = min(count, MOST_FRAMES)
    chosen = [pictures[round(place * (count - 1) / (shown - 1))] for place in range(shown)]
    size: tuple[int, int] | None = None
    frames = []
    for path in chosen:
        picture = read_thumbnail(path, MOST_PIXELS)
        size = size or picture.size
        frames.append(_on_paper(picture, size))
    return frames


def encode_film(frames: Sequence[Image.Image], settings: ICS, packet: bytes) -> bytes:
    """Return an animation of ``frames`` that begins again when it has ended.

    There and back, neither end is shown twice. Each frame stands equally long: in whole milliseconds, and in hundredths of a
    second in a GIF, which has no finer ones.

    Args:
        frames: RGB, at least two, all of one size.
        settings: ``film``, ``frames_per_second``, ``there_and_back``, and ``quality`` for WebP: 100 is lossless.
        packet: XMP; empty for none.
    """
    shown = [*frames, *(frames[-2:0:-1] if settings.there_and_back else ())]
    content = BytesIO()
    if settings.film == "gif":
        hundredths = max(2, round(100 / settings.frames_per_second))  # browsers slow down what is faster
        # without dithering: its noise would be new in every frame, and take half of the file
        palettes = {id(frame): frame.quantize(256, dither=Image.Dither.NONE) for frame in frames}
        first, *rest = (palettes[id(frame)] for frame in shown)
        first.save(
            content, "GIF", save_all=True, append_images=rest, duration=10 * hundredths, loop=0, disposal=1
        )
        return _with_xmp(content.getvalue(), packet)
    how = {"lossless": True, "quality": 25} if settings.quality == 100 else {"quality": settings.quality}
    shown[0].save(
        content, "WEBP", save_all=True, append_images=shown[1:], duration=round(1000 / settings.frames_per_second),
        loop=0, method=4, **how, **({"xmp": packet} if packet else {}),
    )  # fmt: skip
    return content.getvalue()


def _on_paper(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    paper = Image.new("RGB", size, _PAPER)
    fitting = picture if picture.size == size else ImageOps.contain(picture, size)
    place = ((size[0] - fitting.width) // 2, (size[1] - fitting.height) // 2)
    paper.paste(fitting, place, fitting)
    return paper


def _with_xmp(gif: bytes, packet: bytes) -> bytes:
    """Return a GIF with an XMP packet, as Adobe's XMP specification, part 3, lays it out; Pillow writes none."""
    if not packet:
        return gif
    begin, loop, rest = gif.partition(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00")
    # whoever skips blocks by their lengths lands, from within the text, on the end of this descent
    descent = bytes([1, *range(255, -1, -1), 0])
    return begin + loop + b"\x21\xff\x0bXMP DataXMP" + packet + descent + rest
