"""A folder in which every file is written whole or not at all: the one place where artgen writes files."""

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from secrets import token_hex
from typing import final

from interfaces.errors import StorageError
from interfaces.said import Said

__all__ = ["DirectoryFolder", "full_or", "require_place"]

_PARTIAL = ".partial"


@final
class DirectoryFolder:
    """A `RunFolder` in the local file system.

    A file is written under a temporary name beside its place, flushed to the disk, and renamed. A crash leaves
    the old file and at most a ``*.partial``, which no reader sees.

    >>> import tempfile
    >>> folder = DirectoryFolder(Path(tempfile.mkdtemp()))
    >>> folder.write("a/b.txt", b"x").read_bytes(), folder.names()
    (b'x', ['a/b.txt'])
    """

    def __init__(self, path: Path) -> None:
        self._path = Path(path).absolute()

    @property
    def path(self) -> Path:
        """Where it is."""
        return self._path

    def write(self, name: str, content: bytes) -> Path:
        """Write ``name`` atomically and return its path."""
        with self.writing(name) as partial:
            partial.write_bytes(content)
        return self._inside(name)

    @contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        """Yield a temporary path; it becomes ``name`` when the block ends without an error."""
        target = self._inside(name)
        # the name is not in it: a long one leaves no room for more
        partial = target.with_name(f".{token_hex(8)}{_PARTIAL}")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            yield partial
            _flush(partial)
            os.replace(partial, target)
        except OSError as error:
            raise StorageError(Said("{0} cannot be written: {1}", target, full_or(error))) from error
        finally:
            with suppress(
                OSError
            ):  # what cannot be removed was never made, or is a leftover that no reader sees
                partial.unlink()
        _flush_folder(target.parent)

    def append(self, name: str, content: str | bytes) -> None:
        """Append one line of text to ``name``, or bytes as they are."""
        if isinstance(content, str):
            content = (content.rstrip("\n") + "\n").encode()
        target = self._inside(name)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("ab") as file:
                file.write(content)
        except OSError as error:
            raise StorageError(Said("{0} cannot be written: {1}", target, full_or(error))) from error

    def read(self, name: str) -> bytes:
        """Return the content of ``name``."""
        target = self._inside(name)
        try:
            return target.read_bytes()
        except OSError as error:
            raise StorageError(Said("{0} cannot be read: {1}", target, error.strerror or error)) from error

    def names(self, pattern: str = "**/*") -> Sequence[str]:
        """Return the names that match the glob ``pattern``, sorted."""
        return sorted(
            path.relative_to(self._path).as_posix()
            for path in self._path.glob(pattern)
            if path.is_file() and path.suffix != _PARTIAL
        )

    def delete(self, name: str) -> None:
        """Remove ``name`` if it is there."""
        try:
            self._inside(name).unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(
                Said("{0} cannot be removed: {1}", self._path / name, error.strerror or error)
            ) from error

    def _inside(self, name: str) -> Path:
        pure = PurePosixPath(name)
        # elsewhere than on Windows both are letters like others
        elsewhere = os.name == "nt" and ("\\" in name or ":" in name)
        if not name or pure.is_absolute() or ".." in pure.parts or elsewhere:
            raise StorageError(Said("wanted the name of a file inside {0}, got {1!r}", self._path, name))
        return self._path / pure


def require_place(folder: Path) -> None:
    """Return if results can be written into ``folder``, which need not be there yet; nothing is made.

    Raises:
        StorageError: they cannot.
    """
    place = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not place.is_dir():
        raise StorageError(Said("{0}: wanted a folder for the results, got a file", place))
    if not os.access(place, os.W_OK):
        raise StorageError(Said("{0} cannot be written to, and the results shall go into {1}", place, folder))


def full_or(error: OSError) -> str:
    """Return why something was not written, with words of ours where the disk is full."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return Said("the disk is full") if full else error.strerror or str(error)


def _flush(path: Path) -> None:
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def _flush_folder(path: Path) -> None:
    # the rename itself must reach the disk; Windows cannot open folders and does it by journal
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
