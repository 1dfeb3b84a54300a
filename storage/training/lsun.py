"""LSUN archives: LMDB databases whose values are encoded pictures, one database for each style."""

import os
import re
import weakref
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import final

import lmdb

from interfaces.errors import DataError, StorageError
from interfaces.itdt import Split
from storage.training.containers import Entry

__all__ = ["DATA_FILE", "LmdbMembers", "style_of_folder"]

DATA_FILE = "data.mdb"

_SUFFIX = re.compile(r"(?:_(train|test|val))?(?:_lmdb)?$")

_open: weakref.WeakValueDictionary[str, "_Handle"] = weakref.WeakValueDictionary()
_opening = Lock()


@final
class _Handle:
    """One open database, shared by all of this process: LMDB must not open a file twice."""

    def __init__(self, folder: str) -> None:
        self.environment = lmdb.open(folder, readonly=True, lock=False, readahead=False)
        weakref.finalize(self, self.environment.close)


def style_of_folder(name: str) -> tuple[str, Split]:
    """Return style and split by the name of a database's folder.

    >>> style_of_folder("ukiyo_e_lmdb"), style_of_folder("church_val_lmdb")
    (('ukiyo_e', 'train'), ('church', 'test'))
    """
    found = _SUFFIX.search(name)
    held_out = found is not None and found[1] in ("test", "val")
    return _SUFFIX.sub("", name) or name, "test" if held_out else "train"


@final
class LmdbMembers:
    """The pictures of one database; their names are the keys, each byte as one character.

    Raises:
        DataError: the database is damaged or cut off.
    """

    def __init__(self, folder: str) -> None:
        self._folder = os.path.realpath(folder)
        try:
            with _opening:
                handle = _open.get(self._folder)
                if handle is None:
                    handle = _open[self._folder] = _Handle(self._folder)
        except lmdb.Error as error:
            raise DataError(f"{folder} is not an LMDB database ({error}): get it again") from error
        self._handle = handle
        self._check_length()

    def entries(self) -> Sequence[Entry]:
        """Return the pictures in order of their keys."""
        with self._handle.environment.begin(buffers=True) as transaction:
            return [Entry(bytes(key).decode("latin1"), len(value), "") for key, value in transaction.cursor()]

    def read(self, name: str) -> bytes:
        """Return one picture.

        Raises:
            StorageError: there is no such key.
        """
        with self._handle.environment.begin() as transaction:
            content: bytes | None = transaction.get(name.encode("latin1"))
        if content is None:
            raise StorageError(f"{name!r} is not in the database")
        return content

    def _check_length(self) -> None:
        # the file is mapped into memory: reading past the end of a cut off one would end the process
        wanted = (self._handle.environment.info()["last_pgno"] + 1) * self._handle.environment.stat()["psize"]
        size = (Path(self._folder) / DATA_FILE).stat().st_size
        if size < wanted:
            raise DataError(f"{self._folder} is cut off: wanted {wanted} bytes, got {size}: get it again")
