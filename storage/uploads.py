"""What is handed in to a result store: how much of it is kept, and what goes when room is needed."""

import json
import os
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path, PureWindowsPath
from secrets import token_hex
from tempfile import NamedTemporaryFile
from threading import Lock
from time import time
from typing import IO, NamedTuple, final

from interfaces.errors import DataError, RunError, StorageError
from interfaces.page_uploads import KeptArchive
from interfaces.said import Said
from storage.result_store import HANDED_IN, UPLOADS, SqlResultStore
from storage.run_folder import full_or
from storage.run_queue import SqlRunQueue
from storage.training.containers import archive_kind
from storage.training.sources import ARCHIVE_SUFFIXES

__all__ = ["KEPT_FOR_S", "IncomingArchive", "UploadedFile", "Uploads", "file_name"]

KEPT_FOR_S = 24 * 3600
"""What no run names goes after so long, when room is needed."""
_PARTIAL = ".partial"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_DIGESTS = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_STRANGE = re.compile(r"[^\w ().-]+")
_LONGEST_STEM = 50
_ENDED = ("done", "partial", "failed", "cancelled")
_COMPRESSED = ((b"\x1f\x8b", ".tar.gz"), (b"BZh", ".tar.bz2"), (b"\xfd7zXZ", ".tar.xz"))


class UploadedFile(NamedTuple):
    """A file that was handed in."""

    digest: str
    path: Path
    size: int
    """Bytes."""
    since: float
    """When it was handed in last, in seconds of the epoch."""
    mark: Path
    """Of a picture, which lies among all input pictures, what says that it was handed in; of an archive itself."""


@final
class Uploads:
    """An `UploadStore` in the folder of a result store; may be asked from many threads.

    An archive lies at ``<root>/uploads/<SHA-256>/<name>``. A picture lies among the kept input pictures, and an empty file
    ``<root>/uploads/<SHA-256>/picture`` says that it was handed in, and is not the copy that a run made for itself.

    Args:
        root: folder of the result store.
        most: bytes that are kept in all.
        now: seconds of the epoch.
    """

    def __init__(self, root: Path, most: float, now: Callable[[], float] = time) -> None:
        self._folder = root / UPLOADS
        self._results, self._queue = SqlResultStore(root), SqlRunQueue(root)
        self._most, self._now = most, now
        self._lock = Lock()
        self._coming: dict[object, int] = {}

    def files(self) -> Sequence[UploadedFile]:
        """Return all that was handed in and is there, the oldest first."""
        return sorted(self._files(), key=lambda each: (each.since, each.digest))

    def unneeded(self) -> Sequence[UploadedFile]:
        """Return what no run names and is older than a day, the oldest first."""
        old = [each for each in self.files() if each.since < self._now() - KEPT_FOR_S]
        named = self._named() if old else set()
        return [each for each in old if each.digest not in named]

    def archives(self) -> Sequence[KeptArchive]:
        """Return the archives, the oldest first."""
        return [
            KeptArchive(each.digest, each.path, each.size) for each in self.files() if each.mark == each.path
        ]

    def check_room(self, size: int) -> None:
        """Return if so many bytes more may come; what no run names goes for them."""
        with self._lock:
            self._make_room(size)

    def keep_picture(self, content: bytes) -> Path:
        """Keep an input picture, and return its place."""
        digest = sha256(content).hexdigest()
        mark = self._folder / digest / HANDED_IN
        kept = self._kept(digest)
        if kept is not None and not mark.exists():
            return kept  # a run's own: it does not go
        with self._lock:
            if kept is None:
                self._make_room(len(content))
            with _telling(Said("the picture")):
                with NamedTemporaryFile(prefix="artgen-") as file:
                    file.write(content)
                    file.flush()
                    kept = self._results.keep_picture(Path(file.name))
                mark.parent.mkdir(parents=True, exist_ok=True)
                mark.touch()
        return kept

    def receive(self, name: str, size: int = 0) -> "IncomingArchive":
        """Begin to take in an archive."""
        return IncomingArchive(self._folder, name, size, self._reserve)

    def remove(self, digest: str) -> None:
        """Remove an archive that no run will read any more."""
        found = next(
            (each for each in self.files() if each.digest == digest and each.mark == each.path), None
        )
        if found is None:
            raise StorageError(Said("there is no such archive"))
        for run in self._queue.list():
            if run.state not in _ENDED and digest in json.dumps(run.settings):
                raise RunError(
                    Said("run {0} uses it and is {1}; cancel that one first", run.id, Said(run.state))
                )
        self.discard(found)

    def discard(self, file: UploadedFile) -> None:
        """Remove a file, whoever may want it."""
        try:
            file.path.unlink(missing_ok=True)
            file.mark.unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(
                Said("{0} cannot be removed: {1}", file.path, error.strerror or error)
            ) from error
        with suppress(OSError):  # it holds something else
            file.mark.parent.rmdir()

    def tidy(self) -> None:
        """Remove what was left on its way by a page that was killed."""
        for path in self._folder.glob(f".*{_PARTIAL}"):
            with suppress(OSError):  # it is gone, or somebody else's
                if path.stat().st_mtime < self._now() - KEPT_FOR_S:
                    path.unlink()

    def _reserve(self, who: object, size: int | None) -> None:
        """Let ``who`` have room for so many bytes in all; None gives it back."""
        with self._lock:
            before = self._coming.pop(who, 0)
            if size is None:
                return
            self._coming[who] = before
            self._make_room(size - before)
            self._coming[who] = size

    def _make_room(self, size: int) -> None:
        used = sum(each.size for each in self._files()) + sum(self._coming.values())
        if used + size <= self._most:
            return
        unneeded = self.unneeded()
        if used + size - sum(each.size for each in unneeded) > self._most:
            raise StorageError(
                Said(
                    "no room: {0} are kept of what was handed in, {1} would be added, and no more than {2} may "
                    "be kept. Remove collections on the tab Train, or delete runs of pictures that were handed "
                    "in (artgen runs delete RUN): what no run needs goes a day later",
                    _size(used),
                    _size(size),
                    _size(self._most),
                )
            )
        for each in unneeded:
            if used + size <= self._most:
                return
            self.discard(each)
            used -= each.size

    def _files(self) -> Iterator[UploadedFile]:
        for folder in self._folder.iterdir() if self._folder.is_dir() else ():
            if not _DIGEST.fullmatch(folder.name):
                continue
            for mark in folder.iterdir():
                path = self._picture(folder.name) if mark.name == HANDED_IN else mark
                if path is not None and not mark.is_symlink() and path.is_file():
                    yield UploadedFile(folder.name, path, path.stat().st_size, mark.stat().st_mtime, mark)

    def _picture(self, digest: str) -> Path | None:
        return next(iter((self._results.root / "pictures" / digest[:2]).glob(f"{digest}.*")), None)

    def _kept(self, digest: str) -> Path | None:
        try:
            return self._results.find_picture(digest)
        except StorageError:  # altered: it is written anew
            return None

    def _named(self) -> set[str]:
        """Return every digest in the settings of a run."""
        return {found for run in self._queue.list() for found in _DIGESTS.findall(json.dumps(run.settings))}


