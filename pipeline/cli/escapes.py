"""Texts as a terminal may show them: names of files can hold anything."""

import re

__all__ = ["escaped"]

# control characters, those that turn the direction of writing, and halves of characters
_UNSHOWN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def escaped(text: str, *, line: bool = False) -> str:
    r"""Return ``text`` with what a terminal would obey, or could not show, written as an escape.

    Args:
        text: anything.
        line: also escape line breaks.

    >>> escaped("a\x1b[2Jb.png")
    'a\\x1b[2Jb.png'
    """
    shown = _UNSHOWN.sub(lambda found: _escape(found[0]), text)
    return shown.replace("\n", "\\n") if line else shown


def _escape(character: str) -> str:
    number = ord(character)
    if 0xDC80 <= number <= 0xDCFF:  # a byte of a name that is no valid text
        number -= 0xDC00
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
