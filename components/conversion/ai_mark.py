"""The mark that machines read: how a picture came about, in the words of IPTC's vocabulary of digital source types."""

import re
from collections.abc import Iterable
from pathlib import Path

from components.conversion.document import open_picture, packet_of
from interfaces.errors import StorageError
from interfaces.provenance import Provenance

__all__ = ["COMPOSITE", "ENHANCED", "GENERATED", "mark_of", "mark_of_film", "mark_of_sheet", "read_mark"]

_VOCABULARY = "http://cv.iptc.org/newscodes/digitalsourcetype/"
GENERATED = f"{_VOCABULARY}trainedAlgorithmicMedia"
"""A trained model made it."""
ENHANCED = f"{_VOCABULARY}algorithmicallyEnhanced"
"""A network enlarged a picture that no model made: an algorithm changed it, and what it shows is the same."""
COMPOSITE = f"{_VOCABULARY}compositeSynthetic"
"""Several pictures on one, generated ones among them."""
_WRITTEN = re.compile(rb"""Iptc4xmpExt:DigitalSourceType\s*(?:=\s*["']|>)\s*([^<"'\s]+)""")


def mark_of(chain: Provenance) -> str | None:
    """Return the mark of a picture by what was done: a digest of a model or of an enhancer's weights; None without a network."""
    networks = {(record.stage, name) for record in chain for name in record.digests}
    if ("generation", "model") in networks:
        return GENERATED
    return ENHANCED if ("enhancement", "weights") in networks else None


def mark_of_sheet(pictures: Iterable[Path]) -> str | None:
    """Return the mark of an overview of picture files: a composite where one of them was generated.

    Raises:
        DataError: one of them is no picture.
        StorageError: one of them cannot be read.
    """
    return COMPOSITE if any(read_mark(path) == GENERATED for path in pictures) else None


def mark_of_film(pictures: Iterable[Path]) -> str | None:
    """Return the mark of a film of picture files: generated where each of them was, a composite where one of them was.

    Raises:
        DataError: one of them is no picture.
        StorageError: one of them cannot be read.
    """
    marks = {read_mark(path) for path in pictures}
    return GENERATED if marks == {GENERATED} else COMPOSITE if GENERATED in marks else None


def read_mark(path: Path) -> str | None:
    """Return the mark that a picture file has, or None; pixels are not decoded.

    Raises:
        DataError: it is no PNG, JPEG, WebP or TIFF.
        StorageError: it cannot be read.
    """
    try:
        with path.open("rb") as content:
            found = _WRITTEN.search(packet_of(open_picture(content, str(path))) or b"")
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror or error}") from error
    return found.group(1).decode("utf-8", errors="replace") if found else None