@final
class IncomingArchive:
    """An `Incoming` archive, written to the disk as it comes."""

    def __init__(
        self, folder: Path, name: str, size: int, reserve: Callable[[object, int | None], None]
    ) -> None:
        self._folder, self._name, self._reserve = folder, name, reserve
        self._partial = folder / f".{token_hex(8)}{_PARTIAL}"
        self._digest, self._size, self._reserved = sha256(), 0, size
        self._file: IO[bytes] | None = None
        try:
            reserve(self, size)
            with _telling(Said("the archive")):
                folder.mkdir(parents=True, exist_ok=True)
                self._file = self._partial.open("w+b")
        except StorageError:
            reserve(self, None)
            raise

    def write(self, chunk: bytes) -> None:
        """Take the next bytes."""
        assert self._file is not None  # noqa: S101  # it is open until it is finished
        self._size += len(chunk)
        if self._size > self._reserved:
            self._reserved = self._size
            self._reserve(self, self._size)
        self._digest.update(chunk)
        with _telling(Said("the archive")):
            self._file.write(chunk)

    def finish(self) -> KeptArchive:
        """Keep what was written."""
        assert self._file is not None  # noqa: S101  # it is finished once
        with _telling(Said("the archive")):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.seek(0)
            name = file_name(self._name, self._file)
            self._file.close()
            digest = self._digest.hexdigest()
            place = self._folder / digest
            place.mkdir(exist_ok=True)
            kept = next((path for path in place.iterdir() if path.name != HANDED_IN), None)
            if kept is None:
                kept = place / name
                os.replace(self._partial, kept)
            kept.touch()
        self.close()
        return KeptArchive(digest, kept, self._size)

    def close(self) -> None:
        """Give up what was not finished."""
        if self._file is not None:
            self._file.close()
        self._partial.unlink(missing_ok=True)
        self._reserve(self, None)


def file_name(name: str, content: IO[bytes]) -> str:
    r"""Return what the file of an archive is called: like the name that it came with, ending as its content says.

    Raises:
        DataError: it is neither a ZIP nor a TAR.

    >>> import io
    >>> file_name("../My cats.jpg", io.BytesIO(b"PK\x05\x06")), file_name("..", io.BytesIO(b"\x1f\x8b"))
    ('My cats.jpg.zip', 'pictures.tar.gz')
    """
    head = content.read(8)
    content.seek(0)
    kind = archive_kind(content)
    if kind is None:
        raise DataError(
            Said(
                "wanted a ZIP or a TAR with pictures, got {0}",
                Said("something else") if head else Said("an empty file"),
            )
        )
    ending = next((ending for magic, ending in _COMPRESSED if head.startswith(magic)), f".{kind}")
    last = unicodedata.normalize("NFC", PureWindowsPath(name).name)
    stem = next((last[: -len(each)] for each in ARCHIVE_SUFFIXES if last.casefold().endswith(each)), last)
    plain = _STRANGE.sub("-", stem).strip(" .-")[:_LONGEST_STEM].strip(" .-")
    return f"{plain or 'pictures'}{ending}"


@contextmanager
def _telling(what: Said) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if isinstance(error, StorageError):
            raise
        raise StorageError(Said("{0} cannot be kept: {1}", what, full_or(error))) from error


def _size(count: float) -> Said:
    return Said("{0:.1f} GB", count / 1e9) if count >= 1e9 else Said("{0:.1f} MB", count / 1e6)
