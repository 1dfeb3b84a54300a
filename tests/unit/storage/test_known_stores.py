"""The list of result stores: runs are found without naming a folder."""

import shutil
import time
from pathlib import Path

import pytest

from interfaces.errors import RunError, StorageError
from storage.index import INDEX_FILE
from storage.known_stores import MOST_STORES, find_run, folder_of, known, remember, runs_of
from storage.paths import data_folder
from storage.run_queue import SqlRunQueue


def _store_with_run(root: Path) -> str:
    run = SqlRunQueue(root).create("pipeline", {}, 1).id
    remember(root)
    time.sleep(0.002)  # the clock of the file system ticks less often than that of the process
    return run


def test_nothing_is_known_at_first() -> None:
    assert known() == []


def test_the_store_used_last_comes_first(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "zweiter Ort"
    for root in (first, second):
        _store_with_run(root)
    assert known() == [second, first]
    remember(first)
    assert known() == [first, second]


def test_a_relative_folder_is_known_from_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "store").mkdir()
    monkeypatch.chdir(tmp_path)
    remember(Path("store"))
    monkeypatch.chdir("/")
    assert known() == [tmp_path / "store"]


def test_a_store_that_is_gone_is_forgotten(tmp_path: Path) -> None:
    _store_with_run(tmp_path / "gone")
    _store_with_run(tmp_path / "here")
    shutil.rmtree(tmp_path / "gone")
    assert known() == [tmp_path / "here"]
    (tmp_path / "gone").mkdir()
    assert known() == [tmp_path / "here"]


def test_a_damaged_note_is_dropped(tmp_path: Path) -> None:
    _store_with_run(tmp_path / "here")
    for number, content in enumerate((b"{", b"[]", b'{"root": 3}', b"{}")):
        (data_folder() / "stores" / f"{number}.json").write_bytes(content)
    assert known() == [tmp_path / "here"]


def test_the_list_does_not_grow_without_end(tmp_path: Path) -> None:
    roots = [tmp_path / str(number) for number in range(MOST_STORES + 2)]
    for root in roots:
        root.mkdir()
        remember(root)
    assert len(known()) == MOST_STORES
    assert known()[0] == roots[-1]


def test_finds_the_store_of_a_run(tmp_path: Path) -> None:
    runs = {root: _store_with_run(root) for root in (tmp_path / "a", tmp_path / "b")}
    for root, run in runs.items():
        assert find_run(run) == root
        assert find_run(run, root) == root


def test_an_unknown_run_is_named_with_the_near_match_of_all_stores(tmp_path: Path) -> None:
    runs = [_store_with_run(tmp_path / name) for name in "ab"]
    for run in runs:
        with pytest.raises(
            RunError, match=f"no run '{run}0' in any known result store.*Did you mean '{run}'"
        ):
            find_run(f"{run}0")
    with pytest.raises(RunError, match=f"no run '{runs[0]}' in {tmp_path / 'b'}"):
        find_run(runs[0], tmp_path / "b")


def test_looking_for_a_run_makes_no_store(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=f"no run 'x' in {tmp_path}"):
        find_run("x", tmp_path)
    assert [path for path in tmp_path.iterdir() if path.name.startswith(INDEX_FILE)] == []


def test_a_broken_store_does_not_hide_the_others(tmp_path: Path) -> None:
    run = _store_with_run(tmp_path / "good")
    _store_with_run(tmp_path / "broken")
    (tmp_path / "broken" / INDEX_FILE).write_bytes(b"not a database" * 100)
    assert find_run(run) == tmp_path / "good"
    with pytest.raises(
        RunError, match=f"the index of {tmp_path / 'broken'} cannot be used: file is not a database"
    ):
        find_run("nowhere")


def test_runs_are_found_at_the_folder_that_they_write_to(tmp_path: Path) -> None:
    queue = SqlRunQueue(tmp_path / "store")
    inner = queue.create("train", {}, 1, folder=tmp_path / "store" / "models" / "a")
    outer = queue.create("train", {}, 1, folder=tmp_path / "elsewhere")
    other = queue.create("pipeline", {}, 1)
    remember(queue.root)

    assert {record.id for record, _ in runs_of()} == {inner.id, outer.id, other.id}
    assert {record.id for record, _ in runs_of(queue.root)} == {inner.id, outer.id, other.id}
    assert [record.id for record, _ in runs_of(tmp_path / "elsewhere")] == [outer.id]
    assert inner.folder == "models/a"
    assert folder_of(inner, queue.root) == tmp_path / "store" / "models" / "a"
    assert find_run(outer.id, tmp_path / "elsewhere") == queue.root
    with pytest.raises(RunError, match="no run"):
        find_run(other.id, tmp_path / "elsewhere")


def test_a_moved_store_has_its_runs_and_is_known_again_once_it_is_named(tmp_path: Path) -> None:
    queue = SqlRunQueue(tmp_path / "before")
    run = queue.create("train", {}, 1, folder=tmp_path / "before" / "model")
    remember(queue.root)
    del queue
    (tmp_path / "before").rename(tmp_path / "after")
    assert runs_of() == []

    [(record, root)] = runs_of(tmp_path / "after")

    assert (record.id, folder_of(record, root)) == (run.id, tmp_path / "after" / "model")
    assert find_run(run.id) == tmp_path / "after"


def test_the_store_in_the_working_folder_needs_not_be_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = SqlRunQueue(tmp_path / "artgen-results").create("pipeline", {}, 1).id
    assert find_run(run) == tmp_path / "artgen-results"


def test_no_store_is_opened_behind_the_one_that_has_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _store_with_run(tmp_path / "earlier")
    run = _store_with_run(tmp_path / "later")
    opened: list[Path] = []

    def note(root: Path) -> SqlRunQueue:
        opened.append(root)
        return SqlRunQueue(root)

    monkeypatch.setattr("storage.known_stores.SqlRunQueue", note)
    assert find_run(run) == tmp_path / "later"
    assert opened == [tmp_path / "later"]


def test_runs_of_all_stores_are_those_that_can_be_read_and_the_others_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = _store_with_run(tmp_path / "good")
    (tmp_path / "empty").mkdir()
    remember(tmp_path / "empty")
    _store_with_run(tmp_path / "broken")
    (tmp_path / "broken" / INDEX_FILE).write_bytes(b"not a database" * 100)

    assert [record.id for record, _ in runs_of()] == [run]
    assert "the index of" in caplog.text
    assert "file is not a database" in caplog.text
    assert not (tmp_path / "empty" / INDEX_FILE).exists()


def test_looking_at_a_folder_makes_no_store_of_it(tmp_path: Path) -> None:
    assert runs_of(tmp_path / "nowhere") == []
    assert not (tmp_path / "nowhere").exists()


def test_a_broken_store_does_not_hide_what_is_in_another_place(tmp_path: Path) -> None:
    run = _store_with_run(tmp_path / "good")
    _store_with_run(tmp_path / "broken")
    (tmp_path / "broken" / INDEX_FILE).write_bytes(b"not a database" * 100)
    assert [record.id for record, _ in runs_of(tmp_path / "good")] == [run]
    with pytest.raises(StorageError, match="broken cannot be used"):
        runs_of(tmp_path / "broken")
