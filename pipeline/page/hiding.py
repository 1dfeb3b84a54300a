"""Keeps the server's paths to itself."""

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from storage.paths import cache_folder, data_folder

__all__ = ["path_hider"]

_FOLDERS = re.compile(r"(?<![\w:/.~-])/(?:[^\s/:'\"]+/)+")
"""The folders of an absolute path."""


def path_hider(places: Sequence[Path]) -> Callable[[str], str]:
    """Return what takes the folders out of a message: of each path, the last name is left.

    Args:
        places: folders that are known, whose names may have spaces in them.

    >>> path_hider([Path("/my pictures")])("/my pictures/a.zip and /srv/b.zip are damaged, 1/2")
    'a.zip and b.zip are damaged, 1/2'
    """
    own = (*places, data_folder(), cache_folder(), Path.cwd(), Path.home())
    known = sorted({f"{place}{os.sep}" for place in own if place.name}, key=len, reverse=True)

    def hide(text: str) -> str:
        for place in known:
            text = text.replace(place, "")
        return _FOLDERS.sub("", text)

    return hide
