"""The result store: picture files in one folder for each run, and an SQL index of them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, final

from sqlalchemy import Row, delete, insert, select, update

from interfaces.errors import DataError, StorageError
from interfaces.iodt import IODT, EncodedFile
from interfaces.ports import ResultStore
from interfaces.registry import Registry
from interfaces.runs import StoredFile
from storage.digest import file_sha256
from storage.gallery import TRASH
from storage.index import Index
from storage.run_folder import DirectoryFolder
from storage.schema import files, runs

__all__ = ["HANDED_IN", "RESULT_STORES", "UPLOADS", "SqlResultStore"]

UPLOADS, HANDED_IN = "uploads", "picture"
"""Folder, and name in the folder of its digest, of what says that a kept picture was handed in on the page (`storage.uploads`)."""
_PICTURES = "pictures"
_STORED = [column for column in files.c if column.name in StoredFile.model_fields]


@final
class SqlResultStore:
    """A `ResultStore`: files at ``<root>/<run>/<name>``, rows in the database of the same folder.

    Kept input pictures lie at ``<root>/pictures/<first two digits>/<SHA-256>.<ending>``.
    """

    def __init__(self, root: Path, url: str | None = None) -> None:
        """Open the store in ``root``; an empty folder, or none yet, becomes one.

        Args:
            root: the folder of the store.
            url: another database than ``<root>/index.sqlite``, as SQLAlchemy writes it; it serves this store alone.

        Raises:
            StorageError: ``root`` is no folder or cannot be written, the database cannot be reached, or a newer
                release made it.
        """
        self._index = Index(root, url)
        self._pictures = DirectoryFolder(self._index.root / _PICTURES)

    @property
    def root(self) -> Path:
        """Absolute path of the folder."""
        return self._index.root

    def add(self, run: str, data: IODT) -> Sequence[StoredFile]:
        """Write the files of ``data`` into ``run``, one after another: a file, whole or not at all, then its row.

        A crash between the two leaves a file without a row; adding it again replaces it.

        Raises:
            RunError: there is no such run.
            StorageError: a name leaves the run's folder, the disk is full, or it cannot be written.
        """
        self._require(run)
        for file in data.files:
            _check_name(file.name)
        folder = DirectoryFolder(self.root / run)
        return [self._add(folder, run, file) for file in data.files]

    def files(self, run: str | None = None) -> Sequence[StoredFile]:
        """Return the files of ``run``, or of all runs, oldest run first, in order of seed, then width; sheets last.

        Raises:
            RunError: there is no such run.
        """
        order = (files.c.run, files.c.seed.is_(None), files.c.seed, files.c.width, files.c.name)
        query = select(*_STORED).where(files.c.trashed.is_(None)).order_by(*order)
        if run is not None:
            self._require(run)
            query = query.where(files.c.run == run)
        with self._index.reading() as connection:
            return [self._stored(row) for row in connection.execute(query)]

    def find_picture(self, sha256: str) -> Path | None:
        """Return the kept copy of the input picture with this digest, or None.

        Raises:
            StorageError: the copy was altered.
        """
        found = self._picture_name(sha256)
        if found is None:
            return None
        path = self._pictures.path / found
        actual = file_sha256(path)
        if actual != sha256:
            raise StorageError(f"the kept picture {path} was altered: wanted SHA-256 {sha256}, got {actual}")
        return path

    def keep_picture(self, picture: Path) -> Path:
        """Keep a copy of an input picture, addressed by its digest; one that is there already is not written again.

        Raises:
            DataError: it cannot be read.
            StorageError: the disk is full or cannot be written.
        """
        try:
            content = picture.read_bytes()
        except OSError as error:
            raise DataError(f"{picture} cannot be read: {error.strerror or error}") from error
        digest = sha256(content).hexdigest()
        found = self._picture_name(digest)
        if found is not None and picture.absolute() != self._pictures.path / found:
            # the settings of the run do not have its digest: it no longer goes when nothing names that
            DirectoryFolder(self.root / UPLOADS / digest).delete(HANDED_IN)
        if found is not None and self._pictures.read(found) == content:
            return self._pictures.path / found
        return self._pictures.write(f"{digest[:2]}/{digest}.{_ending(content)}", content)

    def _picture_name(self, digest: str) -> str | None:
        if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
            raise StorageError(f"wanted a SHA-256 digest in lower-case hex, got {digest!r}")
        return next(iter(self._pictures.names(f"{digest[:2]}/{digest}.*")), None)

    def _require(self, run: str) -> None:
        with self._index.reading() as connection:
            known = connection.scalar(select(runs.c.id).where(runs.c.id == run))
        if known is None:
            raise self._index.no_such_run(run)

    def _add(self, folder: DirectoryFolder, run: str, file: EncodedFile) -> StoredFile:
        folder.write(file.name, file.content)
        DirectoryFolder(self.root / TRASH / run).delete(file.name)
        now = datetime.now(UTC)
        row = file.model_dump(exclude={"content", "metadata"}) | {
            "run": run,
            "size": len(file.content),
            "sha256": sha256(file.content).hexdigest(),
            "created": now,
        }
        same = (files.c.run == run) & (files.c.name == file.name)
        with self._index.writing() as connection:
            # first of all, so that a server database lets only one process at a time change the files of a run
            connection.execute(update(runs).where(runs.c.id == run).values(updated=now))
            settings = connection.scalar(select(runs.c.settings).where(runs.c.id == run))
            thought = connection.execute(select(files.c.stars, files.c.note).where(same)).one_or_none()
            connection.execute(delete(files).where(same))
            kept = {} if thought is None else dict(thought._mapping)  # what is made again is the same picture
            connection.execute(insert(files).values(row | {"model": _model(settings)} | kept))
        return StoredFile.model_validate(row | {"path": str(folder.path / file.name)})

    def _stored(self, row: Row[tuple[object, ...]]) -> StoredFile:
        fields = dict(row._mapping)
        return StoredFile.model_validate(fields | {"path": str(self.root / fields["run"] / fields["name"])})


def _model(settings: Any) -> str | None:
    """Return the digest of the model of a run, from its settings."""
    found: str | None = (settings.get("fixed") or {}).get("model")
    return found


def _check_name(name: str) -> None:
    if not name.strip(".") or "/" in name or "\\" in name or ":" in name:
        raise StorageError(f"wanted a plain file name without a folder, got {name!r}")


def _ending(content: bytes) -> str:
    """Return the usual file name ending of a picture's format, ``bin`` for an unknown one."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    starts = {
        b"\x89PNG\r\n\x1a\n": "png",
        b"\xff\xd8\xff": "jpg",
        b"II*\x00": "tif",
        b"MM\x00*": "tif",
        b"GIF8": "gif",
        b"BM": "bmp",
    }
    return next((ending for start, ending in starts.items() if content.startswith(start)), "bin")


RESULT_STORES: Registry[ResultStore] = Registry("result_store", {"sql": SqlResultStore})
"""Takes ``root``, and ``url`` for another database."""
