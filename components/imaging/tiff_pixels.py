"""The pixels of a TIFF file by the file's own tags: depth, photometric interpretation, planes, predictor, byte order.

Pillow knows the kinds that its table of modes knows; of others it shows the upper eight bits, or the negative.
"""

import io
import logging
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from components.imaging.depth import stretched
from components.imaging.tiff_folders import TiffPages
from interfaces.errors import DataError

__all__ = ["TiffPixels", "read_tiff_pixels"]

_BITS, _COMPRESSION, _PHOTOMETRIC, _SAMPLE_FORMAT = 258, 259, 262, 339
_COLOURS = {0: 1, 1: 1, 2: 3, 5: 4}
"""Photometric interpretation → channels of colour: white is zero, black is zero, RGB, CMYK."""
_WHITE_IS_ZERO, _RGB, _SEPARATED = 0, 2, 5
_JPEG = {6, 7, 34892}
_ASSOCIATED, _UNASSOCIATED, _OPACITY = 1, 2, (1, 2)
_UNCOMPRESSED = 1
_WHOLE, _FLOAT = 1, 3
_CMYK_INKS = 1


class TiffPixels(NamedTuple):
    """The numbers of a picture, black at 0."""

    values: np.ndarray
    """uint8, uint16, or grey float32 (H, W, C): grey, RGB, or CMYK of 8 bits, opacity behind them where there is any."""
    is_cmyk: bool
    lost: tuple[str, ...]
    """What was left out."""


def read_tiff_pixels(content: bytes, pages: TiffPages) -> TiffPixels | None:
    """Return the pixels; None where they are of a kind that Pillow reads right: palettes, JPEG, one bit.

    Raises:
        DataError: its numbers are of a kind that cannot be read right.
    """
    import tifffile

    # it complains of damaged tags without naming a file
    logging.getLogger("tifffile").setLevel(logging.CRITICAL)
    if _is_pillows(pages):
        return None
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        page = file.pages[pages.main]
        assert isinstance(page, tifffile.TiffPage)  # noqa: S101  # told to the type checker
        limit = Image.MAX_IMAGE_PIXELS
        if limit and page.imagewidth * page.imagelength > limit:
            raise DataError(f"its {page.imagewidth * page.imagelength} pixels are more than {limit}")
        _check_whole(page, len(content))
        photometric = int(page.photometric)
        if photometric == _SEPARATED and page.tags.valueof(332, _CMYK_INKS) != _CMYK_INKS:
            raise DataError("wanted grey, RGB or CMYK pixels, got other inks")
        values = _in_order(page.asarray(), page.axes)
        extras: tuple[int, ...] = page.extrasamples
        if not extras and photometric == _RGB and values.shape[2] == 4:
            extras = (_UNASSOCIATED,)  # as other readers take a fourth channel of which nothing is said
        return _numbers(values, photometric, page.bitspersample, int(page.sampleformat), extras)


def _is_pillows(pages: TiffPages) -> bool:
    entries, order = pages.folders[pages.main].entries, pages.header.order

    def number(tag: int, otherwise: int) -> int:
        found = entries[tag].number(order) if tag in entries else None
        return otherwise if found is None else found

    photometric, bits = number(_PHOTOMETRIC, _WHITE_IS_ZERO), number(_BITS, 1)
    if photometric in _COLOURS and number(_COMPRESSION, 1) not in _JPEG:
        return bits == 1
    if bits > 8 or number(_SAMPLE_FORMAT, _WHOLE) != _WHOLE:
        raise DataError(
            f"wanted grey, RGB or CMYK pixels of more than 8 bits, got {bits} bits of photometric interpretation"
            f" {photometric}, compression {number(_COMPRESSION, 1)}"
        )
    return True


def _check_whole(page: Any, length: int) -> None:
    """Refuse a file that is cut off: what is not there would be read as black."""
    offsets, counts = page.dataoffsets, page.databytecounts
    if page.compression == _UNCOMPRESSED and not page.is_tiled and sum(counts) > page.nbytes:
        # some say that there is more than there is
        counts = [max(min(size, length - at), 0) for at, size in zip(offsets, counts, strict=True)]
        if sum(counts) < page.nbytes:
            counts = ()
    if not counts or any(
        not at or not size or at + size > length for at, size in zip(offsets, counts, strict=True)
    ):
        raise DataError("cannot be read as a picture: it is truncated, pixels are missing")


def _in_order(values: np.ndarray, axes: str) -> np.ndarray:
    """Return (H, W, C)."""
    match axes:
        case "YX":
            return values[..., None]
        case "YXS":
            return values
        case "SYX":
            return np.moveaxis(values, 0, -1)
    raise DataError(f"wanted a picture of two dimensions, got the axes {axes}")


def _numbers(
    values: np.ndarray, photometric: int, bits: int, sample_format: int, extras: tuple[int, ...]
) -> TiffPixels:
    colours = _COLOURS[photometric]
    opacity = next((place for place, kind in enumerate(extras) if int(kind) in _OPACITY), None)
    if values.shape[2] != colours + len(extras):
        raise DataError(f"wanted {colours + len(extras)} channels, got {values.shape[2]}")
    lost = ("channels that are neither colour nor opacity",) * (len(extras) > (opacity is not None))
    alpha = None if opacity is None else values[..., colours + opacity :][..., :1]
    if sample_format == _FLOAT:
        if colours != 1 or alpha is not None or photometric == _WHITE_IS_ZERO:
            raise DataError("wanted 8 or 16 bit whole numbers, got floating-point pixels of unknown range")
        return TiffPixels(values[..., :1].astype(np.float32), False, lost)
    if sample_format != _WHOLE or not isinstance(bits, int) or bits > 16:
        raise DataError(
            f"wanted 8 or 16 bit whole numbers, got pixels of {values.min()} to {values.max()}, whose range is unknown:"
            f" {bits} bits{' with a sign' if sample_format != _WHOLE else ''}"
        )
    shown = values[..., :colours]
    most = 2**bits - 1
    if photometric == _WHITE_IS_ZERO:
        shown = most - shown
    if alpha is not None and int(extras[opacity or 0]) == _ASSOCIATED:
        shown = _straight(shown, alpha, most)
    both = shown if alpha is None else np.concatenate([shown, alpha], axis=2)
    if photometric == _SEPARATED and bits > 8:
        eight = (both.astype(np.float64) * (255 / most)).round().astype(np.uint8)
        return TiffPixels(eight, True, (*lost, f"{bits} bits, 8 are left"))
    scaled = stretched(both, most, np.uint8 if bits <= 8 else np.uint16)
    return TiffPixels(scaled, photometric == _SEPARATED, lost)


def _straight(colours: np.ndarray, alpha: np.ndarray, most: int) -> np.ndarray:
    """Return colours that were multiplied by their opacity as they were before."""
    with np.errstate(divide="ignore", invalid="ignore"):
        before = colours.astype(np.float64) * most / alpha
    found: np.ndarray = np.where(alpha > 0, before.round().clip(0, most), 0).astype(colours.dtype)
    return found
