"""Packs: what they hold, what is set aside, and what is told on the way."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from components.preprocessing import PREPROCESSORS, SquarePreprocessor
from interfaces.errors import DataError, SettingsError, StorageError
from interfaces.events import Event, Progress
from interfaces.itdt import ITDT, SetAside, TrainingImage
from storage.run_folder import DirectoryFolder
from storage.training.training_store import LocalTrainingStore
from tests.samples import make_painting, painting_files, write_files, write_zip
from tests.unit.preprocessing.packs import Refusing, files


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


def test_card_tells_digests_and_sizes(data: ITDT, store: LocalTrainingStore, cache: DirectoryFolder) -> None:
    import hashlib

    pack = SquarePreprocessor(side=8).prepare(data, store, cache)
    card = json.loads((pack.folder / "pack.json").read_bytes())
    content = (pack.folder / "images.npy").read_bytes()
    assert card["pixels_sha256"] == hashlib.sha256(pack.images.tobytes()).hexdigest()
    assert (card["bytes"], card["shape"]) == (len(content), [44, 8, 8, 3])


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


class _Without:
    """A source of which one file is gone."""

    def __init__(self, store: LocalTrainingStore, gone: str) -> None:
        self._store, self._gone = store, gone

    def read(self, uri: str) -> bytes:
        if self._gone in uri:
            raise StorageError(f"{uri} cannot be read")
        return self._store.read(uri)


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_a_pack_knows_what_the_files_of_its_squares_are_called(
    form: str, store: LocalTrainingStore, cache: DirectoryFolder, tmp_path: Path
) -> None:
    names = ("photo/a b.png", "photo/50%.png", "sketch/a b.png", "sketch/gone.png", "sketch/z.tar.png")
    contents = {name: make_painting(seed=number) for number, name in enumerate(names)}
    folder = form == "folder"
    place = write_files(tmp_path / "art", contents) if folder else write_zip(tmp_path / "art.zip", contents)
    described = store.describe(str(place))
    pack = SquarePreprocessor(side=8).prepare(described, _Without(store, "gone"), cache)
    assert sorted(zip((pack.styles[label] for label in pack.labels), pack.names, strict=True)) == [
        ("photo", "50%"), ("photo", "a b"), ("sketch", "a b"), ("sketch", "z.tar"),
    ]  # fmt: skip
