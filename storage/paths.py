"""Where artgen keeps things outside of a run: the user's cache and data folders."""

import os
from pathlib import Path

from platformdirs import user_cache_path, user_data_path

__all__ = ["cache_folder", "data_folder"]


def cache_folder() -> Path:
    """Folder of what can be made or fetched again: packs, descriptions, weights (``ARTGEN_CACHE``)."""
    return Path(os.environ.get("ARTGEN_CACHE") or user_cache_path("artgen", appauthor=False))


def data_folder() -> Path:
    """Folder of what the user trained: models (``ARTGEN_DATA``)."""
    return Path(os.environ.get("ARTGEN_DATA") or user_data_path("artgen", appauthor=False))
