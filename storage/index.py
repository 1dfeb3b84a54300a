"""The database in which a result store and its run queue keep their rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from sqlite3 import OperationalError as SqliteError
from time import monotonic, sleep
from typing import Any, final
from weakref import finalize

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    create_engine,
    event,
    inspect,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import SQLAlchemyError

from interfaces.errors import RunError, StorageError, did_you_mean
from storage.schema import SCHEMA, runs

__all__ = ["INDEX_FILE", "Index"]

INDEX_FILE = "index.sqlite"
_BUSY_TIMEOUT_S = 30


@final
class Index:
    """The database of one result store; opening it makes it, or brings an older one up to date.

    Without a URL it is ``<root>/index.sqlite`` in write-ahead mode: several processes may read while one writes,
    and a writer waits for another. A database named by URL belongs to one store alone.
    """

    def __init__(self, root: Path, url: str | None = None) -> None:
        """Open the index of the store in ``root``.

        Raises:
            StorageError: ``root`` is no folder or cannot be written, the database cannot be reached, or a newer
                release made it.
        """
        self.root = Path(root).absolute()
        _make_folder(self.root)
        try:
            where = make_url(url) if url else URL.create("sqlite", database=str(self.root / INDEX_FILE))
            self._engine = _engine(where)
        except (SQLAlchemyError, ImportError) as error:
            raise StorageError(f"the index of {self.root} cannot be opened: {_reason(error)}") from error
        self._writer = self._engine.execution_options(writes=True)
        # a connection left open would keep the folder from being moved or deleted on Windows
        finalize(self, self._engine.dispose)
        if self._version() != SCHEMA:
            self._migrate()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection that sees one state of the database.

        Raises:
            StorageError: the database cannot be read.
        """
        with _translated(self.root), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection whose changes are kept together when the block ends without an error.

        Raises:
            StorageError: the database cannot be written, or the disk is full.
        """
        with _translated(self.root), self._writer.begin() as connection:
            yield connection

    def no_such_run(self, run: str) -> RunError:
        """Return the error for a run that is not in the index; it names the near match."""
        with self.reading() as connection:
            known = connection.scalars(select(runs.c.id)).all()
        return RunError(f"there is no run {run!r} in {self.root}.{did_you_mean(run, known)}")

    def _version(self) -> str | None:
        with self.reading() as connection:
            return _stored_version(connection)

    def _migrate(self) -> None:
        from storage.migration import upgrade  # Alembic takes longer to import than a store to open

        try:
            with self.writing() as connection:
                version = _stored_version(connection)
                if version != SCHEMA:
                    upgrade(connection, version, self.root)
        except StorageError:
            # where the lock does not cover new tables, of two processes at once one comes too late, and need not mind
            if self._version() != SCHEMA:
                raise


def _make_folder(root: Path) -> None:
    try:
        root.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise StorageError(f"{root}: wanted a folder for the results, got a file") from error
    except OSError as error:
        raise StorageError(f"{root} cannot be made for the results: {error.strerror or error}") from error


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": _BUSY_TIMEOUT_S})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: SqliteConnection, _: object) -> None:
    connection.isolation_level = None  # _begin_sqlite begins; the driver would leave table changes outside
    connection.execute("PRAGMA foreign_keys=ON")
    # a power cut may undo the last rows, never damage the others: the file is there, and adding it mends the row
    connection.execute("PRAGMA synchronous=NORMAL")
    deadline = monotonic() + _BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except SqliteError as error:
            # SQLite does not wait here by itself while another process turns the same new file into this mode
            if "locked" not in str(error) or monotonic() > deadline:
                raise
            sleep(0.005)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    # a transaction that reads first and writes later is refused at once, without waiting, where another
    # process wrote in between: writers take the lock at the beginning
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _stored_version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version


@contextmanager
def _translated(root: Path) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise StorageError(f"the index of {root} cannot be used: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    cause: Any = getattr(error, "orig", None) or error
    reason = (str(cause).splitlines() or [type(cause).__name__])[0]
    return "the disk is full" if "disk is full" in reason else reason
