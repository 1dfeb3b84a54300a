"""Reads training pictures by their URIs, which say by themselves where each picture lies.

===============================  =====================================================
``/folder/baroque/1.jpg``        a file; likewise ``memory://folder/baroque/1.jpg``
``zip://baroque/1.jpg::A``       a file in the ZIP archive A (a path or a URL)
``tar://baroque/1.jpg::A``       a file in the TAR archive A
``lmdb://KEY::F``                a value in the LMDB database in the local folder F
``cifar://17::U``                picture 17 of the batch file with the URI U
``idx://17::U``                  picture 17 of the idx file with the URI U
===============================  =====================================================

The part before ``::`` is percent-encoded, so that the first ``::`` always ends it.
"""

from threading import Lock
from typing import final
from urllib.parse import quote, unquote

from interfaces.errors import DataError, StorageError
from storage.training.batches import Batch
from storage.training.cifar import read_batch
from storage.training.containers import Members, archive_kind, open_members
from storage.training.idx import read_idx_pictures
from storage.training.lsun import LmdbMembers
from storage.training.sources import open_file, read_file

__all__ = ["UriReader", "member_uri"]

_BATCHES = {"cifar": read_batch, "idx": read_idx_pictures}
_SCHEMES = frozenset({"zip", "tar", "lmdb", *_BATCHES})


def member_uri(scheme: str, name: str, container: str) -> str:
    """Return the URI of a picture in a container.

    >>> member_uri("zip", "baroque/a b.jpg", "/x.zip")
    'zip://baroque/a%20b.jpg::/x.zip'
    """
    return f"{scheme}://{quote(name, errors='surrogateescape')}::{container}"


@final
class UriReader:
    """Reads pictures, keeping archives open in between. Safe for several threads; a pickled copy opens its own."""

    def __init__(self) -> None:
        self._open: dict[str, Members | Batch] = {}
        self._opening = Lock()

    def __reduce__(self) -> tuple[type["UriReader"], tuple[()]]:
        return UriReader, ()

    def forget(self) -> None:
        """Let go of all archives: each is opened again when it is next read, as it is then."""
        self._open = {}

    def read(self, uri: str) -> bytes:
        """Return the bytes of one picture file.

        Raises:
            StorageError: it is gone, cannot be read, or its archive is damaged.
        """
        scheme, _, rest = uri.partition("://")
        inner, chained, container = rest.partition("::")
        if scheme not in _SCHEMES or not chained:
            return read_file(uri)
        try:
            if scheme in _BATCHES:
                return self.batch(scheme, container).picture(int(inner))
            return self.members(scheme, container).read(unquote(inner, errors="surrogateescape"))
        except (DataError, ValueError, IndexError) as error:
            raise StorageError(f"{uri} cannot be read: {error}") from error

    def archive(self, uri: str) -> tuple[str, Members]:
        """Return the kind of the archive at ``uri``, found by its first bytes, and its files.

        Raises:
            DataError: it is neither a ZIP nor a TAR archive, or damaged.
            StorageError: it cannot be read.
        """
        with open_file(uri) as file:
            kind = archive_kind(file)
        if kind is None:
            raise DataError(f"{uri}: wanted a folder, or a ZIP or TAR archive of pictures; it is neither")
        return kind, self.members(kind, uri)

    def members(self, scheme: str, uri: str) -> Members:
        """Return the files of an archive or the values of a database, opened at most once.

        Raises:
            DataError: it is damaged.
            StorageError: it cannot be read.
        """
        found = self._open.get(key := f"{scheme}:{uri}")
        if found is None:
            with self._opening:
                found = self._open.get(key)
                if found is None:
                    opened = (
                        LmdbMembers(uri) if scheme == "lmdb" else open_members(scheme, open_file(uri), uri)
                    )
                    found = self._open[key] = opened
        if isinstance(found, Batch):
            raise DataError(f"{uri} is a batch of pictures, no archive")
        return found

    def batch(self, scheme: str, uri: str) -> Batch:
        """Return the pictures of a CIFAR-style batch file or of an idx file, read at most once.

        Raises:
            DataError: it is no such file, or not safe to read.
            StorageError: it cannot be read.
        """
        found = self._open.get(key := f"{scheme}:{uri}")
        if not isinstance(found, Batch):
            found = self._open[key] = _BATCHES[scheme](self.read(uri), uri)
        return found
