"""Kinds of picture files that are known and not read, so that they are refused by their name."""

__all__ = ["unread_kind"]

_HEIC = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
_STARTS = (
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"8BPS", "Photoshop"),
    (b"FUJIFILMCCD-RAW", "raw of a camera"),
    (b"%PDF", "PDF"),
)


def unread_kind(content: bytes) -> str | None:
    r"""Return the name of a file's format where that is one that is not read, else None.

    >>> unread_kind(b"\0\0\0\x18ftypheic")
    'HEIC'
    """
    if content[4:8] == b"ftyp":
        return "raw of a camera" if content[8:11] == b"crx" else "HEIC" if content[8:12] in _HEIC else None
    if b"<svg" in content[:1024]:
        return "SVG"
    return next((name for start, name in _STARTS if content.startswith(start)), None)
