"""Writes pictures in the four formats; equal input gives equal bytes."""

import io
from collections.abc import Mapping
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from components.conversion.document import to_xmp
from components.imaging.formats import PNG_LEVEL, check_side
from components.imaging.png_attachments import XMP_KEY
from interfaces.errors import SettingsError
from interfaces.ics import ICS, ImageFormat
from interfaces.iodt import MediaType

__all__ = ["MEDIA_TYPES", "encode"]

MEDIA_TYPES: Mapping[ImageFormat, MediaType] = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "tiff": "image/tiff",
}

_JPEG_XMP_LIMIT = 65504  # one APP1 segment
_TIFF_PREDICTOR, _TIFF_SOFTWARE, _TIFF_XMP = 317, 305, 700


def encode(picture: Image.Image, settings: ICS, document: str | None, mark: str | None = None) -> bytes:
    """Return the content of a file.

    Args:
        picture: RGB, or RGBA where the format is not JPEG.
        settings: format and quality.
        document: JSON text to embed, or None.
        mark: IPTC's digital source type for the XMP, or None.

    Raises:
        SettingsError: the format cannot hold a picture of that size, or the document.
    """
    check_side(settings.format, max(picture.size))
    content = io.BytesIO()
    picture.save(content, settings.format.upper(), **_options(settings, document, mark))
    return content.getvalue()


def _options(settings: ICS, document: str | None, mark: str | None) -> dict[str, Any]:
    packet = b"" if document is None and mark is None else to_xmp(document, mark)
    xmp = {"xmp": packet} if packet else {}
    match settings.format:
        case "png":
            return {"compress_level": PNG_LEVEL, "pnginfo": _png_texts(document, mark)}
        case "jpeg":
            if len(packet) > _JPEG_XMP_LIMIT:
                raise SettingsError(
                    f"metadata: JPEG holds at most {_JPEG_XMP_LIMIT} bytes of it, got {len(packet)};"
                    " take another format, or leave it out"
                )
            return {"quality": settings.quality, "subsampling": "4:4:4", "optimize": True, **xmp}
        case "webp" if settings.quality == 100:
            # lossless, quality is the effort; exact keeps colours under transparent pixels
            return {"lossless": True, "quality": 25, "exact": True, "method": 4, **xmp}
        case "webp":
            return {"quality": settings.quality, "method": 4, **xmp}
        case "tiff":
            tags: dict[int, object] = {_TIFF_PREDICTOR: 2, _TIFF_SOFTWARE: "artgen"}
            if packet:
                tags[_TIFF_XMP] = packet
            return {"compression": "tiff_adobe_deflate", "tiffinfo": tags}


def _png_texts(document: str | None, mark: str | None) -> PngInfo:
    texts = PngInfo()
    texts.add_text("Software", "artgen")
    if document is not None:
        texts.add_itxt("artgen", document)
    if mark is not None:
        texts.add_itxt(XMP_KEY, to_xmp(None, mark).decode())
    return texts
