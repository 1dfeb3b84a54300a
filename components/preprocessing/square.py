"""One picture file → small squares of bytes: decode, crop to the centre, shrink, turn upright, cut to pieces."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from math import ceil, floor
from typing import Literal, final

import numpy as np
from PIL import Image, UnidentifiedImageError

from components.imaging.decode import decode, in_srgb, upright
from components.imaging.eight_bits import on_white
from components.imaging.jpeg import decode_ordinary, read_size
from interfaces.errors import DataError
from interfaces.itdt import MAX_PIXELS, PICTURE_FORMATS
from interfaces.picture_kinds import unread_kind

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

    >>> import io
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
            kind = unread_kind(content)
            raise DataError(
                f"is of the format {kind}: save it as JPEG, PNG or TIFF"
                if kind
                else "is not a picture in a format that can be read, or its header is damaged"
            ) from None
        except DataError:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise DataError(f"is too large: {error}") from error
        except Exception as error:  # the decoders of damaged files trip over anything
            raise DataError(f"cannot be decoded: {error}") from error

    def _cut(self, content: bytes) -> bytes:
        found = []
        for pixels in self._halves(content):
            corners = [
                (top, left)
                for top in _starts(pixels.shape[0], self.side)
                for left in _starts(pixels.shape[1], self.side)
            ]
            chosen = np.linspace(0, len(corners) - 1, min(MOST_PIECES, len(corners))).round().astype(int)
            for top, left in (corners[index] for index in chosen):
                found.append(pixels[top : top + self.side, left : left + self.side].tobytes())
        return b"".join(found)

    def _halves(self, content: bytes) -> Iterator[np.ndarray]:
        """Yield the picture in its own size, in half of it, … as long as both sides hold two squares."""
        with suppress(_TooSmallError):
            decoded = in_srgb(
                decode(content, formats=PICTURE_FORMATS, check=self._check_pieces, first_frame=True)
            )
            plain = _picture(on_white(upright(decoded.pixels, decoded.orientation))).convert(self._mode)
            while min(plain.size) >= 2 * self.side:
                yield np.atleast_3d(np.asarray(plain))
                plain = plain.reduce(2)

    @property
    def _mode(self) -> str:
        return "RGB" if self.channels == 3 else "L"

    def _check_pieces(self, width: int, height: int) -> None:
        if min(width, height) < 2 * self.side:
            raise _TooSmallError

    def _check(self, width: int, height: int) -> None:
        _check_size(width, height)
        self._check_enough(width, height)

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
        self._check(width, height)
        found = decode_ordinary(content, size, DRAFT_MARGIN * self.side if self.draft else None)
        if found is None:
            return None
        pixels, part = found
        return self._finish(pixels, _scaled(_centre(width, height), part), None)

    def _square(self, content: bytes) -> bytes:
        least = DRAFT_MARGIN * self.side if self.draft else None
        decoded = in_srgb(
            decode(content, formats=PICTURE_FORMATS, least=least, check=self._check, first_frame=True)
        )
        plain = on_white(decoded.pixels)
        if decoded.format == "JPEG":  # one that may be large is shrunk as it lies
            box = _scaled(_centre(*decoded.size), decoded.divided)
            return self._finish(plain, box, _TURNS.get(decoded.orientation))
        plain = upright(plain, decoded.orientation)
        return self._finish(plain, _centre(plain.shape[1], plain.shape[0]), None)

    def _finish(self, pixels: np.ndarray, box: _Box, turn: Image.Transpose | None) -> bytes:
        square = _shrink(pixels, box, self.side)
        if turn is None and pixels.shape[2] == self.channels:
            return square.tobytes()
        small = _picture(square)
        stands = small if turn is None else small.transpose(turn)
        return stands.convert(self._mode).tobytes()


class _TooSmallError(Exception):
    """There are no pieces."""


def _picture(pixels: np.ndarray) -> Image.Image:
    """Return uint8 (H, W, 1 or 3) as a picture."""
    return Image.fromarray(pixels.squeeze(2) if pixels.shape[2] == 1 else pixels)


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
        return np.atleast_3d(
            np.asarray(_picture(crop).resize((side, side), Image.Resampling.BICUBIC, box=inner))
        )
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
