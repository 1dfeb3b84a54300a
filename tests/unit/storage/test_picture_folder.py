"""The folder in which results lie under the names of their input pictures."""

import errno
import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from interfaces.errors import DataError, StorageError
from interfaces.iodt import IODT, EncodedFile
from storage.picture_folder import JOURNAL, PictureFolder, Planned


def key(picture: str, name: str) -> str:
    return f"{picture}/{name}"


def folder_of(tmp_path: Path, *names: str, **options: Any) -> PictureFolder:
    """Return the store for input pictures of these names, which are made where they are not there."""
    plan = []
    for name in names:
        source = tmp_path / "in" / name
        source.parent.mkdir(parents=True, exist_ok=True)
        if not source.exists():
            source.write_bytes(name.encode())
        plan.append(Planned(source, name))
    return PictureFolder(tmp_path / "out", plan, **{"key": key, **options})


def result(seed: int, name: str, content: bytes = b"result") -> IODT:
    origin = {"name": name, "sha256": sha256(name.encode()).hexdigest()}
    file = EncodedFile(
        name=f"seed{seed}.png", media_type="image/png", content=content, width=4, height=3, role="final",
        seed=seed, metadata={"origin": origin, "lost": []},
    )  # fmt: skip
    return IODT(files=(file,))


def test_a_result_has_the_name_and_the_folder_of_its_input_picture(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "a/b.png", "c.png")
    [stored] = folder.add("run-1", result(0, "a/b.png"))
    assert Path(stored.path) == tmp_path / "out" / "a" / "b.png"
    assert Path(stored.path).read_bytes() == b"result"
    assert (stored.name, stored.seed, stored.size) == ("b.png", 0, 6)
    assert folder.files("run-1") == [stored]


def test_the_journal_says_how_a_result_came_about(tmp_path: Path) -> None:
    folder_of(tmp_path, "a.png").add("run-1", result(0, "a.png"))
    [line] = (tmp_path / "out" / JOURNAL).read_text().splitlines()
    entry = json.loads(line)
    digest = sha256(b"a.png").hexdigest()
    assert (entry["run"], entry["name"], entry["picture"]) == ("run-1", "a.png", digest)
    assert entry["source"] == str(tmp_path / "in" / "a.png")
    assert entry["metadata"]["origin"] == {"name": "a.png", "sha256": digest}


def test_resuming_finds_what_was_made_of_the_same_content(tmp_path: Path) -> None:
    names = ("same.png", "changed.png", "altered.png", "gone.png", "removed.png")
    first = folder_of(tmp_path, *names)
    for seed, name in enumerate(names):
        first.add("run-1", result(seed, name))
    (tmp_path / "in" / "changed.png").write_bytes(b"another")
    (tmp_path / "out" / "altered.png").write_bytes(b"another")
    (tmp_path / "out" / "gone.png").unlink()
    looked: list[int] = []
    again = folder_of(tmp_path, *names, resume=True, looked=looked.append)
    (tmp_path / "in" / "removed.png").unlink()
    assert [(file.seed, file.run) for file in again.files("run-2")] == [(0, "run-1")]
    assert looked == [1, 2, 3, 4, 5]
    assert folder_of(tmp_path, *names).files("run-3") == [], "without resuming all is made anew"
    assert folder_of(tmp_path, *names, key=lambda *_: "other", resume=True).files("run-4") == []


def test_a_journal_that_says_less_or_was_broken_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.png").write_bytes(b"result")
    digest = sha256(b"result").hexdigest()
    line = {"name": "a.png", "key": key(sha256(b"a.png").hexdigest(), "a.png"), "sha256": digest}
    (tmp_path / "out" / JOURNAL).write_text(json.dumps(line) + '\n[]\n{"name": "b.p')
    [file] = folder_of(tmp_path, "a.png", "b.png", resume=True).files("run")
    assert (file.name, file.seed, file.size, file.media_type) == ("a.png", 0, 6, "image/png")


def test_input_pictures_stay_where_they_are_and_are_found_by_digest(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "a.png")
    source = tmp_path / "in" / "a.png"
    assert folder.keep_picture(source) == source
    digest = sha256(b"a.png").hexdigest()
    assert folder.find_picture(digest) is None
    folder.add("run", result(0, "a.png"))
    assert folder.find_picture(digest) == source
    source.write_bytes(b"another")
    assert folder.find_picture(digest) is None


def test_one_place_that_cannot_be_written_costs_its_picture_alone(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "a.png", "b.png")
    (tmp_path / "out" / "a.png").mkdir(parents=True)
    with pytest.raises(DataError, match=r"a\.png cannot be written"):
        folder.add("run", result(0, "a.png"))
    assert [file.seed for file in folder.add("run", result(1, "b.png"))] == [1]


def test_a_full_disk_is_no_fault_of_a_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    folder = folder_of(tmp_path, "a.png")
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(StorageError, match="the disk is full"):
        folder.add("run", result(0, "a.png"))
    assert folder.files("run") == []
