"""A sheet that shows pictures side by side, enlarged enough to see the brush work."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

CROP = 112
ZOOM = 2
GAP = 6
LABEL = 26
MOST_BYTES = 400_000


@dataclass(frozen=True)
class Row:
    """One picture in its several forms, all of one size."""

    truth: np.ndarray
    """uint8 (H, W, 3)."""
    made: Mapping[str, np.ndarray]
    """By name, in the order of the columns."""


def comparison_sheet(
    rows: Sequence[Row],
    *,
    truth: bool,
    crop: int = CROP,
    zoom: int = ZOOM,
    most_bytes: int = MOST_BYTES,
) -> bytes:
    """Return a JPEG of less than 400 kB: the part of each picture that has the most detail, a column for each form.

    Args:
        rows: the pictures.
        truth: with the true pictures as the last column.
        crop: side of the part, in pixels.
        zoom: how large each of them is shown.
        most_bytes: another size that the file stays below.
    """
    names = [*rows[0].made, *(["truth"] if truth else [])]
    cell = crop * zoom
    sheet = Image.new("RGB", (len(names) * (cell + GAP) + GAP, LABEL + len(rows) * (cell + GAP)), "white")
    draw = ImageDraw.Draw(sheet)
    for column, name in enumerate(names):
        place = (GAP + column * (cell + GAP) + cell // 2, LABEL // 2)
        draw.text(place, name, "black", ImageFont.load_default(16), anchor="mm")
    for line, row in enumerate(rows):
        top, left = _busiest(row.truth, crop)
        for column, picture in enumerate([*row.made.values(), *([row.truth] if truth else [])]):
            part = Image.fromarray(picture[top : top + crop, left : left + crop])
            large = part.resize((part.width * zoom, part.height * zoom), Image.Resampling.BICUBIC)
            sheet.paste(large, (GAP + column * (cell + GAP), LABEL + line * (cell + GAP)))
    return _small_enough(sheet, most_bytes)


def _busiest(picture: np.ndarray, crop: int) -> tuple[int, int]:
    """Return top and left of the part that has the most steps of brightness."""
    grey = picture.astype(np.float64).mean(2)
    steps = np.abs(np.diff(grey, axis=0))[:, :-1] + np.abs(np.diff(grey, axis=1))[:-1]
    sums = np.pad(steps.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    side = min(crop - 1, *steps.shape)
    inside = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    top, left = np.unravel_index(int(inside.argmax()), inside.shape)
    return int(top), int(left)


def _small_enough(sheet: Image.Image, most_bytes: int) -> bytes:
    for quality in range(92, 0, -4):
        content = io.BytesIO()
        sheet.save(content, "JPEG", quality=quality, subsampling=0, optimize=True)
        if content.tell() < most_bytes:
            break
    return content.getvalue()
