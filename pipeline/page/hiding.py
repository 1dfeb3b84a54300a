"""Keeps the server's paths to itself."""

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from storage.paths import cache_folder, data_folder

__all__ = ["path_hider"]

_FOLDERS = re.compile(r"(?<![\w:/.~-])/(?:[^\s/:'\"]+/)+")
"""The folders of an absolute path."""
_OF_STORE = re.compile(r"\b(?:uploads/[0-9a-f]{64}|pictures/[0-9a-f]{2})/")
"""Where a store keeps what was handed in."""


def path_hider(places: Sequence[Path]) -> Callable[[str], str]:
    """Return what takes the folders out of a message: of each path, the last name is left.

    Args:
        places: folders that are known, whose names may have spaces in them.

    >>> hide = path_hider([Path("/my pictures")])
    >>> hide("/my pictures/a.zip and /srv/b.zip are damaged, 1/2"), hide("the index of /my pictures is damaged")
    ('a.zip and b.zip are damaged, 1/2', 'the index of my pictures is damaged')
    """
    own = {place for place in (*places, data_folder(), cache_folder(), Path.cwd(), Path.home()) if place.name}
    known = []
    for place in sorted(own, key=lambda place: len(str(place)), reverse=True):
        path = re.escape(str(place))
        known.append((re.compile(path + re.escape(os.sep)), ""))
        known.append((re.compile(path + r"(?![\w-]|\.\w)"), place.name.replace("\\", r"\\")))

    def hide(text: str) -> str:
        for place, name in known:
            text = place.sub(name, text)
        return _FOLDERS.sub("", _OF_STORE.sub("", text))

    return hide
