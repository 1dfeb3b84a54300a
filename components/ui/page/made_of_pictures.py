"""What runs have made of pictures that were handed in."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from interfaces.page import PageParts
from interfaces.runs import RunRecord, StoredFile

__all__ = ["MadeOfPicture", "made_of_pictures"]

_DIGEST = re.compile(r"[0-9a-f]{64}")


class MadeOfPicture(NamedTuple):
    """One result, and what it was made of."""

    picture: str
    """Digest of the input picture."""
    name: str
    """The user's, of that picture."""
    file: StoredFile
    config: Mapping[str, Any]
    """Of the run."""


def made_of_pictures(parts: PageParts, record: RunRecord, source: str) -> Iterator[MadeOfPicture]:
    """Yield what a run has made so far of each handed-in picture.

    Args:
        parts: the ports of the page.
        record: of the run; one that is no picture pipeline has made nothing.
        source: kind of the source whose runs are meant; others have made nothing.
    """
    config: Any = record.settings.get("config")
    given = config["generation"]["source"] if isinstance(config, Mapping) else {}
    if given.get("kind") != source or not record.done:
        return
    digests = [Path(path).stem for path in given["paths"]]
    first = config["generation"].get("seed", 0)
    for file in parts.results.files(record.id):
        at = (file.seed or 0) - first
        if file.role == "final" and 0 <= at < len(digests) and _DIGEST.fullmatch(digests[at]):
            yield MadeOfPicture(
                digests[at], given["names"][at] if given.get("names") else file.name, file, config
            )
