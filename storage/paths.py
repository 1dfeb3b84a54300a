"""Where artgen keeps things outside of a run: the user's cache and data folders."""

import os
from pathlib import Path

from platformdirs import user_cache_path, user_data_path

__all__ = ["DEFAULT_STORE", "cache_folder", "data_folder", "inside"]

DEFAULT_STORE = Path("artgen-results")
"""The result store, and the queue of runs, if nobody names another: in the working folder."""


def cache_folder() -> Path:
    """Folder of what can be made or fetched again: packs, descriptions, weights (``ARTGEN_CACHE``)."""
    return Path(os.environ.get("ARTGEN_CACHE") or user_cache_path("artgen", appauthor=False))


def data_folder() -> Path:
    """Folder of what the user trained: models (``ARTGEN_DATA``)."""
    return Path(os.environ.get("ARTGEN_DATA") or user_data_path("artgen", appauthor=False))


def inside(root: Path, path: Path) -> str:
    """Return ``path`` relative to ``root`` where it lies inside, so that both can be moved; absolute elsewhere.

    >>> inside(Path("/a"), Path("/a/b")), inside(Path("/a"), Path("/a"))
    ('b', '.')
    """
    whole, base = path.absolute(), root.absolute()
    return whole.relative_to(base).as_posix() if whole.is_relative_to(base) else str(whole)
