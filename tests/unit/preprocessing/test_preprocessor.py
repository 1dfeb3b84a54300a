"""Packs: made once, found again, never half."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from components.preprocessing import PREPROCESSORS, SquarePreprocessor
from interfaces.errors import DataError, SettingsError, StorageError
from interfaces.events import Event, Progress
from interfaces.ipdt import IPDT
from interfaces.itdt import ITDT, SetAside, TrainingImage
from storage.run_folder import DirectoryFolder
from storage.training.training_store import LocalTrainingStore
from tests.processes import PROCESSES
from tests.samples import make_painting, painting_files, write_files, write_zip


class Refusing:
    """A source that must not be read."""

    def read(self, uri: str) -> bytes:
        raise AssertionError(f"{uri} was read")


class Interrupting:
    """A source that is interrupted after some pictures."""

    def __init__(self, store: LocalTrainingStore, after: int) -> None:
        self.store, self.left = store, after

    def read(self, uri: str) -> bytes:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt
        return self.store.read(uri)


@pytest.fixture
def store() -> LocalTrainingStore:
    return LocalTrainingStore()


@pytest.fixture
def data(store: LocalTrainingStore, tmp_path: Path) -> ITDT:
    train = painting_files(prefix="train/", per_style=20)
    test = painting_files(prefix="test/", per_style=2, first_seed=500)
    return store.describe(str(write_files(tmp_path / "art", {**train, **test})))


@pytest.fixture
def cache(tmp_path: Path) -> DirectoryFolder:
    return DirectoryFolder(tmp_path / "packs")


def files(cache: DirectoryFolder) -> list[str]:
    """All files, the partial ones too."""
    return sorted(path.relative_to(cache.path).as_posix() for path in cache.path.rglob("*") if path.is_file())


def test_is_registered_and_needs_no_arguments() -> None:
    assert PREPROCESSORS.resolve("square") is SquarePreprocessor
    SquarePreprocessor()


def test_packs_all_images_in_their_order(
    data: ITDT, store: LocalTrainingStore, cache: DirectoryFolder
) -> None:
    pack = SquarePreprocessor(side=8).prepare(data, store, cache)
    assert (pack.images.shape, pack.side, pack.styles) == ((44, 8, 8, 3), 8, data.styles)
    assert isinstance(pack.images, np.memmap)
    assert not pack.images.flags.writeable
    assert [pack.styles[label] for label in pack.labels] == [image.style for image in data.images]
    assert pack.is_test.tolist() == [image.split == "test" for image in data.images]
    alone = [data.images[i].uri for i in (0, 17, 43)]
    from components.preprocessing.square import SquareMaker

    maker = SquareMaker(8, 3, True)
    for index, uri in zip((0, 17, 43), alone, strict=True):
        assert pack.images[index].tobytes() == maker.make(store.read(uri))


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


def test_result_does_not_depend_on_the_number_of_workers(
    data: ITDT, store: LocalTrainingStore, tmp_path: Path
) -> None:
    packs = [
        SquarePreprocessor(side=8, workers=n).prepare(data, store, DirectoryFolder(tmp_path / str(n)))
        for n in (1, 2, 7)
    ]
    for pack in packs[1:]:
        assert (pack.folder / "images.npy").read_bytes() == (packs[0].folder / "images.npy").read_bytes()
        assert (pack.folder / "pack.json").read_bytes() == (packs[0].folder / "pack.json").read_bytes()


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


def test_leaves_its_input_alone(data: ITDT, store: LocalTrainingStore, cache: DirectoryFolder) -> None:
    before = data.model_dump_json()
    SquarePreprocessor(side=8).prepare(data, store, cache)
    assert data.model_dump_json() == before


def with_bad_files(store: LocalTrainingStore, root: Path) -> ITDT:
    content = painting_files()
    content["baroque/1.png"] = make_painting(64, 64)[:-600]  # the header is whole
    content["baroque/empty.png"] = b""
    return store.describe(str(write_files(root, content)))


def test_sets_truncated_files_aside_and_uses_the_rest(
    store: LocalTrainingStore, cache: DirectoryFolder, tmp_path: Path
) -> None:
    data = with_bad_files(store, tmp_path / "art")
    for source in (store, Refusing()):  # made, and found
        pack = SquarePreprocessor(side=8).prepare(data, source, cache)
        assert len(pack.images) == len(pack.labels) == 5
        assert [Path(item.uri).name for item in pack.set_aside] == ["empty.png", "1.png"]
        assert "cannot be decoded" in pack.set_aside[1].reason
    whole = SquarePreprocessor(side=8, workers=1)
    alone = whole.prepare(
        ITDT(**{**dict(data), "images": data.images[2:3], "fingerprint": "0" * 64}), store, cache
    )
    assert np.array_equal(pack.images[1], alone.images[0])


def test_sets_a_file_aside_that_is_gone(
    data: ITDT, store: LocalTrainingStore, cache: DirectoryFolder
) -> None:
    Path(data.images[3].uri).unlink()
    pack = SquarePreprocessor(side=8).prepare(data, store, cache)
    assert (len(pack.images), pack.set_aside[0].uri) == (43, data.images[3].uri)
    assert "cannot be read" in pack.set_aside[0].reason


def test_refuses_data_without_a_readable_picture(
    store: LocalTrainingStore, cache: DirectoryFolder, tmp_path: Path
) -> None:
    bad = {f"a/{i}.png": make_painting(64, 64, seed=i)[:-600] for i in range(3)}
    data = store.describe(str(write_files(tmp_path / "art", bad)))
    with pytest.raises(DataError, match=r"none of the 3 pictures can be decoded; the first: .*0\.png"):
        SquarePreprocessor(side=8).prepare(data, store, cache)
    assert files(cache) == []


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


def test_card_tells_digests_and_sizes(data: ITDT, store: LocalTrainingStore, cache: DirectoryFolder) -> None:
    import hashlib

    pack = SquarePreprocessor(side=8).prepare(data, store, cache)
    card = json.loads((pack.folder / "pack.json").read_bytes())
    content = (pack.folder / "images.npy").read_bytes()
    assert card["pixels_sha256"] == hashlib.sha256(pack.images.tobytes()).hexdigest()
    assert (card["bytes"], card["shape"]) == (len(content), [44, 8, 8, 3])


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


def test_names_all_wrong_settings_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        SquarePreprocessor(side=0, channels=2, workers=-1)  # type: ignore[arg-type]  # what a file may say
    assert len(caught.value.problems) == 3


def test_tells_its_progress(data: ITDT, store: LocalTrainingStore, cache: DirectoryFolder) -> None:
    events: list[Event] = []
    SquarePreprocessor(side=8).prepare(data, store, cache, listener=events.append)
    assert all(isinstance(event, Progress) and event.stage == "preprocessing" for event in events)
    assert isinstance(events[-1], Progress)
    assert (events[-1].done, events[-1].total) == (44, 44)


def test_a_foreign_description_works_too(cache: DirectoryFolder) -> None:
    class Memory:
        def read(self, uri: str) -> bytes:
            return make_painting(seed=int(uri))

    images = tuple(TrainingImage(uri=str(i), style="x", sha256=f"{i:064x}") for i in range(3))
    aside = (SetAside(uri="9", reason="is empty"),)
    data = ITDT(
        dataset="mine", source="memory", fingerprint="a" * 64, styles=("x",), images=images, set_aside=aside
    )
    pack = SquarePreprocessor(side=8).prepare(data, Memory(), cache)
    assert (pack.images.shape, pack.set_aside) == ((3, 8, 8, 3), aside)


def test_prepares_real_paintings(real_data: Path, cache: DirectoryFolder) -> None:
    store = LocalTrainingStore()
    data = store.describe(str(real_data / "paintings-128"), style_from_prefix=True)
    pack = SquarePreprocessor().prepare(data, store, cache)
    assert (pack.images.shape, pack.styles, pack.set_aside) == (
        (877, 64, 64, 3),
        ("ming", "song", "titian"),
        (),
    )
    # pictures, not noise or a constant
    assert 20 < pack.images.std() < 110


@pytest.mark.slow
def test_prepares_the_whole_collection(real_data: Path, cache: DirectoryFolder) -> None:
    store = LocalTrainingStore()
    data = store.describe(str(real_data / "paintings-64.zip"))
    pack = SquarePreprocessor().prepare(data, store, cache)
    assert (pack.images.shape, len(pack.styles)) == ((22_607, 64, 64, 3), 7)
    assert os.path.getsize(pack.folder / "images.npy") == pack.images.nbytes + 128


def test_a_pack_says_which_pieces_are_of_one_picture(
    store: LocalTrainingStore, cache: DirectoryFolder, tmp_path: Path
) -> None:
    sizes = {"train/warm/a.png": (40, 33), "train/warm/b.png": (8, 8), "test/cool/c.png": (16, 16)}
    art = {name: make_painting(*size, seed=seed) for seed, (name, size) in enumerate(sizes.items())}
    data = store.describe(
        str(write_files(tmp_path / "sizes", {**art, "train/warm/aa.png": make_painting(4, 4)}))
    )
    pack = SquarePreprocessor(side=8, enlarge=False, pieces=True).prepare(data, store, cache)
    whole = SquarePreprocessor(side=8, enlarge=False).prepare(data, store, cache)
    again = SquarePreprocessor(side=8, enlarge=False, pieces=True).prepare(data, Refusing(), cache)

    assert whole.pictures is None
    assert pack.pictures is not None
    numbers, first, count = np.unique(pack.pictures, return_index=True, return_counts=True)
    assert [Path(data.images[n].uri).relative_to(tmp_path / "sizes").as_posix() for n in numbers] == sorted(
        sizes
    )
    assert dict(zip(sorted(sizes), count, strict=True)) == {
        "test/cool/c.png": 1 + 4,
        "train/warm/a.png": 1 + 5 * 4 + 2 * 2,
        "train/warm/b.png": 1,
    }
    assert np.array_equal(pack.images[first], whole.images)
    assert np.array_equal(pack.is_test, np.repeat(whole.is_test, count))
    assert np.array_equal(pack.labels, np.repeat(whole.labels, count))
    assert again.pictures is not None
    assert np.array_equal(again.pictures, pack.pictures)
    (pack.folder / "pictures.npy").write_bytes(b"altered")
    with pytest.raises(AssertionError, match="was read"):
        SquarePreprocessor(side=8, enlarge=False, pieces=True).prepare(data, Refusing(), cache)


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
