"""What of a picture's attachments a format can hold, set to what the written picture is; and the names of what is lost."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from components.imaging.colour import is_srgb
from components.imaging.exif import fit_exif
from components.imaging.tiff_folders import described
from components.imaging.xmp import fit_xmp
from interfaces.attachments import Attachments
from interfaces.ics import ICS, ImageFormat

__all__ = ["Fitted", "fit", "losses"]

_LONGEST_SEGMENT = 65533
_EXIF_HEAD, _XMP_HEAD, _PHOTOSHOP_HEAD = 6, 29, 26
_COMMENT = "Comment"
_X_RESOLUTION = 282
_REPEATS = (
    (re.compile(r":orientation$", re.IGNORECASE), lambda width, height: 1),
    (
        re.compile(r":(pixelxdimension|exifimagewidth|imagewidth)$", re.IGNORECASE),
        lambda width, height: width,
    ),
    (
        re.compile(r":(pixelydimension|exifimage(height|length)|image(height|length))$", re.IGNORECASE),
        lambda width, height: height,
    ),
)
"""Keywords of texts that repeat what EXIF says of place and size, as ImageMagick writes them."""


class Fitted(NamedTuple):
    """What is written, and what is not."""

    attachments: Attachments
    lost: tuple[str, ...]


def losses(
    attachments: Attachments, settings: ICS, *, bits: int, is_grey: bool, has_alpha: bool
) -> tuple[str, ...]:
    """Return the names of all that a picture loses on its way into another file.

    Args:
        attachments: of the picture that was read.
        settings: the format.
        bits: of each channel.
        is_grey: whether it is written in one channel of colour where the format has that.
        has_alpha: whether it has clear parts.
    """
    pixels = []
    if has_alpha and settings.format == "jpeg":
        pixels.append("opacity, laid on white")
    if bits == 16 and settings.format in ("jpeg", "webp"):
        pixels.append("16 bits, 8 are left")
    fitted = fit(attachments, settings.format, (1, 1), is_grey=is_grey and settings.format != "webp")
    return (*attachments.lost, *pixels, *fitted.lost)


def fit(
    attachments: Attachments, image_format: ImageFormat, size: tuple[int, int], *, is_grey: bool
) -> Fitted:
    """Return what a file of the format holds of ``attachments``.

    Args:
        attachments: of the picture that was read.
        image_format: of the file.
        size: width and height of what is written.
        is_grey: whether that is in one channel of colour, to which no profile of RGB belongs.
    """
    exif, xmp = attachments.exif, attachments.xmp
    sized = attachments.model_copy(
        update={
            "exif": exif and fit_exif(exif, size=size),
            "xmp": xmp and fit_xmp(xmp, size=size),
            "texts": _sized(attachments.texts, size),
        }
    )
    changes, lost = dict[str, object](), []
    if sized.icc is not None and (is_grey or not is_srgb(sized.icc)):
        changes["icc"] = None
        lost.append("the colour profile, which is none of the pixels that are written")
    further, names = _FITTING[image_format](sized)
    return Fitted(sized.model_copy(update={**changes, **further}), (*lost, *names))


_Changes = tuple[dict[str, object], list[str]]


def _for_png(found: Attachments) -> _Changes:
    changes, lost = _without(found, "iptc", "extended_xmp")
    if found.comment is not None:
        if _COMMENT in found.texts:
            lost.append("the comment")
        else:
            text = found.comment.decode("utf-8", errors="replace")
            changes["texts"] = {**found.texts, _COMMENT: text}
    return changes, lost


def _for_jpeg(found: Attachments) -> _Changes:
    changes, lost = _without(found, "texts", "chunks")
    for name, head in (("exif", _EXIF_HEAD), ("xmp", _XMP_HEAD), ("iptc", _PHOTOSHOP_HEAD), ("comment", 0)):
        content = getattr(found, name)
        if content is not None and len(content) + head > _LONGEST_SEGMENT:
            changes[name] = None
            lost.append(f"{_NAMES[name]} (too long for a JPEG)")
    if changes.get("xmp", found.xmp) is None and found.extended_xmp:
        changes["extended_xmp"] = ()
        lost.append(_NAMES["extended_xmp"])
    return changes, lost


def _for_webp(found: Attachments) -> _Changes:
    changes, lost = _without(found, "iptc", "texts", "chunks", "comment", "extended_xmp")
    if found.density is not None and _X_RESOLUTION not in described(found.exif).entries:
        lost.append(f"the resolution ({found.density[0]:.0f} dpi)")
    return changes, lost


def _for_tiff(found: Attachments) -> _Changes:
    changes, lost = _without(found, "texts", "chunks", "comment", "extended_xmp")
    lost += described(found.exif).lost
    return changes, lost


_FITTING: Mapping[ImageFormat, Callable[[Attachments], _Changes]] = {
    "png": _for_png,
    "jpeg": _for_jpeg,
    "webp": _for_webp,
    "tiff": _for_tiff,
}

_NAMES = {
    "exif": "EXIF",
    "xmp": "XMP",
    "extended_xmp": "the extended part of XMP",
    "iptc": "IPTC",
    "comment": "the comment",
    "texts": "texts of the PNG",
}


def _without(found: Attachments, *fields: str) -> _Changes:
    """Leave out what a format has no place for."""
    changes, lost = dict[str, object](), []
    for name in fields:
        if getattr(found, name):
            changes[name] = Attachments.model_fields[name].get_default(call_default_factory=True)
            lost.append(_NAMES[name] if name in _NAMES else _chunk_names(found))
    return changes, lost


def _chunk_names(found: Attachments) -> str:
    kinds = dict.fromkeys(chunk[:4].decode("latin-1") for chunk in found.chunks)
    return f"chunks of the PNG ({', '.join(kinds)})"


def _sized(texts: Mapping[str, str], size: tuple[int, int]) -> dict[str, str]:
    def fitted(key: str, text: str) -> str:
        return next((str(value(*size)) for pattern, value in _REPEATS if pattern.search(key)), text)

    return {key: fitted(key, text) for key, text in texts.items()}
