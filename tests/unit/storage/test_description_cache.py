"""What the training store has read once it does not read again, unless it has changed."""

import os
from pathlib import Path

import pytest

from interfaces.events import Event
from storage.paths import cache_folder
from storage.training.training_store import LocalTrainingStore
from tests.samples import make_painting, painting_files, write_files, write_zip


def test_does_not_read_unchanged_files_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write_files(tmp_path / "art", {**painting_files(), "baroque/bad.png": b""})
    first = LocalTrainingStore().describe(str(root))
    second_store = LocalTrainingStore()

    def refuse(uri: str) -> bytes:
        raise AssertionError(f"{uri} was read")

    monkeypatch.setattr("storage.training.reader.read_file", refuse)
    assert second_store.describe(str(root)) == first
    with pytest.raises(AssertionError, match="was read"):
        LocalTrainingStore(remember=False).describe(str(root))


def test_notices_a_changed_a_new_and_a_removed_file(tmp_path: Path) -> None:
    store = LocalTrainingStore()
    root = write_files(tmp_path / "art", painting_files())
    prints = [store.describe(str(root)).fingerprint]
    path = root / "baroque" / "0.png"
    size = path.stat().st_size
    path.write_bytes(make_painting(20, 16, seed=77).ljust(size, b"\0")[: max(size, 1)])
    os.utime(path, ns=(1, 1))
    prints.append(store.describe(str(root)).fingerprint)
    (root / "baroque" / "new.png").write_bytes(make_painting(seed=5))
    prints.append(store.describe(str(root)).fingerprint)
    (root / "ukiyo-e" / "0.png").unlink()
    prints.append(store.describe(str(root)).fingerprint)
    assert len(set(prints)) == 4


def test_reads_a_replaced_archive_anew(tmp_path: Path) -> None:
    store = LocalTrainingStore()
    path = write_zip(tmp_path / "art.zip", painting_files())
    store.describe(str(path))
    os.replace(write_zip(tmp_path / "other.zip", painting_files(("realism",))), path)
    data = store.describe(str(path))
    assert data.styles == ("realism",)
    assert store.read(data.images[0].uri) == painting_files(("realism",))["realism/0.png"]


@pytest.mark.parametrize("damage", [b"", b"{}", None])
def test_makes_a_damaged_cache_file_again(tmp_path: Path, damage: bytes | None) -> None:
    root = write_files(tmp_path / "art", painting_files())
    first = LocalTrainingStore().describe(str(root))
    (cached,) = (cache_folder() / "descriptions").glob("*.json")
    content = cached.read_bytes()
    cached.write_bytes(content.replace(b"baroque", b"rococo_") if damage is None else damage)
    assert LocalTrainingStore().describe(str(root)) == first
    assert cached.read_bytes() == content


def test_describes_all_the_same_where_the_cache_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("ARTGEN_CACHE", str(tmp_path / "file"))
    events: list[Event] = []
    root = write_files(tmp_path / "art", painting_files())
    data = LocalTrainingStore().describe(str(root), listener=events.append)
    assert len(data.images) == 6
    assert "the description is not kept" in str(events[-1])
