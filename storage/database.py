"""Databases as SQLAlchemy and SQLite have them: how one is opened, and how one is read that must not be touched."""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from sqlite3 import OperationalError as SqliteError
from sqlite3 import connect
from tempfile import TemporaryDirectory
from time import monotonic, sleep

from sqlalchemy import URL, Connection, Engine, StaticPool, create_engine, event

__all__ = ["copied", "engine_of", "file_of", "turn_to_write_ahead"]

_BUSY_TIMEOUT_S = 30


def engine_of(url: URL) -> Engine:
    """Return the engine of a database; connections with the execution option ``writes`` take the lock at once."""
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    return _prepared(create_engine(url, connect_args={"timeout": _BUSY_TIMEOUT_S}))


def file_of(url: URL) -> Path | None:
    """Return the file of an SQLite database, None for any other."""
    return Path(url.database or "").absolute() if url.get_backend_name() == "sqlite" else None


@contextmanager
def copied(file: Path, *, in_place: bool) -> Iterator[Engine]:
    """Yield a copy in memory of an SQLite database, an empty one where there is no file; the file is left alone.

    Args:
        file: of the database.
        in_place: whether SQLite may open it where it is: in write-ahead mode it writes beside the file even to read.
    """
    with closing(connect(":memory:", check_same_thread=False)) as memory:
        if file.is_file():
            _copy(file, memory, in_place=in_place)
        yield _prepared(create_engine("sqlite://", creator=lambda: memory, poolclass=StaticPool))


def turn_to_write_ahead(engine: Engine) -> None:
    """Let an SQLite database have several readers beside one writer, from now on and for every process."""
    deadline = monotonic() + _BUSY_TIMEOUT_S
    with engine.connect() as connection:
        raw = connection.connection.cursor()
        while True:
            try:
                raw.execute("PRAGMA journal_mode=WAL")
            except SqliteError as error:
                # SQLite does not wait here by itself while another process turns the same new file into this mode
                if "locked" not in str(error) or monotonic() > deadline:
                    raise
                sleep(0.005)
            else:
                return


def _copy(file: Path, memory: SqliteConnection, *, in_place: bool) -> None:
    if in_place:
        with closing(connect(file, timeout=_BUSY_TIMEOUT_S)) as source:
            source.backup(memory)
        return
    with TemporaryDirectory(prefix="artgen-index-") as folder:
        # what was written last may still be in the file beside it
        for part in (file, file.with_name(f"{file.name}-wal")):
            if part.is_file():
                shutil.copyfile(part, Path(folder, part.name))
        with closing(connect(Path(folder, file.name))) as source:
            source.backup(memory)


def _prepared(engine: Engine) -> Engine:
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare_connection(connection: SqliteConnection, _: object) -> None:
    connection.isolation_level = None  # _begin begins; the driver would leave table changes outside
    connection.execute("PRAGMA foreign_keys=ON")
    # a power cut may undo the last rows, never damage the others: the file is there, and adding it mends the row
    connection.execute("PRAGMA synchronous=NORMAL")


def _begin(connection: Connection) -> None:
    # a transaction that reads first and writes later is refused at once, without waiting, where another
    # process wrote in between: writers take the lock at the beginning
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
