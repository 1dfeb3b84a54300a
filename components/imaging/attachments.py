"""Takes from a picture file what it carries besides its pixels, undecoded where that can be."""

import struct
from collections.abc import Iterator, Mapping
from typing import Any

from components.imaging.chunks import PNG_SIGNATURE
from components.imaging.exif import Order
from components.imaging.jpeg_attachments import read_jpeg
from components.imaging.photoshop import iptc_of
from components.imaging.png_attachments import read_png
from components.imaging.tiff_folders import TiffPages, to_exif
from interfaces.attachments import Attachments

__all__ = ["read_attachments"]

_XMP, _IPTC, _RESOURCES, _ICC, _LAYERS = 700, 33723, 34377, 34675, 37724
_X_RESOLUTION, _Y_RESOLUTION, _UNIT = 282, 283, 296
_UNITS = {2: 1.0, 3: 2.54}
"""Inch, centimetre."""


def read_attachments(content: bytes, info: Mapping[Any, Any], pages: TiffPages | None) -> Attachments:
    """Return what a picture carries.

    Args:
        content: of the file.
        info: what Pillow says of a file that is neither JPEG, PNG nor TIFF.
        pages: of a TIFF file.
    """
    if pages is not None:
        return _read_tiff(content, pages)
    if content.startswith(b"\xff\xd8\xff"):
        return read_jpeg(content)
    if content.startswith(PNG_SIGNATURE):
        return read_png(content)
    xmp, exif, comment = info.get("xmp"), info.get("exif"), info.get("comment")
    density = info.get("dpi")
    return Attachments(
        icc=_bytes(info.get("icc_profile")),
        exif=exif.removeprefix(b"Exif\0\0") or None if isinstance(exif, bytes) else None,
        xmp=xmp.encode() if isinstance(xmp, str) else _bytes(xmp),
        comment=comment.encode() if isinstance(comment, str) else _bytes(comment),
        density=(float(density[0]), float(density[1])) if density and min(density) > 0 else None,
    )


def _bytes(found: object) -> bytes | None:
    return found if isinstance(found, bytes) and found else None


def _read_tiff(content: bytes, pages: TiffPages) -> Attachments:
    folder = pages.folders[pages.main].entries
    raw = {tag: entry.raw for tag, entry in folder.items()}
    iptc, others = iptc_of(raw.get(_RESOURCES, b""))
    lost = [f"a value that lies outside of the file (tag {tag})" for tag in pages.folders[pages.main].broken]
    if others:
        lost.append("resources of Photoshop")
    if _LAYERS in folder:
        lost.append("layers")
    if len(pages.folders) > pages.pictures:
        lost.append(f"{len(pages.folders) - pages.pictures} smaller pages")
    return Attachments(
        icc=raw.get(_ICC) or None,
        exif=to_exif(content, pages),
        xmp=raw.get(_XMP) or None,
        iptc=raw.get(_IPTC) or iptc,
        density=_density(pages),
        lost=tuple(lost),
    )


def _density(pages: TiffPages) -> tuple[float, float] | None:
    entries, order = pages.folders[pages.main].entries, pages.header.order
    unit = entries.get(_UNIT)
    factor = _UNITS.get(2 if unit is None else unit.number(order) or 0)
    found = list(_fractions(pages, order))
    if factor is None or len(found) != 2 or min(found) <= 0:
        return None
    return found[0] * factor, found[1] * factor


def _fractions(pages: TiffPages, order: Order) -> Iterator[float]:
    for tag in (_X_RESOLUTION, _Y_RESOLUTION):
        entry = pages.folders[pages.main].entries.get(tag)
        if entry is not None and (entry.kind, entry.length) == (5, 1):
            upper, lower = struct.unpack(order + "II", entry.raw)
            if lower:
                yield upper / lower
