"""EXIF and TIFF folders (TIFF 6.0, BigTIFF, CIPA DC-008) as the bytes that they are: no value is decoded and written anew.

Programs write values of wrong types and texts of other encodings into them. What is not read cannot suffer.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

__all__ = [
    "EXIF",
    "GPS",
    "INTEROPERABILITY",
    "ORIENTATION",
    "Entry",
    "Folder",
    "Header",
    "Order",
    "fit_exif",
    "orientation_of",
    "pack",
    "read_folder",
    "read_header",
    "subfolders",
]

Order = Literal["<", ">"]
"""Byte order as `struct` writes it: of Intel, of Motorola."""

_SIZES = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
}
"""Bytes of one value by type."""
_CODES = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
"""Whole numbers without sign."""
_SHORT, _LONG = 3, 4
_MOST_ENTRIES = 4096

ORIENTATION, EXIF, GPS, INTEROPERABILITY = 274, 34665, 34853, 40965
_WIDTHS, _HEIGHTS = (256, 0xA002), (257, 0xA003)
_COLOUR_SPACE, _INDEX = 0xA001, 1
_THUMBNAIL, _THUMBNAIL_LENGTH = 513, 514
_ADOBE_RGB, _SRGB = b"R03\0", b"R98\0"


class Header(NamedTuple):
    """How a TIFF structure begins."""

    order: Order
    is_big: bool
    """BigTIFF: offsets of eight bytes."""
    first: int
    """Where the first folder lies."""


class Entry(NamedTuple):
    """One value of a folder, undecoded."""

    kind: int
    """Its type."""
    length: int
    """Number of values."""
    raw: bytes
    at: int = 0
    """Where the value lies."""
    place: int = 0
    """Where the entry lies."""

    def number(self, order: Order) -> int | None:
        """Return the first value where it is a whole number without sign."""
        code = _CODES.get(self.kind)
        return struct.unpack_from(order + code, self.raw)[0] if code and self.raw else None


@dataclass
class Folder:
    """The values of one folder by tag."""

    entries: dict[int, Entry] = field(default_factory=dict)
    following: int = 0
    """Where the next folder lies, 0 where there is none."""
    following_at: int = 0
    """Where that is written."""
    broken: list[int] = field(default_factory=list)
    """Tags of which no value is there: of an unknown type, or outside of the file."""


def read_header(content: bytes) -> Header:
    """Return how a TIFF structure begins.

    Raises:
        ValueError: it is none.
    """
    order: Order = ">" if content[:2] == b"MM" else "<"
    if content[:2] not in (b"II", b"MM") or len(content) < 8:
        raise ValueError("no TIFF structure")
    magic = struct.unpack_from(order + "H", content, 2)[0]
    if magic == 42:
        return Header(order, False, struct.unpack_from(order + "I", content, 4)[0])
    if magic == 43 and len(content) >= 16:
        return Header(order, True, struct.unpack_from(order + "Q", content, 8)[0])
    raise ValueError("no TIFF structure")


def read_folder(content: bytes, header: Header, at: int) -> Folder:
    """Return the folder that lies ``at``; what lies outside of ``content`` is listed as broken.

    Raises:
        ValueError: there is none.
    """
    count_code, entry_size, offset_code = ("Q", 20, "Q") if header.is_big else ("H", 12, "I")
    start = at + struct.calcsize(header.order + count_code)
    if not 0 < at <= len(content) or start > len(content):
        raise ValueError("the folder lies outside")
    count = struct.unpack_from(header.order + count_code, content, at)[0]
    end = start + count * entry_size
    if count > _MOST_ENTRIES or end > len(content):
        raise ValueError("the folder is cut off")
    folder = Folder()
    for place in range(start, end, entry_size):
        tag, kind = struct.unpack_from(header.order + "HH", content, place)
        number = struct.unpack_from(header.order + offset_code, content, place + 4)[0]
        size = _SIZES.get(kind, 0) * number
        inline = place + 4 + struct.calcsize(header.order + offset_code)
        if size > entry_size - (inline - place):
            value_at = struct.unpack_from(header.order + offset_code, content, inline)[0]
        else:
            value_at = inline
        if kind not in _SIZES or value_at + size > len(content):
            folder.broken.append(tag)
        else:
            folder.entries[tag] = Entry(kind, number, content[value_at : value_at + size], value_at, place)
    if end + struct.calcsize(header.order + offset_code) <= len(content):
        folder.following = struct.unpack_from(header.order + offset_code, content, end)[0]
        folder.following_at = end
    return folder


def pack(entries: Mapping[int, Entry], order: Order, at: int) -> bytes:
    """Return a folder that will lie ``at``, with its values behind it; no other follows.

    ``at`` is even, and so is the length of what is returned.
    """
    head, body = [struct.pack(order + "H", len(entries))], b""
    free = at + 2 + 12 * len(entries) + 4
    for tag, entry in sorted(entries.items()):
        value = entry.raw
        if len(value) > 4:
            where = struct.pack(order + "I", free + len(body))
            body += value + b"\0" * (len(value) % 2)
        else:
            where = value.ljust(4, b"\0")
        head.append(struct.pack(order + "HHI", tag, entry.kind, entry.length) + where)
    return b"".join(head) + bytes(4) + body


def orientation_of(exif: bytes) -> int:
    """Return how a picture lies by its EXIF, 1 (upright) to 8; 0 where that does not say so."""
    try:
        header = read_header(exif)
        entry = read_folder(exif, header, header.first).entries.get(ORIENTATION)
    except (ValueError, struct.error):
        return 0
    number = entry.number(header.order) if entry else None
    return number if number and number <= 8 else 0


def fit_exif(exif: bytes, *, size: tuple[int, int] | None = None, is_converted: bool = False) -> bytes:
    """Return ``exif`` as it is, but of a picture that stands upright and has no thumbnail.

    Args:
        exif: a TIFF structure; one that is damaged comes back as it is.
        size: width and height that it shall say where it says any.
        is_converted: whether the colours have become sRGB.
    """
    data = bytearray(exif)
    try:
        header = read_header(exif)
        root = read_folder(exif, header, header.first)
    except (ValueError, struct.error):
        return exif
    folders = [root, *subfolders(exif, header, root)]
    wanted = {ORIENTATION: 1}
    if size is not None:
        wanted |= dict.fromkeys(_WIDTHS, size[0]) | dict.fromkeys(_HEIGHTS, size[1])
    if is_converted:
        wanted[_COLOUR_SPACE] = 1
    for folder in folders:
        for tag, value in wanted.items():
            if tag in folder.entries:
                _put(data, header.order, folder.entries[tag], value)
        if is_converted and (index := folder.entries.get(_INDEX)) and index.raw == _ADOBE_RGB:
            data[index.at : index.at + 4] = _SRGB
    return bytes(_without_thumbnail(data, exif, header, root))


def subfolders(
    content: bytes, header: Header, root: Folder, tags: Sequence[int] = (EXIF, GPS)
) -> Iterator[Folder]:
    """Yield the folders of EXIF, of interoperability and of GPS, as far as they can be read."""
    for tag in tags:
        entry = root.entries.get(tag)
        at = entry.number(header.order) if entry else None
        if not at:
            continue
        try:
            found = read_folder(content, header, at)
        except (ValueError, struct.error):
            continue
        yield found
        if tag == EXIF:
            yield from subfolders(content, header, found, (INTEROPERABILITY,))


def _put(data: bytearray, order: Order, entry: Entry, value: int) -> None:
    if entry.length != 1 or entry.kind not in _CODES:
        return  # what is no number says nothing that could be wrong
    kind = entry.kind
    if kind == _SHORT and value > 0xFFFF:
        kind = _LONG  # there is room for four bytes
        struct.pack_into(order + "H", data, entry.place + 2, kind)
    struct.pack_into(order + _CODES[kind], data, entry.at, value)


def _without_thumbnail(data: bytearray, exif: bytes, header: Header, root: Folder) -> bytearray:
    if not root.following:
        return data
    struct.pack_into(header.order + ("Q" if header.is_big else "I"), data, root.following_at, 0)
    try:
        entries = read_folder(exif, header, root.following).entries
    except (ValueError, struct.error):
        return data
    place, length = (entries.get(tag) for tag in (_THUMBNAIL, _THUMBNAIL_LENGTH))
    start = place.number(header.order) if place else None
    size = length.number(header.order) if length else None
    if start and size and start + size == len(exif):
        del data[start:]
    return data
