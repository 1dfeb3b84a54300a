"""Looking changes nothing: a store of an earlier release stays one, and one that cannot be written can be looked at."""

import zipfile
from pathlib import Path

import pytest

from storage.known_stores import remember
from tests.e2e.cli import call, call_json
from tests.e2e.test_earlier_release import FILES
from tests.rights import read_only


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What artgen 0.1 wrote, all of it known here."""
    with zipfile.ZipFile(FILES) as archive:
        archive.extractall(tmp_path / "old")
    for name in ("store", "gan", "enhancer"):
        remember(tmp_path / "old" / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "old"


def _indices(old: Path) -> dict[str, bytes]:
    return {path.parent.name: path.read_bytes() for path in old.glob("*/index.sqlite")}


def test_no_command_that_looks_brings_an_older_index_up_to_date(old: Path) -> None:
    before = _indices(old)
    store = old / "store"
    [run] = [one["id"] for one in call_json("runs", "list", "--out", store) if one["kind"] == "pipeline"]
    picture = next(store.glob("2*/seed5_128*.png"))

    for words in (
        ("runs", "list"), ("runs", "list", "--out", old / "gan"), ("runs", "show", run), ("runs", "show", run, "--out", store),
        ("results", "list", "--out", store), ("results", "show", run, "--out", store),
        ("results", "export", run, old.parent / "copy", "--out", store), ("model", "list"), ("report", old / "gan"),
        ("doctor",), ("cache", "clean", "--yes"),
    ):  # fmt: skip
        assert call(*words).exit_code == 0, words
    call("runs", "pause", run)  # refused: it is done
    call("results", "reproduce", picture, "--out", old.parent / "again")

    assert {*before} == {"store", "gan", "enhancer"}
    assert _indices(old) == before
    assert not [*old.glob("*/index.sqlite-*")]

    call("runs", "delete", run, "--yes")
    assert {name for name, content in _indices(old).items() if content != before[name]} == {"store"}


def test_a_store_that_cannot_be_written_can_be_looked_at(old: Path, tmp_path: Path) -> None:
    with read_only(old):
        files = call_json("results", "list", "--out", old / "store")
        [run] = [one for one in call_json("runs", "list") if one["kind"] == "pipeline"]
        shown = call_json("runs", "show", run["id"])
        refused = call("runs", "delete", run["id"], "--yes")

    assert len(files) == 5
    assert shown["state"] == "done"
    assert refused.exit_code == 2
