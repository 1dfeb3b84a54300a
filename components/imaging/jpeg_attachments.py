"""What a JPEG carries in its segments, and the JPEG without it."""

import struct
from typing import final

from components.imaging.photoshop import PHOTOSHOP, iptc_of
from components.imaging.segments import Segment, read_segments
from interfaces.attachments import Attachments

__all__ = ["EXTENDED_XMP", "pixels_of_jpeg", "profile_of_jpeg", "read_jpeg"]

EXTENDED_XMP = b"http://ns.adobe.com/xmp/extension/\0"
"""What a segment with a part of it begins with."""

_APP0, _APP1, _APP2, _APP12, _APP13, _APP14, _APP15, _COMMENT = 0xE0, 0xE1, 0xE2, 0xEC, 0xED, 0xEE, 0xEF, 0xFE
_JFIF, _EXIF, _XMP = b"JFIF\0", b"Exif\0", b"http://ns.adobe.com/xap/1.0/\0"
_ICC, _FURTHER = b"ICC_PROFILE\0", b"MPF\0"
_UNITS = {1: 1.0, 2: 2.54}
"""Inch, centimetre."""
_OF_THE_PIXELS = {_APP0, _APP14}
"""Segments that a decoder wants: JFIF and Adobe's, which tell the colours."""
_SAY_NOTHING = {_APP0, _APP12, _APP14}
"""Thumbnails, and how well Photoshop thought that it compressed."""


def read_jpeg(content: bytes) -> Attachments:
    """Return what the segments of a JPEG carry."""
    found = _Found()
    for each in read_segments(content):
        found.take(each)
    return found.attachments()


def profile_of_jpeg(content: bytes) -> bytes | None:
    """Return the ICC profile of a JPEG alone."""
    found = _Found()
    for each in read_segments(content):
        if each.marker == _APP2 and each.body.startswith(_ICC):
            found.take(each)
    return found.attachments().icc


def pixels_of_jpeg(content: bytes) -> bytes:
    """Return a JPEG without what it carries, so that nothing of that can cost the picture."""
    kept, at = [], 0
    for each in read_segments(content):
        if (_APP0 <= each.marker <= _APP15 and each.marker not in _OF_THE_PIXELS) or each.marker == _COMMENT:
            kept.append(content[at : each.start])
            at = each.end
    return b"".join((*kept, content[at:]))


@final
class _Found:
    """What was found in the segments so far."""

    def __init__(self) -> None:
        self._single: dict[str, bytes] = {}
        self._profile: dict[int, bytes] = {}
        self._parts: list[bytes] = []
        self._photoshop = b""
        self._comments: list[bytes] = []
        self._density: tuple[float, float] | None = None
        self._lost: dict[str, None] = {}

    def take(self, each: Segment) -> None:
        """Look at one segment."""
        body = each.body
        readers = {_APP0: self._jfif, _APP1: self._app1, _APP2: self._app2, _APP13: self._app13}
        if each.marker in readers:
            readers[each.marker](body)
        elif each.marker == _COMMENT:
            self._comments.append(body)
        elif _APP0 <= each.marker <= _APP15 and each.marker not in _SAY_NOTHING:
            self._unknown(each.marker)

    def attachments(self) -> Attachments:
        """Return all of it."""
        iptc, others = iptc_of(self._photoshop)
        if others:
            self._lost["resources of Photoshop"] = None
        return Attachments(
            icc=b"".join(self._profile[number] for number in sorted(self._profile)) or None,
            exif=self._single.get("exif"),
            xmp=self._single.get("xmp"),
            extended_xmp=tuple(self._parts),
            iptc=iptc,
            comment=b"\n".join(self._comments) or None,
            density=self._density,
            lost=tuple(self._lost),
        )

    def _jfif(self, body: bytes) -> None:
        if not body.startswith(_JFIF) or len(body) < 12:
            return
        unit, across, down = struct.unpack_from(">BHH", body, 7)
        if unit in _UNITS and across and down:
            self._density = across * _UNITS[unit], down * _UNITS[unit]
        elif across != down and across and down:
            self._lost["the shape of its pixels, which are no squares"] = None

    def _app1(self, body: bytes) -> None:
        for name, start, length in (("exif", _EXIF, 6), ("xmp", _XMP, len(_XMP))):
            if body.startswith(start):
                if name in self._single:
                    self._lost[f"a second {name.upper()} block"] = None
                elif len(body) > length:
                    self._single[name] = body[length:]
                return
        if body.startswith(EXTENDED_XMP):
            self._parts.append(body[len(EXTENDED_XMP) :])
        else:
            self._unknown(_APP1)

    def _app2(self, body: bytes) -> None:
        if body.startswith(_ICC) and len(body) > len(_ICC) + 2:
            self._profile[body[len(_ICC)]] = body[len(_ICC) + 2 :]
        elif body.startswith(_FURTHER):
            self._lost["further views of the picture"] = None
        else:
            self._unknown(_APP2)

    def _app13(self, body: bytes) -> None:
        if body.startswith(PHOTOSHOP):
            self._photoshop += body[len(PHOTOSHOP) :]
        else:
            self._unknown(_APP13)

    def _unknown(self, marker: int) -> None:
        self._lost[f"an unknown segment APP{marker - _APP0}"] = None
