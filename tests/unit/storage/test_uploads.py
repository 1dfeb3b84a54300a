"""What is handed in: how much is kept, what goes when room is needed, and what stays because a run names it."""

import os
from hashlib import sha256
from pathlib import Path

import pytest

from interfaces.errors import DataError, RunError, StorageError
from storage.result_store import SqlResultStore
from storage.run_queue import SqlRunQueue
from storage.training.training_store import LocalTrainingStore
from storage.uploads import KEPT_FOR_S, Uploads
from tests.samples import make_painting, painting_files, write_tar, write_zip


def receive(uploads: Uploads, name: str, content: bytes, size: int | None = None) -> Path:
    incoming = uploads.receive(name, len(content) if size is None else size)
    try:
        for start in range(0, len(content), 1000):
            incoming.write(content[start : start + 1000])
        return incoming.finish().path
    finally:
        incoming.close()


def archive(tmp_path: Path, seed: int = 0) -> bytes:
    return write_zip(tmp_path / "x.zip", painting_files(("warm",), first_seed=seed)).read_bytes()


def age(path: Path) -> None:
    """Let a file be older than a day."""
    then = path.stat().st_mtime - KEPT_FOR_S - 10
    os.utime(path, (then, then))


def picture(uploads: Uploads, seed: int, *, old: bool = False) -> Path:
    kept = uploads.keep_picture(make_painting(seed=seed))
    if old:
        age(kept.parents[2] / "uploads" / kept.stem / "picture")
    return kept


def test_an_archive_lies_under_its_digest_with_a_plain_name_and_is_read_as_it_is(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path / "store", 1e9)
    content = archive(tmp_path)
    kept = receive(uploads, "../../Мої коти?.ZIP", content)
    assert kept == tmp_path / "store" / "uploads" / sha256(content).hexdigest() / "Мої коти.zip"
    assert kept.read_bytes() == content
    assert receive(uploads, "other.zip", content) == kept
    assert [each.path for each in uploads.archives()] == [kept]
    data = LocalTrainingStore().describe(str(kept))
    assert data.dataset == "Мої коти"
    assert data.fingerprint == LocalTrainingStore().describe(str(tmp_path / "x.zip")).fingerprint


@pytest.mark.parametrize("ending", [".tar", ".tar.gz", ".tar.bz2", ".tar.xz"])
def test_the_ending_is_that_of_the_content(tmp_path: Path, ending: str) -> None:
    content = write_tar(tmp_path / f"x{ending}", painting_files()).read_bytes()
    assert receive(Uploads(tmp_path, 1e9), "cats.zip", content).name == f"cats{ending}"


@pytest.mark.parametrize("content", [b"", b"PK", make_painting(), b"<html>", b"Rar!\x1a\x07"])
def test_what_is_no_archive_is_refused_and_leaves_nothing(tmp_path: Path, content: bytes) -> None:
    uploads = Uploads(tmp_path, 1e9)
    with pytest.raises(DataError, match="wanted a ZIP or a TAR"):
        receive(uploads, "cats.zip", content)
    assert list((tmp_path / "uploads").iterdir()) == []


def test_an_upload_that_is_broken_off_leaves_nothing_and_takes_no_room(tmp_path: Path) -> None:
    content = archive(tmp_path)
    uploads = Uploads(tmp_path / "store", len(content))
    incoming = uploads.receive("a.zip", len(content))
    incoming.write(content[:100])
    with pytest.raises(StorageError, match="no room"):
        uploads.receive("b.zip", 1)
    incoming.close()
    assert list((tmp_path / "store" / "uploads").iterdir()) == []
    receive(uploads, "b.zip", content)


def test_no_more_is_taken_in_than_was_said_where_there_is_no_room(tmp_path: Path) -> None:
    content = archive(tmp_path)
    with pytest.raises(StorageError, match="no room"):
        receive(Uploads(tmp_path / "store", 1500), "a.zip", content, size=10)
    assert list((tmp_path / "store" / "uploads").iterdir()) == []


def test_what_no_run_names_and_is_older_than_a_day_goes_when_room_is_needed_and_only_then(
    tmp_path: Path,
) -> None:
    uploads, queue = Uploads(tmp_path, 1e9), SqlRunQueue(tmp_path)
    old, named, fresh = picture(uploads, 1, old=True), picture(uploads, 2, old=True), picture(uploads, 3)
    queue.create("pipeline", {"config": {"generation": {"source": {"paths": [str(named)]}}}}, 1)
    assert [each.path for each in uploads.unneeded()] == [old]
    kept = sum(path.stat().st_size for path in (old, named, fresh))
    small = Uploads(tmp_path, kept + 10)
    small.check_room(10)
    assert old.exists()
    small.check_room(11)
    assert [path.exists() for path in (old, named, fresh)] == [False, True, True]
    with pytest.raises(StorageError, match=r"no room: 0\.0 MB are kept.*on the tab Train, or delete runs"):
        small.check_room(old.stat().st_size + 11 if old.exists() else kept)
    assert named.exists()


def test_nothing_goes_where_it_would_not_make_room_enough(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path, 1e9)
    old = picture(uploads, 1, old=True)
    with pytest.raises(StorageError, match="no room"):
        Uploads(tmp_path, 100).check_room(101)
    assert old.exists()


def test_the_copy_that_a_run_made_for_itself_never_goes(tmp_path: Path) -> None:
    (tmp_path / "mine.png").write_bytes(make_painting(seed=1))
    uploads, results = Uploads(tmp_path / "store", 1e9), SqlResultStore(tmp_path / "store")
    of_run = results.keep_picture(tmp_path / "mine.png")
    assert uploads.keep_picture(make_painting(seed=1)) == of_run
    assert uploads.files() == []
    both = picture(uploads, 2, old=True)
    (tmp_path / "mine.png").write_bytes(make_painting(seed=2))
    results.keep_picture(both)  # a run of the page reads the kept one itself
    assert [each.path for each in uploads.unneeded()] == [both]
    results.keep_picture(tmp_path / "mine.png")
    assert uploads.files() == []


def test_a_picture_that_is_handed_in_again_is_new_again(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path, 1e9)
    picture(uploads, 1, old=True)
    assert len(uploads.unneeded()) == 1
    picture(uploads, 1)
    assert uploads.unneeded() == []


@pytest.mark.parametrize("state", ["queued", "paused", "running"])
def test_an_archive_is_not_removed_while_a_run_uses_it(tmp_path: Path, state: str) -> None:
    uploads, queue = Uploads(tmp_path / "store", 1e9), SqlRunQueue(tmp_path / "store")
    kept = receive(uploads, "cats.zip", archive(tmp_path))
    run = queue.create("train", {"data": {"source": str(kept)}}, 1, claimed=state == "running").id
    if state == "paused":
        queue.request(run, "pause")
    with pytest.raises(RunError, match=f"run {run} uses it and is {state}"):
        uploads.remove(kept.parent.name)
    assert kept.exists()
    if state == "running":
        queue.finish(run, "failed")
    else:
        queue.request(run, "cancel")
    uploads.remove(kept.parent.name)
    assert list((tmp_path / "store" / "uploads").iterdir()) == []
    with pytest.raises(StorageError, match="no such archive"):
        uploads.remove(kept.parent.name)


def test_what_a_killed_page_left_on_its_way_is_removed_at_the_start_a_day_later(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path, 1e9)
    killed = uploads.receive("a.zip", 10)
    [left] = (tmp_path / "uploads").iterdir()
    uploads.tidy()
    assert left.exists()
    age(left)
    uploads.tidy()
    assert not left.exists()
    killed.close()
