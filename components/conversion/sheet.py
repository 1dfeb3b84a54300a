"""One overview of many pictures."""

from collections.abc import Sequence
from math import ceil, isqrt
from pathlib import Path

from PIL import Image

from components.conversion.document import open_picture
from interfaces.errors import DataError, SettingsError, StorageError

__all__ = ["draw_sheet"]

_THUMBNAIL = 256
_GAP = 8
_SIDE_LIMIT = 4096
_PAPER = (255, 255, 255)


def draw_sheet(pictures: Sequence[Path]) -> Image.Image:
    """Return thumbnails of ``pictures`` in rows, as near to a square as their number allows.

    They are read one after another, so memory does not grow with their number. Sides stay within 4096 px.

    Raises:
        SettingsError: there are none, or too many for thumbnails of one pixel.
        DataError: one is no picture, or damaged.
        StorageError: one cannot be read.
    """
    count = len(pictures)
    columns = isqrt(max(count, 1) - 1) + 1
    cell = min(_THUMBNAIL, (_SIDE_LIMIT - _GAP) // columns - _GAP)
    if count == 0 or cell < 1:
        raise SettingsError(
            f"contact sheet: wanted at least one picture and at most some 200,000, got {count}"
        )
    step = cell + _GAP
    sheet = Image.new("RGB", (_GAP + columns * step, _GAP + ceil(count / columns) * step), _PAPER)
    for index, path in enumerate(pictures):
        thumbnail = _read_thumbnail(path, cell)
        row, column = divmod(index, columns)
        left = _GAP + column * step + (cell - thumbnail.width) // 2
        top = _GAP + row * step + (cell - thumbnail.height) // 2
        sheet.paste(thumbnail, (left, top), thumbnail)
    return sheet


def _read_thumbnail(path: Path, side: int) -> Image.Image:
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
