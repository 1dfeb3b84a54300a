"""The pages of a TIFF file and their tags, undecoded."""

from typing import NamedTuple

from components.imaging.exif import (
    EXIF,
    GPS,
    INTEROPERABILITY,
    ORIENTATION,
    Entry,
    Folder,
    Header,
    Order,
    pack,
    read_folder,
    read_header,
)

__all__ = [
    "Described",
    "Entries",
    "TiffPages",
    "described",
    "place",
    "read_pages",
    "to_exif",
    "with_subfolders",
]

_MOST_PAGES = 10_000
_KIND, _OLD_KIND = 254, 255
_REDUCED, _MASK, _OLD_REDUCED = 1, 4, 2
_WIDTH, _HEIGHT = 256, 257
# tags that say how the pixels lie in the file, and tags that have a place of their own: XMP, IPTC, ICC, resources, layers
_STORAGE = {
    *range(254, 260), 262, 263, 266, 273, 274, *range(277, 282), 284, 290, 291, 292, 293, 297, 317, 318, 319, 320,
    *range(322, 326), 330, 332, 333, 334, 336, 337, 338, 339, 340, 341, 347, *range(512, 522), 529, 530, 531, 532, 700,
    33723, 34377, 34675, 37724,
}  # fmt: skip
_FOLDERS = (EXIF, GPS)
_LONG = 4
_OF_BIG = {16, 17, 18}
"""Types that only BigTIFF has."""


class TiffPages(NamedTuple):
    """The folders of a TIFF file."""

    header: Header
    folders: tuple[Folder, ...]
    main: int
    """Which of them is the picture; the others are thumbnails and masks of it."""
    pictures: int
    """How many there are."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture as it lies."""
        folder = self.folders[self.main]
        return _number(folder, self.header, _WIDTH), _number(folder, self.header, _HEIGHT)

    @property
    def orientation(self) -> int:
        """How the picture lies, 1 (upright) to 8."""
        number = _number(self.folders[self.main], self.header, ORIENTATION)
        return number if number in range(1, 9) else 1


def read_pages(content: bytes) -> TiffPages | None:
    """Return the pages of a TIFF file, None where it is none.

    Raises:
        ValueError: it is damaged.
    """
    try:
        header = read_header(content)
    except ValueError:
        return None
    folders: list[Folder] = []
    at, seen = header.first, set[int]()
    while at and at not in seen and len(folders) < _MOST_PAGES:
        seen.add(at)
        try:
            folders.append(read_folder(content, header, at))
        except ValueError:
            if not folders:
                raise
            break
        at = folders[-1].following
    if not folders:
        raise ValueError("there is no page in it")
    whole = [index for index, folder in enumerate(folders) if not _is_reduced(folder, header)]
    main = whole[0] if whole else _largest(folders, header)
    return TiffPages(header, tuple(folders), main, max(len(whole), 1))


class Described(NamedTuple):
    """What EXIF says, as it goes into the folder of a TIFF file."""

    order: Order
    entries: "Entries"
    lost: list[str]
    """What of it cannot be read."""


def described(exif: bytes | None) -> Described:
    """Return the tags of EXIF, those of the folders below among them; none where it is damaged."""
    if exif is None:
        return Described("<", {}, [])
    exif = exif.removeprefix(b"Exif\0\0")
    try:
        header = read_header(exif)
        root = read_folder(exif, header, header.first)
    except ValueError:
        return Described("<", {}, ["EXIF, which is damaged"])
    entries = with_subfolders(exif, header, root)
    if ORIENTATION in root.entries:
        entries[ORIENTATION] = root.entries[ORIENTATION]
    lost = [f"a value of EXIF that lies outside of it (tag {tag})" for tag in root.broken]
    return Described(header.order, entries, lost)


def to_exif(content: bytes, pages: TiffPages) -> bytes | None:
    """Return the tags of the picture as EXIF, all but those of the storage; None where there are none."""
    order = pages.header.order
    entries = with_subfolders(content, pages.header, pages.folders[pages.main])
    if not entries:
        return None
    head = (b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08")[order == ">"]
    return head + place(entries, order, 8)


Entries = dict[int, "Entry | Entries"]
"""Tags with their values, or with a folder below."""


def with_subfolders(content: bytes, header: Header, root: Folder) -> Entries:
    """Return the entries of a folder, all but those of the storage, with those of the folders below it."""
    found: Entries = {}
    for tag, entry in root.entries.items():
        if tag in _FOLDERS:
            below = _below(content, header, entry)
            if below:
                found[tag] = below
        elif tag not in _STORAGE and entry.kind not in _OF_BIG:
            found[tag] = entry
    return found


def place(entries: Entries, order: Order, at: int) -> bytes:
    """Return a folder that will lie ``at``, with its values and the folders below behind it."""
    plain = {tag: entry for tag, entry in entries.items() if isinstance(entry, Entry)}
    below = {tag: entry for tag, entry in entries.items() if not isinstance(entry, Entry)}
    where = dict.fromkeys(below, 0)
    for _ in range(2):  # the places are known when the length is
        pointers = {tag: _pointer(order, offset) for tag, offset in where.items()}
        body = pack({**plain, **pointers}, order, at)
        for tag, folder in below.items():
            where[tag] = at + len(body)
            body += place(folder, order, where[tag])
    return body


def _pointer(order: Order, offset: int) -> Entry:
    return Entry(_LONG, 1, offset.to_bytes(4, "little" if order == "<" else "big"))


def _below(content: bytes, header: Header, pointer: Entry) -> Entries:
    at = pointer.number(header.order)
    try:
        folder = read_folder(content, header, at or 0)
    except ValueError:
        return {}
    return {
        tag: entry for tag, entry in folder.entries.items() if tag != INTEROPERABILITY and entry.kind not in _OF_BIG
    }  # fmt: skip


def _is_reduced(folder: Folder, header: Header) -> bool:
    kind, old = (_number(folder, header, tag) for tag in (_KIND, _OLD_KIND))
    return bool(kind & (_REDUCED | _MASK)) or old == _OLD_REDUCED


def _largest(folders: list[Folder], header: Header) -> int:
    sizes = [_number(folder, header, _WIDTH) * _number(folder, header, _HEIGHT) for folder in folders]
    return sizes.index(max(sizes))


def _number(folder: Folder, header: Header, tag: int) -> int:
    entry = folder.entries.get(tag)
    return (entry.number(header.order) if entry else None) or 0
