"""The SQL result store, beyond what every store must do."""

import os
import sqlite3
from pathlib import Path

import pytest

from interfaces.errors import StorageError
from interfaces.iodt import IODT
from interfaces.ports import ResultStore
from storage import RESULT_STORES
from storage.result_store import SqlResultStore
from storage.run_queue import SqlRunQueue
from tests.contracts.result_store import PNG, ResultStoreContract, encoded
from tests.processes import PROCESSES
from tests.rights import read_only


class TestSqlResultStore(ResultStoreContract):
    def make(self, root: Path) -> ResultStore:
        return SqlResultStore(root)

    def make_run(self, root: Path) -> str:
        return SqlRunQueue(root).create("pipeline", {}, 1).id

    def read_raw(self, root: Path, run: str, name: str) -> bytes:
        return (root / run / name).read_bytes()


class TestSqlResultStoreInAnotherDatabase(TestSqlResultStore):
    def make(self, root: Path) -> ResultStore:
        return SqlResultStore(root, _url(root))

    def make_run(self, root: Path) -> str:
        return SqlRunQueue(root, _url(root)).create("pipeline", {}, 1).id


def _url(root: Path) -> str:
    return f"sqlite:///{(root / 'elsewhere.db').as_posix()}"


def _one_file(root: Path) -> tuple[SqlResultStore, str]:
    run = SqlRunQueue(root).create("pipeline", {}, 1).id
    store = SqlResultStore(root)
    store.add(run, IODT(files=(encoded("a.png", b"old"),)))
    return store, run


def test_is_registered() -> None:
    assert RESULT_STORES["sql"] is SqlResultStore


def test_another_database_replaces_the_one_in_the_folder(tmp_path: Path) -> None:
    SqlRunQueue(tmp_path, _url(tmp_path)).create("pipeline", {}, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["elsewhere.db"]


def test_a_moved_store_opens_with_its_new_paths(tmp_path: Path) -> None:
    run = _one_file(tmp_path / "old")[1]
    (tmp_path / "old").rename(tmp_path / "new")
    (stored,) = SqlResultStore(tmp_path / "new").files(run)
    assert stored.path == str(tmp_path / "new" / run / "a.png")
    assert Path(stored.path).read_bytes() == b"old"


def test_a_crash_between_file_and_row_is_mended_by_adding_again(tmp_path: Path) -> None:
    store, run = _one_file(tmp_path)
    crashed = PROCESSES.Process(target=_die_before_the_row, args=(tmp_path, run))
    crashed.start()
    crashed.join(60)
    assert crashed.exitcode == 77
    assert (tmp_path / run / "b.png").read_bytes() == b"b"
    assert [file.name for file in store.files(run)] == ["a.png"]
    store.add(run, IODT(files=(encoded("b.png", b"bb", seed=1),)))
    assert [(file.name, file.size) for file in store.files(run)] == [("a.png", 3), ("b.png", 2)]


def _die_before_the_row(root: Path, run: str) -> None:
    from sqlalchemy import Engine, event

    store = SqlResultStore(root)

    @event.listens_for(Engine, "before_cursor_execute")
    def _(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if statement.startswith("INSERT INTO files"):
            os._exit(77)

    store.add(run, IODT(files=(encoded("b.png", b"b", seed=1),)))


def test_a_full_disk_under_the_index_is_told_as_such(tmp_path: Path) -> None:
    from sqlalchemy import Engine, event

    def fill(connection: sqlite3.Connection, _: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")

    run = _one_file(tmp_path)[1]
    many = tuple(encoded(f"{seed:0200}.png", seed=seed) for seed in range(1, 200))
    event.listen(Engine, "connect", fill)
    try:
        with pytest.raises(StorageError, match=r"index of .* cannot be used: the disk is full$"):
            SqlResultStore(tmp_path).add(run, IODT(files=many))
    finally:
        event.remove(Engine, "connect", fill)
    stored = SqlResultStore(tmp_path).files(run)
    assert 1 <= len(stored) < 200
    assert all(Path(file.path).is_file() for file in stored)


def test_a_root_that_is_a_file_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match=r"wanted a folder for the results, got a file$"):
        SqlResultStore(tmp_path / "file")
    with pytest.raises(StorageError, match=r"cannot be made for the results: Not a directory$"):
        SqlRunQueue(tmp_path / "file" / "below").create("pipeline", {}, 1)


def test_a_root_that_cannot_be_written_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir()
    with read_only(tmp_path / "locked"):
        with pytest.raises(
            StorageError, match=r"^the index of .* cannot be used: unable to open database file$"
        ):
            SqlRunQueue(tmp_path / "locked").create("pipeline", {}, 1)
        with pytest.raises(StorageError, match=r"cannot be made for the results: Permission denied$"):
            SqlRunQueue(tmp_path / "locked" / "below").create("pipeline", {}, 1)


@pytest.mark.parametrize(
    ("content", "ending"),
    [
        (PNG, "png"),
        (b"\xff\xd8\xff\xe0", "jpg"),
        (b"RIFF\x00\x00\x00\x00WEBP", "webp"),
        (b"II*\x00", "tif"),
        (b"?", "bin"),
    ],
)
def test_a_kept_picture_has_the_ending_of_its_format(tmp_path: Path, content: bytes, ending: str) -> None:
    (picture := tmp_path / "picture").write_bytes(content)
    kept = SqlResultStore(tmp_path).keep_picture(picture)
    assert kept == tmp_path / "pictures" / kept.stem[:2] / f"{kept.stem}.{ending}"


def test_asks_for_a_whole_digest(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"wanted a SHA-256 digest .* got '\.\./x'"):
        SqlResultStore(tmp_path).find_picture("../x")
