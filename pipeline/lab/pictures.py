"""Pictures of what an `Explorer` finds, drawn with Pillow, with the mark of generated ones."""

from collections.abc import Iterable, Sequence
from math import ceil, sqrt
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from components.conversion.ai_mark import COMPOSITE, GENERATED
from components.conversion.document import to_xmp
from components.conversion.encoding import encode
from components.conversion.film import encode_film
from components.conversion.pixels import to_picture
from interfaces.errors import StorageError
from interfaces.ics import ICS

__all__ = ["activation_sheet", "grid", "large", "write_film", "write_picture"]

_LEAST_SIDE = 256
_GAP = 4
_PAPER = (255, 255, 255)


def large(image: Tensor, least: int = _LEAST_SIDE) -> Image.Image:
    """Return an image float32 (C, H, W) in [-1, 1] with each pixel repeated until its side is at least ``least``."""
    picture = to_picture(image.expand(3, -1, -1) if len(image) == 1 else image, None)
    times = ceil(least / picture.width)
    return picture.resize((picture.width * times, picture.height * times), Image.Resampling.NEAREST)


def grid(pictures: Sequence[Image.Image], columns: int) -> Image.Image:
    """Return pictures of one size side by side on white, in rows of ``columns``."""
    width, height = pictures[0].size
    rows = ceil(len(pictures) / columns)
    sheet = Image.new("RGB", (columns * (width + _GAP) + _GAP, rows * (height + _GAP) + _GAP), _PAPER)
    for index, picture in enumerate(pictures):
        row, column = divmod(index, columns)
        sheet.paste(picture, (_GAP + column * (width + _GAP), _GAP + row * (height + _GAP)))
    return sheet


def activation_sheet(maps: Tensor) -> Image.Image:
    """Return activations float32 (channels, height, width) as one sheet: grey is 0, white the largest of all, black its opposite."""
    if maps.shape[1:] == (1, 1):  # numbers alone: as a square of them
        side = ceil(sqrt(len(maps)))
        flat = torch.zeros(side * side)
        flat[: len(maps)] = maps[:, 0, 0]
        maps = flat.view(1, side, side)
    scaled = maps / maps.abs().max().clamp_min(1e-12)
    columns = ceil(sqrt(len(maps)))
    least = max(maps.shape[2], 512 // columns)
    return grid([large(each[None], least) for each in scaled], columns)


def write_picture(path: Path, picture: Image.Image, *, single: bool = False) -> None:
    """Write a PNG that says that a model made it: one picture alone, or several on a sheet.

    Raises:
        StorageError: it cannot be written.
    """
    _write(path, encode(picture, ICS(format="png"), None, GENERATED if single else COMPOSITE))


def write_film(path: Path, images: Iterable[Tensor], frames_per_second: int) -> None:
    """Write a GIF of images float32 (C, H, W) in [-1, 1], there and back.

    Raises:
        StorageError: it cannot be written.
    """
    settings = ICS(film="gif", frames_per_second=frames_per_second, there_and_back=True)
    frames = [large(each) for each in images]
    _write(path, encode_film(frames, settings, to_xmp(None, GENERATED)))


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror or error}") from error
