"""Writes a picture as the file that it came from was: grey, opacity, sixteen bits, colour profile, EXIF, XMP, texts."""

import io
import struct
from typing import Any

import numpy as np
import torch
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from torch import Tensor

from components.imaging.chunks import chunk
from components.imaging.fitting import fit
from components.imaging.formats import PNG_LEVEL, check_side, holds_16_bits
from components.imaging.jpeg_attachments import EXTENDED_XMP
from components.imaging.photoshop import iptc_resource
from components.imaging.png_attachments import XMP_KEY
from components.imaging.raw_files import encode_png, encode_tiff
from components.imaging.segments import read_segments, segment
from interfaces.attachments import Attachments
from interfaces.ics import ICS

__all__ = ["encode_preserving"]

_BAND = 256
"""Rows that are converted at a time."""

_SOFTWARE = "Software"
_APP1, _APP13 = 0xE1, 0xED
_UNIT_AT = 13
"""Where JFIF says in which unit it gives the density, which follows."""
_HEADER_ENDS = 33
"""Where the first chunk of a PNG ends."""
_INCH = 0.0254
"""In metres."""
_OWN_KEY, _FORMER_KEY = "artgen", "artgen-input"
_OWN_TAG, _FORMER_TAG = b"artgen:document>", b"artgen:input>"


def encode_preserving(
    image: Tensor,
    alpha: Tensor | None,
    settings: ICS,
    *,
    bits: int,
    is_grey: bool,
    attachments: Attachments,
) -> bytes:
    """Return the content of a file.

    The numbers are those of sRGB: a profile is written where it means the same. What artgen had written into the input
    about its making is kept under another name, since it speaks of that file.

    Args:
        image: (3, H, W) float32 in [-1, 1].
        alpha: (1, H, W) float32 in [0, 1], or None; JPEG, which has none, is laid on white.
        settings: format and quality.
        bits: of each channel, 8 or 16; JPEG and WebP hold 8.
        is_grey: write one channel in place of three; WebP has no such pictures.
        attachments: what else goes into the file, as far as the format can hold it: see `losses`.

    Raises:
        SettingsError: the format cannot hold a picture of that size.
    """
    check_side(settings.format, max(image.shape[1:]))
    if alpha is not None and settings.format == "jpeg":
        image, alpha = image.add(1).mul_(alpha).add_(1 - alpha, alpha=2.0).sub_(1), None
    deep = bits == 16 and holds_16_bits(settings)
    grey = is_grey and settings.format != "webp"
    values = _values(image, alpha, deep=deep, grey=grey)
    size = (int(image.shape[2]), int(image.shape[1]))
    taken = fit(attachments, settings.format, size, is_grey=grey).attachments
    xmp = taken.xmp.replace(_OWN_TAG, _FORMER_TAG) if taken.xmp else None
    match settings.format:
        case "png":
            return _png(values, taken, xmp)
        case "tiff":
            return encode_tiff(
                values, icc=taken.icc, exif=taken.exif, xmp=xmp, iptc=taken.iptc, density=taken.density
            )
        case "jpeg":
            return _jpeg(values, settings.quality, taken, xmp)
        case "webp":
            return _webp(values, settings.quality, taken, xmp)


def _values(image: Tensor, alpha: Tensor | None, *, deep: bool, grey: bool) -> np.ndarray:
    """Return uint8 or uint16 (H, W, C): grey or RGB, with opacity where there is some."""
    steps, dtype = (65535.0, np.uint16) if deep else (255.0, np.uint8)
    channels = (1 if grey else 3) + (alpha is not None)
    values = np.empty((*image.shape[1:], channels), dtype)
    for start in range(
        0, len(values), _BAND
    ):  # a large picture has no room beside it for copies in floating point
        band = slice(start, start + _BAND)
        colours = image[:, band].detach().cpu().add(1.0).mul_(0.5)
        colours = colours.mean(dim=0, keepdim=True) if grey else colours
        both = colours if alpha is None else torch.cat([colours, alpha[:, band].detach().cpu()])
        values[band] = both.mul(steps).round_().clamp_(0, steps).permute(1, 2, 0).numpy()
    return values


def _png(values: np.ndarray, taken: Attachments, xmp: bytes | None) -> bytes:
    texts = PngInfo()
    if _SOFTWARE not in taken.texts:
        texts.add_text(_SOFTWARE, "artgen")
    for key, text in taken.texts.items():
        texts.add_itxt(_FORMER_KEY if key == _OWN_KEY else key, text)
    if xmp is not None:
        texts.add_itxt(XMP_KEY, xmp.decode("utf-8", errors="replace"))
    options = _given(pnginfo=texts, exif=taken.exif, icc_profile=taken.icc)
    if values.dtype == np.uint16:
        content = encode_png(values, options, level=PNG_LEVEL)
    else:
        content = _save(values, "PNG", compress_level=PNG_LEVEL, **options)
    further = [chunk(each[:4], each[4:]) for each in taken.chunks]
    if taken.density is not None:
        across, down = (round(dots / _INCH) for dots in taken.density)
        further.append(chunk(b"pHYs", struct.pack(">IIB", across, down, 1)))
    return content[:_HEADER_ENDS] + b"".join(further) + content[_HEADER_ENDS:]


def _jpeg(values: np.ndarray, quality: int, taken: Attachments, xmp: bytes | None) -> bytes:
    options = _given(icc_profile=taken.icc, xmp=xmp, comment=taken.comment)
    if taken.exif:
        options["exif"] = b"Exif\0\0" + taken.exif
    if taken.iptc:
        options["extra"] = segment(_APP13, iptc_resource(taken.iptc))
    content = _save(values, "JPEG", quality=quality, subsampling="4:4:4", optimize=True, **options)
    if taken.density is not None:
        across, down = (min(round(dots), 0xFFFF) for dots in taken.density)
        content = content[:_UNIT_AT] + struct.pack(">BHH", 1, across, down) + content[_UNIT_AT + 5 :]
    if taken.extended_xmp:
        parts = b"".join(segment(_APP1, EXTENDED_XMP + part) for part in taken.extended_xmp)
        packet = next(
            each for each in read_segments(content) if each.marker == _APP1 and b"xap/1.0" in each.body[:32]
        )
        content = content[: packet.end] + parts + content[packet.end :]
    return content


def _webp(values: np.ndarray, quality: int, taken: Attachments, xmp: bytes | None) -> bytes:
    options = _given(quality=quality, icc_profile=taken.icc, exif=taken.exif, xmp=xmp)
    if quality == 100:
        # lossless, quality is the effort; exact keeps colours under transparent pixels
        options |= {"lossless": True, "quality": 25, "exact": True}
    return _save(values, "WEBP", **options)


def _save(values: np.ndarray, format_name: str, **options: Any) -> bytes:
    content = io.BytesIO()
    pixels = values[..., 0] if values.shape[2] == 1 else values
    mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[values.shape[2]]
    picture = Image.frombytes(mode, (values.shape[1], values.shape[0]), pixels.tobytes())
    picture.save(content, format_name, **options)
    return content.getvalue()


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}
