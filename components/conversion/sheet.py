"""One overview of many pictures."""

from collections.abc import Sequence
from math import ceil, isqrt
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from components.conversion.document import open_picture
from interfaces.errors import DataError, SettingsError, StorageError

__all__ = ["draw_sheet", "read_thumbnail"]

_THUMBNAIL = 256
_GAP = 8
_SIDE_LIMIT = 4096
_PAPER = (255, 255, 255)
_INK = (60, 60, 60)
_LINE = 20
"""Height of a caption."""
_LETTER = 14
"""Height of its letters."""
_LEGIBLE = 96
"""Thumbnails below this side have no captions: a seed would not fit."""


def draw_sheet(pictures: Sequence[Path], captions: Sequence[str] = ()) -> Image.Image:
    """Return thumbnails of ``pictures`` in rows, as near to a square as their number allows, each above its caption where there are some.

    They are read one after another, so memory does not grow with their number. Sides stay within 4096 px.

    Raises:
        SettingsError: there are none, or too many for thumbnails of one pixel, or not as many captions.
        DataError: one is no picture, or damaged.
        StorageError: one cannot be read.
    """
    count = len(pictures)
    if captions and len(captions) != count:
        raise SettingsError(
            f"contact sheet: wanted a caption for each of {count} pictures, got {len(captions)}"
        )
    columns = isqrt(max(count, 1) - 1) + 1
    cell = min(_THUMBNAIL, (_SIDE_LIMIT - _GAP) // columns - _GAP)
    line = _LINE if any(captions) and cell >= _LEGIBLE else 0
    cell = min(cell, (_SIDE_LIMIT - _GAP) // columns - _GAP - line)  # there are no more rows than columns
    if count == 0 or cell < 1:
        raise SettingsError(
            f"contact sheet: wanted at least one picture and at most some 200,000, got {count}"
        )
    font = _font() if line else None
    written = [font.getlength(each) for each in map(_in_one_line, captions)] if font else []
    shown = [_within(_size(path), cell) for path in pictures]
    # no more room than the largest picture takes, or the longest caption
    across = max(max(width for width, _ in shown), min(cell, ceil(max(written, default=0))))
    high = max(height for _, height in shown)
    step, down = across + _GAP, high + line + _GAP
    sheet = Image.new("RGB", (_GAP + columns * step, _GAP + ceil(count / columns) * down), _PAPER)
    draw = ImageDraw.Draw(sheet)
    for index, path in enumerate(pictures):
        thumbnail = read_thumbnail(path, cell)
        row, column = divmod(index, columns)
        left = _GAP + column * step + (across - thumbnail.width) // 2
        top = _GAP + row * down + (high - thumbnail.height) // 2
        sheet.paste(thumbnail, (left, top), thumbnail)
        if font is not None:
            middle = (_GAP + column * step + across / 2, _GAP + row * down + high + line / 2)
            draw.text(middle, _fitting(_in_one_line(captions[index]), font, across), _INK, font, anchor="mm")
    return sheet


def _in_one_line(caption: str) -> str:
    return " ".join(caption.split())


def _size(path: Path) -> tuple[int, int]:
    """Return width and height of a picture file, which is not decoded."""
    try:
        with path.open("rb") as content:
            return open_picture(content, str(path)).size
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror or error}") from error


def _within(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Return a size with no side above ``side``, of the same proportions; one that is small stays."""
    shrunk = min(1.0, side / max(size))
    return max(1, round(size[0] * shrunk)), max(1, round(size[1] * shrunk))


def _font() -> ImageFont.FreeTypeFont:
    """Return a font with the letters of most alphabets; Pillow's own has those of English alone."""
    import matplotlib as mpl

    return ImageFont.truetype(Path(mpl.get_data_path()) / "fonts/ttf/DejaVuSans.ttf", _LETTER)


def _fitting(text: str, font: ImageFont.FreeTypeFont, width: int) -> str:
    """Return as much of the beginning of ``text`` as is no wider than ``width`` pixels."""
    if font.getlength(text) <= width:
        return text
    shown = text
    while shown and font.getlength(f"{shown}…") > width:
        shown = shown[:-1]
    return f"{shown.rstrip()}…"


def read_thumbnail(path: Path, side: int) -> Image.Image:
    """Return a picture file as RGBA, at most ``side`` pixels wide and high.

    Raises:
        DataError: it is no picture, or damaged.
        StorageError: it cannot be read.
    """
    try:
        with path.open("rb") as content:
            picture = open_picture(content, str(path))
            # a JPEG is decoded at a fraction of its size; what is smaller than the cell stays as it is
            picture.draft("RGB", (2 * side, 2 * side))
            thumbnail = picture.convert("RGBA")
    except OSError as error:
        if error.errno is None:
            raise DataError(f"{path}: the picture is damaged: {error}") from error
        raise StorageError(f"{path} cannot be read: {error.strerror or error}") from error
    thumbnail.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return thumbnail
