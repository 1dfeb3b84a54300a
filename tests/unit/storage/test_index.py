"""The index: schema versions, other databases, and what cannot be opened."""

import shutil
import sqlite3
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.synchronize import Barrier
from pathlib import Path
from threading import Timer

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Integer, MetaData, Table

from interfaces.errors import RunError, StorageError
from storage.index import INDEX_FILE, Index
from storage.migration import scripts
from storage.result_store import SqlResultStore
from storage.run_queue import SqlRunQueue
from storage.schema import METADATA, SCHEMA
from tests.processes import PROCESSES
from tests.rights import read_only

FILES = Path(__file__).parents[2] / "fixtures" / "artgen-0.1.zip"


def _differences(index: Index, metadata: MetaData) -> list[object]:
    with index.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))


def test_the_newest_migration_is_the_schema_of_this_release() -> None:
    assert scripts().get_current_head() == SCHEMA


def test_the_migrations_make_the_tables_that_the_code_knows(tmp_path: Path) -> None:
    assert _differences(Index(tmp_path), METADATA) == []


def test_the_comparison_of_schemas_sees_a_missing_column(tmp_path: Path) -> None:
    other = MetaData()
    for table in METADATA.tables.values():
        table.to_metadata(other)
    Table("runs", other, Column("priority", Integer), extend_existing=True)
    assert "priority" in str(_differences(Index(tmp_path), other))


def test_an_empty_database_is_brought_up_to_date_once_something_is_written(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / INDEX_FILE).close()
    queue = SqlRunQueue(tmp_path)
    assert queue.list() == []
    assert (tmp_path / INDEX_FILE).read_bytes() == b""
    queue.create("train", {}, 1)
    with sqlite3.connect(tmp_path / INDEX_FILE) as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchall() == [(SCHEMA,)]
        assert raw.execute("PRAGMA journal_mode").fetchall() == [("wal",)]
    raw.close()


def test_a_store_of_a_newer_release_is_refused_and_left_alone(tmp_path: Path) -> None:
    SqlRunQueue(tmp_path).create("train", {}, 1)
    _raw(tmp_path, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(
        StorageError, match=f"newer artgen: .* schema 9999, this release knows up to {SCHEMA};"
    ):
        Index(tmp_path)
    _raw(tmp_path, "UPDATE alembic_version SET version_num = ?", SCHEMA)
    assert len(SqlRunQueue(tmp_path).list()) == 1


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    _raw(tmp_path, "CREATE TABLE files (something TEXT)")
    with pytest.raises(StorageError, match=r"cannot be used: table files already exists$"):
        SqlRunQueue(tmp_path).create("train", {}, 1)
    with pytest.raises(StorageError, match=r"cannot be used: table files already exists$"):
        SqlRunQueue(tmp_path).list()
    with sqlite3.connect(tmp_path / INDEX_FILE) as raw:
        assert raw.execute("SELECT name FROM sqlite_master").fetchall() == [("files",)]
    raw.close()


def test_a_damaged_index_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / INDEX_FILE).write_bytes(b"not a database" * 100)
    with pytest.raises(
        StorageError,
        match=rf"^the index of {tmp_path} cannot be used: file is not a database; put a copy of index.sqlite back",
    ):
        Index(tmp_path)


@pytest.mark.parametrize("url", ["nonsense", "nosuch://host/db", "mssql+nosuch://user:secret@host/db"])
def test_an_unknown_database_is_refused_in_one_line(tmp_path: Path, url: str) -> None:
    with pytest.raises(StorageError, match=r"^the index of .* cannot be opened: [^\n]+$") as caught:
        Index(tmp_path, url)
    assert "secret" not in str(caught.value)


def test_processes_that_write_to_a_new_store_at_once_all_succeed(tmp_path: Path) -> None:
    barrier = PROCESSES.Barrier(3)
    openers = [PROCESSES.Process(target=_open_each, args=(tmp_path, barrier)) for _ in range(3)]
    for opener in openers:
        opener.start()
    for opener in openers:
        opener.join(60)
    assert [opener.exitcode for opener in openers] == [0, 0, 0]


def _open_each(root: Path, barrier: Barrier) -> None:
    for number in range(10):
        barrier.wait(60)
        SqlRunQueue(root / str(number)).create("train", {}, 1)


