"""Runs and caches are removed once somebody agrees, and nothing else with them."""

import json
import os
from pathlib import Path

import pytest

from interfaces.errors import RunError
from interfaces.iodt import IODT
from storage.gallery import SqlGallery
from storage.paths import cache_folder
from storage.result_store import SqlResultStore
from storage.run_deletion import delete_run
from storage.run_queue import SqlRunQueue
from storage.uploads import Uploads
from tests.contracts.result_store import encoded
from tests.e2e.cli import call, call_json


def _made(model: Path, out: Path, seed: int = 5) -> str:
    options = ("--count", 2, "--seed", seed, "--size", 16, "--enhancer", "lanczos", "--no-sheet")
    return str(call_json("pipeline", "run", "--model", model, *options, "--out", out)["run"])


def test_a_run_is_deleted_with_its_pictures_and_no_others(tiny_model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first, second = _made(tiny_model, out), _made(tiny_model, out, seed=9)

    unanswered = call("runs", "delete", first)
    assert unanswered.exit_code == 2
    assert len(list((out / first).glob("*.png"))) == 2
    removed = call("runs", "delete", first, "--yes")
    again = call("runs", "delete", first, "--yes")

    assert removed.exit_code == 0, removed.output
    assert f"removed run {first} with 2 files" in removed.stdout
    assert not (out / first).exists()
    assert [run["id"] for run in call_json("runs", "list")] == [second]
    assert {file["run"] for file in call_json("results", "list", "--out", out)} == {second}
    assert len(list((out / second).glob("*.png"))) == 2
    assert again.exit_code == 2
    assert f"there is no run '{first}'" in again.stderr


def test_what_a_run_wrote_to_a_folder_of_its_own_stays_and_is_named(tmp_path: Path) -> None:
    queue = SqlRunQueue(tmp_path / "store")
    (tmp_path / "training").mkdir()
    run = queue.create("train", {}, 1, folder=tmp_path / "training").id

    removed = call("runs", "delete", run, "--out", tmp_path / "store", "--yes")

    assert f"what it wrote to {tmp_path / 'training'} stays" in removed.stdout
    assert (tmp_path / "training").is_dir()
    assert queue.list() == []


def test_a_run_that_somebody_works_on_is_not_deleted(tmp_path: Path) -> None:
    queue = SqlRunQueue(tmp_path / "store")
    run = queue.create("train", {}, 1, claimed=True).id
    (tmp_path / "store" / run).mkdir()

    refused = call("runs", "delete", run, "--out", tmp_path / "store", "--yes")

    assert refused.exit_code == 2
    assert f"run {run} is running: `artgen runs cancel {run}` ends it" in refused.stderr
    with pytest.raises(RunError, match="is running"):
        delete_run(tmp_path / "store", run)
    assert (tmp_path / "store" / run).is_dir()
    assert [record.id for record in queue.list()] == [run]


def _fill() -> None:
    for name, size in (
        ("packs/a/images.npy", 3_000_000), ("descriptions/a.jsonl", 1500), ("weights/net.pth", 20), ("other/x", 5),
    ):  # fmt: skip
        path = cache_folder() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(size))


def test_the_cache_is_emptied_once_somebody_agrees_after_it_was_told_what_is_there() -> None:
    _fill()

    unanswered = call("cache", "clean")
    assert unanswered.exit_code == 2
    assert sum(path.is_file() for path in cache_folder().rglob("*")) == 4
    cleaned = call("cache", "clean", "--yes")

    lines = [line.split() for line in cleaned.stdout.splitlines()]
    assert [line[:4] for line in lines[1:4]] == [
        ["packs", "1", "3.0", "MB"],
        ["descriptions", "1", "1.5", "kB"],
        ["downloads", "1", "20", "bytes"],
    ]
    assert lines[-1] == ["freed", "3.0", "MB"]
    assert [path.name for path in cache_folder().rglob("*") if path.is_file()] == ["x"]
    assert call("cache", "clean").stdout == "nothing in the cache\n"


def test_one_kind_is_removed_alone_and_an_unknown_one_is_refused() -> None:
    _fill()

    cleaned = call("cache", "clean", "packs", "--yes")
    unknown = call("cache", "clean", "download", "--yes")

    assert "freed 3.0 MB" in cleaned.stdout
    assert sorted(path.name for path in cache_folder().rglob("*") if path.is_file()) == [
        "a.jsonl",
        "net.pth",
        "x",
    ]
    assert unknown.exit_code == 2
    assert "Did you mean 'downloads'?" in unknown.stderr


