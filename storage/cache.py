"""What lies in the user's cache folder: all of it can be made or fetched again."""

import shutil
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from interfaces.errors import SettingsError, StorageError, did_you_mean
from storage.paths import cache_folder

__all__ = ["KINDS", "Cached", "cached", "empty", "look"]

KINDS = {
    "packs": ("packs", "training pictures made ready; the next training makes them again"),
    "lessons": ("lessons", "what teachers made of training pictures; it is made again"),
    "descriptions": ("descriptions", "what is known of the files of data sources; they are read again"),
    "downloads": ("weights", "weights that were downloaded; `artgen weights get` fetches them again"),
    "previews": ("thumbnails", "small copies of pictures for the page; they are made again"),
    "speeds": ("speeds", "how fast this machine is; it is measured again"),
}
"""Folder of each kind, and what it holds. Whatever else lies in the cache folder is not ours to remove."""


class Cached(NamedTuple):
    """What of one kind is there."""

    kind: str
    path: Path
    files: int
    size: int
    """Bytes."""
    what: str


def cached(kinds: Collection[str] = ()) -> list[Cached]:
    """Return what the cache holds, of these kinds, or of all where none is named.

    Raises:
        SettingsError: there is no such kind.
    """
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        problems = (
            f"wanted {', '.join(KINDS)}, got {kind!r}.{did_you_mean(kind, KINDS)}" for kind in unknown
        )
        raise SettingsError(*problems)
    return [_of_cache(kind, *KINDS[kind]) for kind in KINDS if not kinds or kind in kinds]


def empty(found: Collection[Cached]) -> None:
    """Remove it.

    Raises:
        StorageError: it cannot be removed, or not all of it.
    """
    for each in found:
        try:
            if each.path.exists():
                shutil.rmtree(each.path)
        except OSError as error:
            raise StorageError(
                f"{error.filename or each.path} cannot be removed: {error.strerror or error}"
            ) from error


def look(kind: str, path: Path, what: str) -> Cached:
    """Return what lies in a folder, which need not be there."""
    sizes = [file.lstat().st_size for file in path.rglob("*") if file.is_file()]
    return Cached(kind, path, len(sizes), sum(sizes), what)


def _of_cache(kind: str, folder: str, what: str) -> Cached:
    return look(kind, cache_folder() / folder, what)