def test_a_new_store_waits_for_who_else_is_making_it(tmp_path: Path) -> None:
    _raw(tmp_path, "CREATE TABLE other (x)")
    other = sqlite3.connect(tmp_path / INDEX_FILE, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    free = Timer(0.2, other.close)
    free.start()
    SqlRunQueue(tmp_path).create("train", {}, 1)
    free.join()


def test_a_store_that_is_no_longer_used_leaves_its_folder_free(tmp_path: Path) -> None:
    queue = SqlRunQueue(tmp_path)
    queue.create("train", {}, 1)
    assert (tmp_path / f"{INDEX_FILE}-wal").exists()
    del queue
    assert [path.name for path in tmp_path.iterdir()] == [INDEX_FILE]


def test_opening_a_store_that_is_up_to_date_does_not_load_alembic(tmp_path: Path) -> None:
    SqlRunQueue(tmp_path).create("train", {}, 1)
    code = (
        "import sys, storage, storage.paths; assert 'sqlalchemy' not in sys.modules;"
        f"from storage.run_queue import SqlRunQueue; SqlRunQueue({str(tmp_path)!r}).list();"
        "print(sorted({'alembic', 'psutil', 'torch', 'requests'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_store_that_is_not_there_is_empty_and_looking_makes_none(tmp_path: Path) -> None:
    assert SqlRunQueue(tmp_path / "nowhere").list() == []
    with pytest.raises(RunError, match="there is no run 'x'"):
        SqlResultStore(tmp_path / "nowhere").files("x")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The result store of artgen 0.1."""
    with zipfile.ZipFile(FILES) as archive:
        archive.extractall(tmp_path / "old")
    return tmp_path / "old" / "store"


def _state(root: Path) -> bytes:
    return (root / INDEX_FILE).read_bytes()


def test_an_older_store_is_read_as_it_is_and_upgraded_by_the_first_write(old: Path) -> None:
    before, queue = _state(old), SqlRunQueue(old)
    [run] = queue.list()
    assert (run.state, run.position, run.folder) == ("done", 0, None)
    assert len(SqlResultStore(old).files(run.id)) == 5
    assert queue.get(run.id) == run
    with pytest.raises(RunError, match=f"Did you mean '{run.id}'"):
        queue.get(f"{run.id}0")
    assert _state(old) == before

    added = queue.create("train", {}, 1)

    assert [each.id for each in queue.list()] == [added.id, run.id]
    with sqlite3.connect(old / INDEX_FILE) as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchall() == [(SCHEMA,)]
    raw.close()


def test_a_change_that_is_refused_upgrades_nothing(old: Path) -> None:
    queue = SqlRunQueue(old)
    [run] = queue.list()
    before = _state(old)
    with pytest.raises(RunError, match="is done: there is nothing to pause"):
        queue.request(run.id, "pause")
    assert _state(old) == before


def test_who_reads_an_older_store_sees_what_another_writes_to_it(old: Path) -> None:
    reader = SqlRunQueue(old)
    assert len(reader.list()) == 1
    SqlRunQueue(old).create("train", {}, 1)
    assert len(reader.list()) == 2


@pytest.mark.parametrize("is_old", [True, False])
def test_a_store_on_a_medium_that_cannot_be_written_is_read(is_old: bool, old: Path) -> None:
    if not is_old:
        SqlRunQueue(old).create("train", {}, 1)
    before = _state(old)
    with read_only(old):
        assert len(SqlRunQueue(old).list()) == (1 if is_old else 2)
        assert len(SqlResultStore(old).files()) == 5
        with pytest.raises(StorageError, match=r"cannot be used: (unable to open|attempt to write)"):
            SqlRunQueue(old).create("train", {}, 1)
    assert _state(old) == before


def test_what_was_written_last_is_read_from_the_file_beside_it(tmp_path: Path) -> None:
    """As it lies where a process was killed and the folder then copied to such a medium."""
    queue = SqlRunQueue(tmp_path / "live")
    run = queue.create("train", {}, 1)
    shutil.copytree(tmp_path / "live", tmp_path / "copy", ignore=shutil.ignore_patterns("*-shm"))
    assert (tmp_path / "copy" / f"{INDEX_FILE}-wal").stat().st_size > 0
    with read_only(tmp_path / "copy"):
        assert [each.id for each in SqlRunQueue(tmp_path / "copy").list()] == [run.id]


def _raw(root: Path, statement: str, *values: str) -> None:
    connection = sqlite3.connect(root / INDEX_FILE)
    with connection:
        connection.execute(statement, values)
    connection.close()


def test_many_threads_may_ask_a_store_that_is_not_there_yet(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: SqlRunQueue(tmp_path / "store").list(), range(8))) == [[]] * 8
