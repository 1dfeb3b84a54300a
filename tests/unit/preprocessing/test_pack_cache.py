"""A pack is found again where nothing has changed, made anew where something has, and never half."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from components.preprocessing import SquarePreprocessor
from interfaces.errors import StorageError
from interfaces.ipdt import IPDT
from interfaces.itdt import ITDT
from storage.run_folder import DirectoryFolder
from storage.training.training_store import LocalTrainingStore
from tests.processes import PROCESSES
from tests.samples import painting_files, write_zip
from tests.unit.preprocessing.packs import Refusing, files


class Interrupting:
    """A source that is interrupted after some pictures."""

    def __init__(self, store: LocalTrainingStore, after: int) -> None:
        self.store, self.left = store, after

    def read(self, uri: str) -> bytes:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt
        return self.store.read(uri)


def test_second_run_decodes_nothing(data: ITDT, store: LocalTrainingStore, cache: DirectoryFolder) -> None:
    first = SquarePreprocessor(side=8).prepare(data, store, cache)
    second = SquarePreprocessor(side=8).prepare(data, Refusing(), cache)
    assert np.array_equal(first.images, second.images)
    assert (first.fingerprint, first.folder) == (second.fingerprint, second.folder)
    with pytest.raises(AssertionError, match="was read"):
        SquarePreprocessor(side=9).prepare(data, Refusing(), cache)


def test_another_source_of_the_same_pictures_takes_the_same_pack(
    data: ITDT, store: LocalTrainingStore, cache: DirectoryFolder, tmp_path: Path
) -> None:
    first = SquarePreprocessor(side=8).prepare(data, store, cache)
    names = {**painting_files(prefix="train/", per_style=20)}
    names |= painting_files(prefix="test/", per_style=2, first_seed=500)
    zipped = store.describe(str(write_zip(tmp_path / "art.zip", names)))
    assert SquarePreprocessor(side=8).prepare(zipped, Refusing(), cache).folder == first.folder


def test_every_setting_that_changes_bytes_changes_the_fingerprint(
    data: ITDT, store: LocalTrainingStore, cache: DirectoryFolder
) -> None:
    settings: Sequence[SquarePreprocessor] = (
        SquarePreprocessor(side=8),
        SquarePreprocessor(side=16),
        SquarePreprocessor(side=8, channels=1),
        SquarePreprocessor(side=8, draft=False),
    )
    packs = [preprocessor.prepare(data, store, cache) for preprocessor in settings]
    assert len({pack.fingerprint for pack in packs}) == len(packs)
    assert packs[2].images.shape == (44, 8, 8, 1)


def test_interruption_leaves_no_half_pack(
    data: ITDT, store: LocalTrainingStore, cache: DirectoryFolder
) -> None:
    with pytest.raises(KeyboardInterrupt):
        SquarePreprocessor(side=8, workers=1).prepare(data, Interrupting(store, 30), cache)
    assert files(cache) == []
    assert len(SquarePreprocessor(side=8).prepare(data, store, cache).images) == 44


@pytest.mark.parametrize("name", ["images.npy", "labels.npy", "is_test.npy", "pack.json"])
@pytest.mark.parametrize("damage", ["gone", "cut off", "altered"])
def test_damaged_pack_is_made_again(
    data: ITDT, store: LocalTrainingStore, cache: DirectoryFolder, name: str, damage: str
) -> None:
    # the pack itself is let go of: Windows does not remove what is mapped into memory
    path = SquarePreprocessor(side=8).prepare(data, store, cache).folder / name
    whole = path.read_bytes()
    path.unlink()
    if damage == "cut off":
        path.write_bytes(whole[:-5])
    if damage == "altered":
        path.write_bytes(b"{" + whole[1:-9] + b"\1" * 8 if name != "images.npy" else b"x" * len(whole))
    with pytest.raises(AssertionError, match="was read"):
        SquarePreprocessor(side=8).prepare(data, Refusing(), cache)
    SquarePreprocessor(side=8).prepare(data, store, cache)
    assert path.read_bytes() == whole


def _prepare(root: str, cache: str) -> bytes:
    store = LocalTrainingStore(remember=False)
    pack: IPDT = SquarePreprocessor(side=8).prepare(store.describe(root), store, DirectoryFolder(Path(cache)))
    return pack.images.tobytes()


def test_two_processes_may_make_the_same_pack_at_once(data: ITDT, cache: DirectoryFolder) -> None:
    with PROCESSES.Pool(2) as pool:
        packs = pool.starmap(_prepare, [(data.source, str(cache.path))] * 2)
        pool.close()
        pool.join()
    assert packs[0] == packs[1]
    assert len(files(cache)) == 4


def test_says_where_the_cache_cannot_be_written(
    data: ITDT, store: LocalTrainingStore, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match="cannot be written"):
        SquarePreprocessor(side=8).prepare(data, store, DirectoryFolder(tmp_path / "file"))


def of_the_first_reader(pack: IPDT) -> None:
    """Let a pack say no more than those of artgen 0.1 do."""
    card = json.loads((pack.folder / "pack.json").read_text())
    del card["reader"]
    (pack.folder / "pack.json").write_text(json.dumps(card))


def test_a_pack_of_the_first_reader_stays_in_use_where_any_reader_reads_the_pictures_alike(
    data: ITDT, store: LocalTrainingStore, cache: DirectoryFolder
) -> None:
    first = SquarePreprocessor(side=8).prepare(data, store, cache)
    of_the_first_reader(first)
    with pytest.raises(AssertionError, match="was read"):
        SquarePreprocessor(side=8).prepare(data, Refusing(), cache)
    again = SquarePreprocessor(side=8).prepare(data, store, cache)
    assert again.fingerprint == first.fingerprint
    assert SquarePreprocessor(side=8).prepare(data, Refusing(), cache).fingerprint == first.fingerprint


def test_a_pack_of_the_first_reader_is_made_anew_where_it_read_numbers_wrong(
    store: LocalTrainingStore, cache: DirectoryFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "clear"
    folder.mkdir()
    Image.new("RGB", (8, 8), (9, 9, 9)).save(folder / "a.png", transparency=(9, 9, 9))
    clear = store.describe(str(folder))
    with monkeypatch.context() as patch:
        patch.setattr("components.preprocessing.preprocessor.is_plain", lambda content: True)
        old = SquarePreprocessor(side=8).prepare(clear, store, cache)
        of_the_first_reader(old)
    new = SquarePreprocessor(side=8).prepare(clear, store, cache)
    assert new.fingerprint != old.fingerprint
    assert (new.images == 255).all()
    assert SquarePreprocessor(side=8).prepare(clear, Refusing(), cache).fingerprint == new.fingerprint