def test_the_cache_is_left_alone_while_a_run_may_read_it(tmp_path: Path) -> None:
    from storage.known_stores import remember

    _fill()
    queue = SqlRunQueue(tmp_path / "store")
    remember(queue.root)
    run = queue.create("train", {}, 1, claimed=True).id

    refused = call("cache", "clean", "--yes")

    assert refused.exit_code == 2
    assert f"run {run} is running" in refused.stderr
    assert (cache_folder() / "packs" / "a" / "images.npy").is_file()


def _store_with_leftovers(root: Path) -> Path:
    """Return a store with one picture in the trash, one that stays, a trial, and an upload of two days ago."""
    results, queue, gallery = SqlResultStore(root), SqlRunQueue(root), SqlGallery(root)
    run = queue.create("pipeline", {}, 2, claimed=True).id
    for seed in (1, 2):
        results.add(run, IODT(files=(encoded(f"{seed}.png", bytes(1000), seed=seed),)))
    queue.finish(run, "done")
    gallery.delete([(run, "1.png")])
    (root / "trials" / "quick").mkdir(parents=True)
    (root / "trials" / "quick" / "a.png").write_bytes(bytes(20))
    (root / "previews" / run).mkdir(parents=True)
    (root / "previews" / run / "1.webp").write_bytes(bytes(50))
    kept = Uploads(root, 1e9).keep_picture(bytes(300))
    Uploads(root, 1e9).keep_picture(bytes(301))
    mark = root / "uploads" / kept.stem / "picture"
    os.utime(mark, (mark.stat().st_mtime - 2 * 86400,) * 2)
    return root


def test_the_trash_of_a_store_is_emptied_now_and_told_as_json(tmp_path: Path) -> None:
    root = _store_with_leftovers(tmp_path / "store")

    unanswered = call("results", "clean", "--out", str(root))
    trash = call("results", "clean", "trash", "--out", str(root), "--yes", "--json")
    rest = call("results", "clean", "--out", str(root), "--yes")
    nothing = call("results", "clean", "--out", str(root), "--json")

    assert unanswered.exit_code == 2
    assert json.loads(trash.stdout) == {
        "place": str(root), "freed": 1000, "kinds": {"trash": {"files": 1, "size": 1000}},
    }  # fmt: skip
    lines = [line.split()[:4] for line in rest.stdout.splitlines()[1:4]]
    assert lines == [
        ["trials", "1", "20", "bytes"], ["previews", "1", "50", "bytes"], ["uploads", "1", "300", "bytes"],
    ]  # fmt: skip
    assert rest.stdout.endswith("freed 370 bytes\n")
    assert json.loads(nothing.stdout) == {"place": str(root), "freed": 0, "kinds": {}}
    assert [path.name for path in root.rglob("*.png")] == ["2.png"]
    assert list(root.rglob("*.webp")) == []
    assert [path.stat().st_size for path in root.glob("pictures/*/*")] == [301]
    assert [file.name for file in SqlResultStore(root).files()] == ["2.png"]


def test_an_unknown_kind_of_leftover_is_refused_and_trials_stay_while_a_run_is_under_way(
    tmp_path: Path,
) -> None:
    root = _store_with_leftovers(tmp_path / "store")
    run = SqlRunQueue(root).create("enhance", {}, 1, claimed=True).id

    unknown = call("results", "clean", "trsh", "--out", str(root), "--yes")
    refused = call("results", "clean", "trials", "--out", str(root), "--yes")

    assert (unknown.exit_code, refused.exit_code) == (2, 2)
    assert "Did you mean 'trash'?" in unknown.stderr
    assert f"run {run} is running" in refused.stderr
    assert (root / "trials" / "quick" / "a.png").is_file()
    assert len(list((root / "trash").rglob("*.png"))) == 1


def test_the_cache_says_as_json_what_was_freed() -> None:
    _fill()
    (cache_folder() / "thumbnails" / "ab").mkdir(parents=True)
    (cache_folder() / "thumbnails" / "ab" / "x.webp").write_bytes(bytes(7))

    cleaned = call("cache", "clean", "previews", "--yes", "--json")

    told = {"place": str(cache_folder()), "freed": 7, "kinds": {"previews": {"files": 1, "size": 7}}}
    assert json.loads(cleaned.stdout) == told
    assert not (cache_folder() / "thumbnails").exists()
