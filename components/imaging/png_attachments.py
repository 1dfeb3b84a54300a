"""What a PNG carries in its chunks, and the PNG without it."""

import struct
from typing import final

from components.imaging.chunks import PNG_SIGNATURE, inflate, read_chunks
from components.imaging.photoshop import iptc_of
from interfaces.attachments import Attachments

__all__ = ["XMP_KEY", "pixels_of_png", "read_png"]

XMP_KEY = "XML:com.adobe.xmp"
"""Keyword of XMP."""

_OF_THE_PIXELS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"acTL", b"fcTL", b"fdAT"}
_COLOURS = {b"gAMA", b"cHRM", b"sRGB", b"cICP", b"mDCV", b"mDCv", b"cLLI", b"cLLi"}
_TEXTS = {b"tEXt", b"zTXt", b"iTXt"}
_LONGEST = 1 << 20
"""Of a text and of a profile, unpacked; a longer one is taken along as it is."""
_RAW_PROFILE = "Raw profile type "
"""What ImageMagick begins the keywords of texts with that hold EXIF, XMP, IPTC in hexadecimal numbers."""
_INCH = 0.0254


def pixels_of_png(content: bytes) -> bytes:
    """Return a PNG without what it carries, so that nothing of that can cost the picture."""
    parts = [content[at:end] for kind, at, _, end in read_chunks(content) if kind in _OF_THE_PIXELS]
    # a last chunk that is cut off is the decoder's to complain of
    ends = [end for *_, end in read_chunks(content)]
    return PNG_SIGNATURE + b"".join(parts) + content[ends[-1] if ends else len(PNG_SIGNATURE) :]


def read_png(content: bytes) -> Attachments:
    """Return what the chunks of a PNG carry."""
    found = _Found()
    for kind, _, start, end in read_chunks(content):
        if kind not in _OF_THE_PIXELS:
            found.take(kind, content[start : end - 4])
    return found.attachments()


@final
class _Found:
    """What was found in the chunks so far."""

    def __init__(self) -> None:
        self._blocks: dict[str, bytes] = {}
        self._texts: dict[str, str] = {}
        self._chunks: list[bytes] = []
        self._density: tuple[float, float] | None = None
        self._lost: dict[str, None] = {}

    def take(self, kind: bytes, body: bytes) -> None:
        """Look at one chunk."""
        if kind == b"eXIf":
            self._blocks["exif"] = body.removeprefix(b"Exif\0\0")  # it goes before a raw profile
        elif kind == b"iCCP":
            self._profile(body)
        elif kind == b"pHYs" and len(body) == 9:
            self._physical(body)
        elif kind in _TEXTS:
            self._text(kind, body)
        elif kind in _COLOURS or kind[3:].islower():  # marked as safe to copy
            self._chunks.append(kind + body)
        else:
            self._lost[f"the chunk {kind.decode('latin-1')!s} of the PNG"] = None

    def attachments(self) -> Attachments:
        """Return all of it."""
        return Attachments(
            icc=self._blocks.get("icc"),
            exif=self._blocks.get("exif") or None,
            xmp=self._blocks.get("xmp") or None,
            iptc=self._blocks.get("iptc") or None,
            density=self._density,
            texts=self._texts,
            chunks=tuple(self._chunks),
            lost=tuple(self._lost),
        )

    def _profile(self, body: bytes) -> None:
        try:
            self._blocks["icc"] = inflate(body.partition(b"\0")[2][1:], 16 * _LONGEST)
        except ValueError:
            self._lost["a damaged colour profile"] = None

    def _physical(self, body: bytes) -> None:
        across, down, unit = struct.unpack(">IIB", body)
        if unit == 1 and across and down:
            self._density = across * _INCH, down * _INCH
        elif across != down:
            self._chunks.append(b"pHYs" + body)

    def _text(self, kind: bytes, body: bytes) -> None:
        try:
            key, text, is_plain = _read_text(kind, body)
        except ValueError:
            self._chunks.append(kind + body)
            return
        if key == XMP_KEY:
            self._blocks.setdefault("xmp", text.encode())
        elif key.startswith(_RAW_PROFILE):
            self._raw_profile(key.removeprefix(_RAW_PROFILE), text)
        elif is_plain and key and key not in self._texts:
            self._texts[key] = text
        else:
            self._chunks.append(kind + body)

    def _raw_profile(self, name: str, text: str) -> None:
        # a line with the name, one with the length, then hexadecimal numbers
        try:
            content = bytes.fromhex("".join(text.split()[2:]))
        except ValueError:
            content = b""
        if name in ("exif", "APP1", "app1") and content.startswith(b"Exif\0"):
            self._blocks.setdefault("exif", content[6:])
        elif name in ("xmp", "APP1", "app1") and content:
            self._blocks.setdefault("xmp", content.removeprefix(b"http://ns.adobe.com/xap/1.0/\0"))
        elif name in ("iptc", "8bim"):
            iptc = iptc_of(content)[0]
            self._blocks.setdefault("iptc", iptc or b"")
        elif name in ("icc", "icm") and content:
            self._blocks.setdefault("icc", content)
        else:
            self._lost[f"the text {_RAW_PROFILE}{name!r}"] = None


def _read_text(kind: bytes, body: bytes) -> tuple[str, str, bool]:
    """Return keyword, text, and whether there is nothing else.

    Raises:
        ValueError: it is damaged or too long.
    """
    key, _, rest = body.partition(b"\0")
    is_plain = True
    if kind == b"tEXt":
        text = rest.decode("latin-1")
    elif kind == b"zTXt":
        text = inflate(rest[1:], _LONGEST).decode("latin-1")
    else:
        if len(rest) < 2:
            raise ValueError("no text")
        language, _, further = rest[2:].partition(b"\0")
        translated, _, packed = further.partition(b"\0")
        is_plain = not language and not translated
        text = (inflate(packed, _LONGEST) if rest[0] else packed).decode("utf-8")
    if len(text) > _LONGEST:
        raise ValueError("too long")
    return key.decode("latin-1"), text, is_plain
