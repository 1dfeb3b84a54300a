"""Pictures of maps: each class in its own colour, with a legend."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from interfaces.class_maps import ClassMap

__all__ = ["PALETTE", "colour_of", "draw_maps", "slices_of"]

PALETTE = (
    (0x33, 0x22, 0x88),
    (0x88, 0xCC, 0xEE),
    (0x44, 0xAA, 0x99),
    (0x11, 0x77, 0x33),
    (0x99, 0x99, 0x33),
    (0xDD, 0xCC, 0x77),
    (0xCC, 0x66, 0x77),
    (0x88, 0x22, 0x55),
    (0xAA, 0x44, 0x99),
    (0xDD, 0xDD, 0xDD),
)
"""Paul Tol's scheme "muted" (SRON technical note "Colour Schemes", 2021), which the colour-blind tell apart."""

_AXES = ("first", "second", "third")
_SQUARE = 400
"""Least side of a square, in pixels: each point is a block of whole pixels."""
_SLICE = 64
"""The same of a slice."""
_GAP, _LINE = 12, 22
_PAPER, _INK, _EDGE = (255, 255, 255), (40, 40, 40), (120, 120, 120)


def colour_of(label: int) -> tuple[int, int, int]:
    """Return the colour of a class: RGB, 0 to 255. From the eleventh class on they come again, paler.

    >>> colour_of(3), colour_of(13)
    ((17, 119, 51), (136, 187, 153))
    """
    turn, place = divmod(label, len(PALETTE))
    share = 0.5**turn
    red, green, blue = (round(255 - share * (255 - part)) for part in PALETTE[place])
    return red, green, blue


def slices_of(cube: np.ndarray, axis: int) -> list[np.ndarray]:
    """Return the slices of a cube (n, n, n) along a coordinate, 0 for the first, each (n, n), from -1 to 1.

    Of the two coordinates that are left in a slice the earlier one is the last axis, as in a square.
    """
    return [np.take(cube, place, axis=2 - axis) for place in range(len(cube))]


def draw_maps(maps: Sequence[ClassMap], title: str = "") -> Image.Image:
    """Return a picture of maps, RGB, one below the other, with a legend of the classes and their shares.

    A square is shown with the first coordinate to the right and the second one upwards; a cube by its slices along the first,
    the second and the third coordinate, each from -1 to 1 in rows of eight, of the two coordinates left in a slice the earlier
    one to the right. Points of which the classifier is unsure are paler.

    Args:
        maps: at least one, all by the same classes.
        title: above them; empty for none.
    """
    blocks = [_block(one, _caption(one)) for one in maps]
    columns = 5 if len(blocks) > 4 and maps[0].classes.ndim == 2 else 1
    width, height = (max(sizes) for sizes in zip(*(block.size for block in blocks), strict=True))
    legend = _legend(maps)
    rows = -(-len(blocks) // columns)
    left, top = _GAP, _GAP + (_LINE + _GAP // 2 if title else 0)
    inner = columns * (width + _GAP)
    page = Image.new(
        "RGB",
        (left + inner + legend.width + _GAP, top + max(rows * (height + _GAP), legend.height + _GAP)),
        _PAPER,
    )
    if title:
        ImageDraw.Draw(page).text((left, _GAP), title, _INK, _font(16))
    for number, block in enumerate(blocks):
        row, column = divmod(number, columns)
        page.paste(block, (left + column * (width + _GAP), top + row * (height + _GAP)))
    page.paste(legend, (left + inner, top))
    return page


def _caption(one: ClassMap) -> str:
    parts = [] if one.style is None else [f"asked for {one.style}"]
    if one.fourth is not None:
        parts.append(f"fourth coordinate {one.fourth:+g}")
    return ", ".join(parts)


def _block(one: ClassMap, caption: str) -> Image.Image:
    """Return one map with its caption."""
    inner = _square(one.classes, one.confidence, _SQUARE) if one.classes.ndim == 2 else _sheet(one)
    top = _LINE if caption else 0
    block = Image.new("RGB", (inner.width, inner.height + top), _PAPER)
    if caption:
        ImageDraw.Draw(block).text((0, 0), caption, _INK, _font(14))
    block.paste(inner, (0, top))
    return block


def _square(classes: np.ndarray, confidence: np.ndarray, least: int) -> Image.Image:
    """Return a square of classes (n, n) with the last axis to the right and the other upwards, each point a block of pixels."""
    colours = np.array([colour_of(label) for label in range(int(classes.max()) + 1)], np.float32)[classes]
    sure = (0.5 + 0.5 * confidence)[..., None]
    pixels = np.rint(255 - sure * (255 - colours)).astype(np.uint8)
    block = -(-least // len(classes))
    large = pixels[::-1].repeat(block, 0).repeat(block, 1)
    square = Image.new("RGB", (large.shape[1] + 2, large.shape[0] + 2), _EDGE)
    square.paste(Image.fromarray(large), (1, 1))
    return square


def _sheet(cube: ClassMap) -> Image.Image:
    """Return the slices of a cube along each of its axes, in rows of eight below the axis' name."""
    step = _SLICE + 2 + 4
    columns = 8
    rows = -(-len(cube.classes) // columns)
    high = _LINE + rows * (step + 14) + _GAP // 2
    sheet = Image.new("RGB", (columns * step, len(_AXES) * high), _PAPER)
    draw = ImageDraw.Draw(sheet)
    values = np.linspace(-1, 1, len(cube.classes))
    for axis, name in enumerate(_AXES):
        draw.text((0, axis * high), f"along the {name} coordinate", _INK, _font(14))
        parts = zip(slices_of(cube.classes, axis), slices_of(cube.confidence, axis), strict=True)
        for place, (classes, confidence) in enumerate(parts):
            row, column = divmod(place, columns)
            left, top = column * step, axis * high + _LINE + row * (step + 14)
            picture = _square(classes, confidence, _SLICE).resize(
                (_SLICE + 2, _SLICE + 2), Image.Resampling.NEAREST
            )
            sheet.paste(picture, (left, top))
            draw.text((left, top + _SLICE + 3), f"{values[place]:+.2f}", _INK, _font(11))
    return sheet


def _legend(maps: Sequence[ClassMap]) -> Image.Image:
    """Return the names of the classes beside their colours, with the share of all points that each has."""
    names, font = maps[0].names, _font(14)
    shares = np.mean([one.shares for one in maps], axis=0)
    texts = [f"{name}   {100 * share:.1f} %" for name, share in zip(names, shares, strict=True)]
    width = round(max(font.getlength(text) for text in texts)) + 34
    legend = Image.new("RGB", (width, len(names) * _LINE), _PAPER)
    draw = ImageDraw.Draw(legend)
    for label, text in enumerate(texts):
        top = label * _LINE
        draw.rectangle((0, top + 2, 22, top + 17), colour_of(label), _EDGE)
        draw.text((30, top), text, _INK, font)
    return legend


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    """Return a font with the letters of most alphabets; Pillow's own has those of English alone."""
    import matplotlib as mpl

    return ImageFont.truetype(Path(mpl.get_data_path()) / "fonts/ttf/DejaVuSans.ttf", size)
