"""Writes a picture as the file that it came from was: grey, opacity, sixteen bits, colour profile, EXIF, XMP, texts."""

import io
import struct
from typing import Any

import numpy as np
import torch
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from torch import Tensor

from components.imaging.formats import PNG_LEVEL, check_side, holds_16_bits
from components.imaging.raw_files import encode_png, encode_tiff
from interfaces.attachments import Attachments
from interfaces.errors import SettingsError
from interfaces.ics import ICS

__all__ = ["encode_preserving"]

_BAND = 256
"""Rows that are converted at a time."""

_WIDTH, _HEIGHT, _SOFTWARE = 0xA002, 0xA003, "Software"
_EXIF = 0x8769
_XMP_KEY = "XML:com.adobe.xmp"
_IPTC_RESOURCE, _PHOTOSHOP, _APP13 = 0x0404, b"Photoshop 3.0\0", b"\xff\xed"
_LONGEST_SEGMENT = 0xFFFF
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

    What artgen had written into the input about its making is kept under another name, since it speaks of that file.

    Args:
        image: (3, H, W) float32 in [-1, 1].
        alpha: (1, H, W) float32 in [0, 1], or None; JPEG, which has none, is laid on white.
        settings: format and quality.
        bits: of each channel, 8 or 16; JPEG and WebP hold 8.
        is_grey: write one channel in place of three, but where few readers would know it: WebP has no such pictures,
            and TIFF hardly any with opacity and 16 bits.
        attachments: what else goes into the file; texts into PNG alone, IPTC into JPEG and TIFF.

    Raises:
        SettingsError: the format cannot hold a picture of that size, or the attachments.
    """
    check_side(settings.format, max(image.shape[1:]))
    if alpha is not None and settings.format == "jpeg":
        image, alpha = image.add(1).mul_(alpha).add_(1 - alpha, alpha=2.0).sub_(1), None
    deep = bits == 16 and holds_16_bits(settings)
    rare = settings.format == "webp" or (settings.format == "tiff" and deep and alpha is not None)
    values = _values(image, alpha, deep=deep, grey=is_grey and not rare)
    size = (int(image.shape[2]), int(image.shape[1]))
    exif = _exif(attachments.exif, size)
    xmp = attachments.xmp.replace(_OWN_TAG, _FORMER_TAG) if attachments.xmp else None
    match settings.format:
        case "png":
            return _png(values, attachments, exif, xmp)
        case "tiff":
            return encode_tiff(values, icc=attachments.icc, exif=exif, xmp=xmp, iptc=attachments.iptc)
        case _:
            return _by_pillow(values, settings, attachments, exif, xmp)


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


def _png(values: np.ndarray, attachments: Attachments, exif: bytes | None, xmp: bytes | None) -> bytes:
    texts = PngInfo()
    if _SOFTWARE not in attachments.texts:
        texts.add_text(_SOFTWARE, "artgen")
    for key, text in attachments.texts.items():
        texts.add_itxt(_FORMER_KEY if key == _OWN_KEY else key, text)
    if xmp is not None:
        texts.add_itxt(_XMP_KEY, xmp.decode("utf-8", errors="replace"))
    options = _given(pnginfo=texts, exif=exif, icc_profile=attachments.icc)
    if values.dtype == np.uint16:
        return encode_png(values, options, level=PNG_LEVEL)
    return _save(values, "PNG", compress_level=PNG_LEVEL, **options)


def _by_pillow(
    values: np.ndarray, settings: ICS, attachments: Attachments, exif: bytes | None, xmp: bytes | None
) -> bytes:
    options = _given(quality=settings.quality, icc_profile=attachments.icc, exif=exif, xmp=xmp)
    if settings.format == "jpeg":
        options |= {"subsampling": "4:4:4", "optimize": True}
    elif settings.quality == 100:
        # lossless, quality is the effort; exact keeps colours under transparent pixels
        options |= {"lossless": True, "quality": 25, "exact": True}
    try:
        if attachments.iptc and settings.format == "jpeg":
            options["extra"] = _photoshop_segment(attachments.iptc)
        return _save(values, settings.format.upper(), **options)
    except ValueError as error:  # one segment of a JPEG holds 64 kB
        raise SettingsError(
            f"metadata: {settings.format} cannot hold that of this picture ({error}); take png or tiff"
        ) from error


def _photoshop_segment(iptc: bytes) -> bytes:
    """Return a segment of a JPEG that holds ``iptc`` among the resources of Photoshop."""
    resource = struct.pack(">4sHHI", b"8BIM", _IPTC_RESOURCE, 0, len(iptc)) + iptc + b"\0" * (len(iptc) % 2)
    content = _PHOTOSHOP + resource
    if len(content) + 2 > _LONGEST_SEGMENT:
        raise ValueError("IPTC is too long")
    return _APP13 + struct.pack(">H", len(content) + 2) + content


def _save(values: np.ndarray, format_name: str, **options: Any) -> bytes:
    content = io.BytesIO()
    pixels = values[..., 0] if values.shape[2] == 1 else values
    mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[values.shape[2]]
    picture = Image.frombytes(mode, (values.shape[1], values.shape[0]), pixels.tobytes())
    picture.save(content, format_name, **options)
    return content.getvalue()


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _exif(exif: bytes | None, size: tuple[int, int]) -> bytes | None:
    """Return ``exif`` with the new size where it tells one."""
    if exif is None:
        return None
    found = Image.Exif()
    found.load(exif)
    entries = found.get_ifd(_EXIF)
    entries |= {tag: side for tag, side in zip((_WIDTH, _HEIGHT), size, strict=True) if tag in entries}
    return found.tobytes()
