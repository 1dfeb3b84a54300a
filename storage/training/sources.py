"""Where training data comes from: a local path or an fsspec URL, found, listed and read."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, cast, final

from interfaces.errors import DataError, StorageError, did_you_mean
from storage.training.containers import MAX_FILE_BYTES, Entry, list_folder

__all__ = ["ARCHIVE_SUFFIXES", "Source", "find_source", "open_file", "read_file"]

_STAMPS = ("mtime", "LastModified", "last_modified", "updated", "ETag", "etag", "created", "md5")
ARCHIVE_SUFFIXES = (".tar.gz", ".tar.bz2", ".tar.xz", ".tgz", ".tbz2", ".txz", ".tar", ".zip")
"""Of names that are told without them; what an archive is, its first bytes say."""


@final
@dataclass(frozen=True)
class Source:
    """A source that is there."""

    uri: str
    """An absolute path, or a URL."""
    is_folder: bool
    entries: Sequence[Entry]
    """The files of a folder in order of their names; of an archive the one file that it is."""
    beside: Entry | None
    """The wanted neighbour, where there is one."""

    @property
    def is_local(self) -> bool:
        """Whether it lies in the local file system."""
        return "://" not in self.uri

    @property
    def name(self) -> str:
        """Name for people: the last part, without the suffix of an archive."""
        last = self.uri.rstrip("/\\").replace("\\", "/").rpartition("/")[2]
        for suffix in () if self.is_folder else ARCHIVE_SUFFIXES:
            if last.casefold().endswith(suffix):
                last = last[: -len(suffix)]
                break
        return last.encode("utf-8", "replace").decode() or "data"

    @property
    def beside_uri(self) -> str:
        """URI of the neighbour."""
        name = self.beside.name if self.beside else ""
        parent = os.path.dirname(self.uri) if self.is_local else self.uri.rstrip("/").rpartition("/")[0]
        return f"{parent}/{name}"

    def file_uri(self, name: str) -> str:
        """Return the URI of a file in the folder."""
        return os.path.join(self.uri, name) if self.is_local else f"{self.uri.rstrip('/')}/{name}"

    def state(self) -> str | None:
        """Return a digest that differs when any file was changed, or None where the place cannot tell."""
        entries = [*self.entries, *([self.beside] if self.beside else [])]
        if not all(entry.stamp for entry in entries):
            return None
        lines = [f"{entry.name}\0{entry.size}\0{entry.stamp}" for entry in entries]
        return sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def find_source(source: str, beside: str) -> Source:
    """Return what lies at ``source``, with its neighbour ``beside`` where there is one.

    Raises:
        StorageError: nothing is there (the message names the near match), or it cannot be read.
        DataError: it is a chained URL.
    """
    if "://" not in source:
        return _find_local(os.path.abspath(Path(source).expanduser()), beside)
    if "::" in source:
        raise DataError(f"{source}: wanted the URL of the archive itself, got a chained one")
    import fsspec

    try:
        system, path = fsspec.core.url_to_fs(source)
        if "file" in (system.protocol if isinstance(system.protocol, tuple) else (system.protocol,)):
            return _find_local(path, beside)
        return _find_remote(system, path, source, beside)
    except FileNotFoundError:
        raise StorageError(f"{source} is not there: name another folder or archive") from None
    except (OSError, ValueError, ImportError) as error:
        if isinstance(error, StorageError):
            raise
        raise StorageError(f"{source} cannot be read: {error}") from error


def open_file(uri: str) -> IO[bytes]:
    """Open a path or URL for reading.

    Raises:
        StorageError: it is gone or cannot be read.
    """
    try:
        if "://" not in uri:
            return open(uri, "rb")
        import fsspec

        system, path = fsspec.core.url_to_fs(uri)
        return cast("IO[bytes]", system.open(path, "rb"))
    except (OSError, ValueError, ImportError) as error:
        raise StorageError(f"{uri} cannot be read: {getattr(error, 'strerror', None) or error}") from error


def read_file(uri: str) -> bytes:
    """Return the content of a path or URL.

    Raises:
        StorageError: it is gone, cannot be read, or is too large to be one picture.
    """
    with open_file(uri) as file:
        try:
            content = file.read(MAX_FILE_BYTES + 1)
        except OSError as error:
            raise StorageError(f"{uri} cannot be read: {error.strerror or error}") from error
    if len(content) > MAX_FILE_BYTES:
        raise StorageError(f"{uri} is too large: wanted at most {MAX_FILE_BYTES:,} bytes")
    return content


def _find_local(path: str, beside: str) -> Source:
    neighbour = os.path.join(os.path.dirname(path), beside)
    try:
        if os.path.isdir(path):
            entries = sorted(list_folder(path), key=lambda entry: entry.name)
        else:
            entries = [_local_entry(path)]
        found = _local_entry(neighbour) if os.path.isfile(neighbour) else None
    except FileNotFoundError:
        raise StorageError(f"{path} is not there.{_near(path)}") from None
    except OSError as error:
        raise StorageError(f"{error.filename or path} cannot be read: {error.strerror or error}") from error
    return Source(path, os.path.isdir(path), entries, found)


def _local_entry(path: str) -> Entry:
    status = os.stat(path)
    return Entry(os.path.basename(path), status.st_size, str(status.st_mtime_ns))


def _near(path: str) -> str:
    parent, name = os.path.split(path)
    try:
        return did_you_mean(name, os.listdir(parent))
    except OSError:
        return f" Nor is the folder {parent}."


def _find_remote(system: Any, path: str, url: str, beside: str) -> Source:
    about = system.info(path)
    folder = about["type"] == "directory"
    root = path.rstrip("/")
    if folder:
        found = system.find(root, detail=True)
        entries = [_remote_entry(name[len(root) :].lstrip("/"), item) for name, item in sorted(found.items())]
    else:
        entries = [_remote_entry(root.rpartition("/")[2], about)]
    neighbour = f"{root.rpartition('/')[0]}/{beside}"
    there = system.isfile(neighbour)
    return Source(
        url.rstrip("/"), folder, entries, _remote_entry(beside, system.info(neighbour)) if there else None
    )


def _remote_entry(name: str, about: dict[str, Any]) -> Entry:
    stamp = next((str(about[key]) for key in _STAMPS if about.get(key)), "")
    return Entry(name, int(about.get("size") or 0), stamp)
