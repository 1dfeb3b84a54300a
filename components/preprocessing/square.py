"""One picture file → small squares of bytes: decode, crop to the centre, shrink, turn upright, cut to pieces."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, floor
from typing import Literal, final

import numpy as np
from PIL import ExifTags, Image, ImageOps, JpegImagePlugin, UnidentifiedImageError

from components.imaging.jpeg import decode_ordinary, read_size
from interfaces.errors import DataError
from interfaces.itdt import MAX_PIXELS, PICTURE_FORMATS

__all__ = ["DRAFT_MARGIN", "MOST_PIECES", "SquareMaker"]

DRAFT_MARGIN = 4
"""A JPEG may be decoded at a fraction of its size as long as both sides keep this many times the target side.

Measured against full decoding on paintings and photographs: at side 64 at least 53 dB, 49 at 32, 46 at 16.
"""

MOST_PIECES = 64
"""Of a picture at one of its sizes: a large scan shall not outweigh all the others."""

_Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels."""

_TURNS: Mapping[int, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF orientation → what makes the picture upright (CIPA DC-008, 4.6.4)."""


@final
@dataclass(frozen=True)
class SquareMaker:
    """Turns picture files into squares.

    >>> file = io.BytesIO()
    >>> Image.new("RGB", (30, 20), "red").save(file, "PNG")
    >>> len(SquareMaker(8, 3, True).make(file.getvalue())) == 8 * 8 * 3
    True
    """

    side: int
    channels: Literal[1, 3]
    draft: bool
    enlarge: bool = True
    """Whether a picture that is smaller than the square is enlarged, or refused."""
    pieces: bool = False
    """Whether a picture of twice the side or more is cut to pieces as well: see `make`."""

    def make(self, content: bytes) -> bytes:
        """Return the square's bytes, row by row, ``channels`` for each pixel.

        With ``pieces``, those of more squares follow: all that lie side by side around the middle of the picture in
        its own size, in half of it, in a quarter, … as long as both sides hold two at least; of each size 64 at most,
        evenly chosen. A network that enlarges learns details from them that the shrunk picture has no more.

        Raises:
            DataError: the file is no picture, damaged, cut off or too large; the message is the reason.
        """
        try:
            whole = self._ordinary_square(content) or self._square(content)
            return whole + self._cut(content) if self.pieces else whole
        except UnidentifiedImageError:
            raise DataError(
                "is not a picture in a format that can be read, or its header is damaged"
            ) from None
        except DataError:
            raise
        except Exception as error:  # the decoders of damaged files trip over anything
            raise DataError(f"cannot be decoded: {error}") from error

    def _cut(self, content: bytes) -> bytes:
        with Image.open(io.BytesIO(content), formats=PICTURE_FORMATS) as image:
            if min(image.size) < 2 * self.side:
                return b""
            image.load()
            ImageOps.exif_transpose(image, in_place=True)
            plain = _plain(image).convert("RGB" if self.channels == 3 else "L")
        found = []
        while min(plain.size) >= 2 * self.side:
            pixels = np.atleast_3d(np.asarray(plain))
            corners = [
                (top, left)
                for top in _starts(plain.height, self.side)
                for left in _starts(plain.width, self.side)
            ]
            chosen = np.linspace(0, len(corners) - 1, min(MOST_PIECES, len(corners))).round().astype(int)
            for top, left in (corners[index] for index in chosen):
                found.append(pixels[top : top + self.side, left : left + self.side].tobytes())
            plain = plain.reduce(2)
        return b"".join(found)

    def _check_enough(self, width: int, height: int) -> None:
        if not self.enlarge and min(width, height) < self.side:
            raise DataError(
                f"is too small: wanted {self.side} pixels on both sides at least, got {width}x{height}"
            )

    def _ordinary_square(self, content: bytes) -> bytes | None:
        size = read_size(content)
        if size is None:
            return None
        width, height, _ = size
        _check_size(width, height)
        self._check_enough(width, height)
        found = decode_ordinary(content, size, DRAFT_MARGIN * self.side if self.draft else None)
        if found is None:
            return None
        pixels, part = found
        return self._finish(pixels, _scaled(_centre(width, height), part), None)

    def _square(self, content: bytes) -> bytes:
        with Image.open(io.BytesIO(content), formats=PICTURE_FORMATS) as image:
            _check_size(*image.size)
            self._check_enough(*image.size)
            if isinstance(image, JpegImagePlugin.JpegImageFile):
                plain, box, turn = self._decode_jpeg(image)
            else:
                image.load()
                ImageOps.exif_transpose(image, in_place=True)
                plain, box, turn = _plain(image), _centre(*image.size), None
            return self._finish(np.atleast_3d(np.asarray(plain)), box, turn)

    def _finish(self, pixels: np.ndarray, box: _Box, turn: Image.Transpose | None) -> bytes:
        square = _shrink(pixels, box, self.side)
        if turn is None and pixels.shape[2] == self.channels:
            return square.tobytes()
        small = Image.fromarray(square.squeeze(2) if pixels.shape[2] == 1 else square)
        upright = small if turn is None else small.transpose(turn)
        return upright.convert("RGB" if self.channels == 3 else "L").tobytes()

    def _decode_jpeg(
        self, image: JpegImagePlugin.JpegImageFile
    ) -> tuple[Image.Image, _Box, Image.Transpose | None]:
        """Return the picture as it is stored, the square in its middle, and what turns it upright."""
        box = _centre(*image.size)
        # most files have no EXIF block, and parsing an absent one takes as long as opening the file
        turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1)) if "exif" in image.info else None
        if self.draft:
            width = image.width
            drafted = image.draft(None, (DRAFT_MARGIN * self.side, DRAFT_MARGIN * self.side))
            if drafted:
                box = _scaled(box, width / drafted[1][2])
        return _plain(image), box, turn


def _shrink(pixels: np.ndarray, box: _Box, side: int) -> np.ndarray:
    """Return the part of uint8 (H, W, C) inside ``box`` as ``side`` x ``side`` pixels.

    Both ways are Pillow's bicubic filter, which widens with the reduction and so is free of aliasing; they differ
    by one grey level at most. Torch's is twice as fast, but knows no fractions of a pixel.
    """
    # here and not above: a pack that is found again must not wait for torch
    import torch
    from torch.nn.functional import interpolate

    left, top, right, bottom = floor(box[0]), floor(box[1]), ceil(box[2]), ceil(box[3])
    crop = pixels[top:bottom, left:right]
    if box != (left, top, right, bottom):
        inner = (box[0] - left, box[1] - top, box[2] - left, box[3] - top)
        image = Image.fromarray(crop.squeeze(2) if crop.shape[2] == 1 else crop)
        return np.atleast_3d(np.asarray(image.resize((side, side), Image.Resampling.BICUBIC, box=inner)))
    if not crop.flags.writeable:  # torch warns of memory that cannot be written
        crop = crop.copy()
    images = torch.from_numpy(crop).permute(2, 0, 1)[None]  # (S, S, C) -> (1, C, S, S)
    small = interpolate(images, size=(side, side), mode="bicubic", antialias=True)
    return np.ascontiguousarray(small[0].permute(1, 2, 0).numpy())  # (C, side, side) -> (side, side, C)


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise DataError(f"is too large: wanted at most {MAX_PIXELS:,} pixels, got {width} x {height}")


def _centre(width: int, height: int) -> _Box:
    """Return the box of the centred square: equal strips are dropped at both sides."""
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    return left, top, left + side, top + side


def _starts(length: int, side: int) -> range:
    """Return where squares begin that lie side by side around the middle of ``length`` pixels."""
    count = length // side
    first = (length - count * side) // 2
    return range(first, first + count * side, side)


def _scaled(box: _Box, part: float) -> _Box:
    left, top, right, bottom = (edge / part for edge in box)
    return left, top, right, bottom


def _plain(image: Image.Image) -> Image.Image:
    """Return the picture in mode L or RGB, transparent parts on white."""
    if image.mode in ("RGB", "L"):
        return image
    if image.mode.startswith("I"):
        return _from_values(image, 65535.0)
    if image.mode == "F":
        return _from_values(image, 1.0)
    if image.has_transparency_data:
        opaque = Image.new("RGBA", image.size, "white")
        opaque.alpha_composite(image.convert("RGBA"))
        return opaque.convert("RGB")
    return image.convert("L" if image.mode == "1" else "RGB")


def _from_values(image: Image.Image, white: float) -> Image.Image:
    """Return a grey picture of 16 or 32 bits in 8 bits, ``white`` becoming 255."""
    values = np.asarray(image, dtype=np.float64)
    low, high = float(values.min()), float(values.max())
    if not (low >= 0 and high <= white):
        raise DataError(f"has grey values from {low:g} to {high:g}: wanted 0 to {white:g}")
    return Image.fromarray(np.round(values * (255 / white)).astype(np.uint8))
