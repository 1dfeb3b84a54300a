"""The database in which a result store and its run queue keep their rows."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Error as SqliteError
from typing import Any, final
from weakref import finalize

from sqlalchemy import URL, Connection, inspect, make_url, select, text
from sqlalchemy.exc import SQLAlchemyError

from interfaces.errors import RunError, StorageError, did_you_mean
from interfaces.said import Said
from storage.database import copied, engine_of, file_of, turn_to_write_ahead
from storage.schema import SCHEMA, runs

__all__ = ["INDEX_FILE", "Index"]

INDEX_FILE = "index.sqlite"
_DAMAGED = re.compile("malformed|not a database|no such (table|column)")
_ADVICE = Said(
    "put a copy of {0} back in its place, or move it elsewhere: the pictures stay in their folders, and a new index begins "
    "without them",
    INDEX_FILE,
)


@final
class Index:
    """The database of one result store. Looking changes nothing; writing makes it, or brings an older one up to date.

    Without a URL it is ``<root>/index.sqlite`` in write-ahead mode: several processes may read while one writes,
    and a writer waits for another. What cannot be read in its place, since an older release made it or nobody may write
    there, is read from a copy in memory. A database named by URL belongs to one store alone; one on a server is brought up
    to date when it is opened.
    """

    def __init__(self, root: Path, url: str | None = None) -> None:
        """Open the index of the store in ``root``, which need not be there yet.

        Raises:
            StorageError: ``root`` is no folder, the database cannot be reached, or a newer release made it.
        """
        self.root = Path(root).absolute()
        if self.root.exists() and not self.root.is_dir():
            raise _no_folder(self.root)
        try:
            where = make_url(url) if url else URL.create("sqlite", database=str(self.root / INDEX_FILE))
            self._engine = engine_of(where)
        except (SQLAlchemyError, ImportError) as error:
            raise StorageError(
                Said("the index of {0} cannot be opened: {1}", self.root, _reason(error))
            ) from error
        self._file = file_of(where)
        self._writer = self._engine.execution_options(writes=True)
        # a connection left open would keep the folder from being moved or deleted on Windows
        finalize(self, self._engine.dispose)
        self._is_current = False
        self._is_made = False
        if self._file is None:
            self._bring_server_up_to_date()
        elif self._file.is_file():
            self._check_known()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection that sees one state of the database; a store that is not there yet is empty.

        Raises:
            StorageError: the database cannot be read.
        """
        with _translated(self.root):
            if self._can_be_read_in_place():
                with self._engine.begin() as connection:
                    yield connection
            else:
                with self._copy() as connection:
                    self._bring_up_to_date(connection)
                    yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection whose changes are kept together when the block ends without an error.

        Raises:
            StorageError: the database cannot be written, or the disk is full.
        """
        with _translated(self.root):
            self._make()
            with self._writer.begin() as connection:
                if not self._is_current:
                    self._bring_up_to_date(connection)
                yield connection
            self._is_current = True

    def no_such_run(self, run: str) -> RunError:
        """Return the error for a run that is not in the index; it names the near match."""
        with self.reading() as connection:
            known = connection.scalars(select(runs.c.id)).all()
        return RunError(Said("there is no run {0!r} in {1}.{2}", run, self.root, did_you_mean(run, known)))

    def _can_be_read_in_place(self) -> bool:
        if not self._is_current and self._can_be_written():
            with self._engine.begin() as connection:
                self._is_current = _stored_version(connection) == SCHEMA
        return self._is_current

    def _can_be_written(self) -> bool:
        """Return whether SQLite may write: in write-ahead mode it does so beside the file even to read."""
        file = self._file
        return (
            file is not None
            and file.is_file()
            and os.access(file, os.W_OK)
            and os.access(file.parent, os.W_OK)
        )

    @contextmanager
    def _copy(self) -> Iterator[Connection]:
        assert self._file is not None  # noqa: S101  # a server's is up to date
        with copied(self._file, in_place=self._can_be_written()) as engine, engine.begin() as connection:
            yield connection

    def _check_known(self) -> None:
        """Refuse the index of a newer release."""
        with _translated(self.root):
            if self._can_be_read_in_place():
                return
            from storage.migration import check_known

            with self._copy() as connection:
                check_known(_stored_version(connection), self.root)

    def _bring_up_to_date(self, connection: Connection) -> None:
        version = _stored_version(connection)
        if version != SCHEMA:
            from storage.migration import upgrade  # Alembic takes longer to import than a store to open

            upgrade(connection, version, self.root)

    def _bring_server_up_to_date(self) -> None:
        try:
            with self.writing():
                pass
        except StorageError:
            # where the lock does not cover new tables, of two processes at once one comes too late, and need not mind
            with _translated(self.root), self._engine.begin() as connection:
                if _stored_version(connection) != SCHEMA:
                    raise
            self._is_current = True

    def _make(self) -> None:
        """Make what is not there yet: the folder, and the file in write-ahead mode."""
        if self._is_made:
            return
        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except FileExistsError as error:
            raise _no_folder(self.root) from error
        except OSError as error:
            raise StorageError(
                Said("{0} cannot be made for the results: {1}", self.root, error.strerror or error)
            ) from error
        if self._file is not None:
            turn_to_write_ahead(self._engine)
        self._is_made = True


def _no_folder(root: Path) -> StorageError:
    return StorageError(Said("{0}: wanted a folder for the results, got a file", root))


def _stored_version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version


@contextmanager
def _translated(root: Path) -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, SqliteError) as error:
        reason = _reason(error)
        told = Said("the index of {0} cannot be used: {1}", root, reason)
        raise StorageError(Said("{0}; {1}", told, _ADVICE) if _DAMAGED.search(reason) else told) from error


def _reason(error: Exception) -> str:
    cause: Any = getattr(error, "orig", None) or error
    reason = (str(cause).splitlines() or [type(cause).__name__])[0]
    return Said("the disk is full") if "disk is full" in reason else reason
