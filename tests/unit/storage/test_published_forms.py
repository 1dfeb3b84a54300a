"""The training store reads the forms in which data sets are published: tables, CIFAR batches, LSUN databases."""

import os
import pickle
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from interfaces.errors import DataError, StorageError
from storage.training.training_store import LocalTrainingStore
from tests.samples import STYLES, make_painting, painting_files, write_files, write_tar, write_zip


class TestArtBenchTable:
    HEAD = "name,artist,url,is_public_domain,length,width,label,split,cifar_index\n"

    def table(self, *rows: tuple[str, str, str]) -> bytes:
        lines = [f"{name},someone,http://x,True,1,1,{style},{split},0\n" for name, style, split in rows]
        return (self.HEAD + "".join(lines)).encode()

    def test_gives_style_and_split_of_a_flat_folder(self, store: LocalTrainingStore, tmp_path: Path) -> None:
        files = {f"{i}.png": make_painting(seed=i) for i in range(3)}
        table = self.table(("0.png", "ukiyo_e", "test"), ("1.png", "baroque", "train"))
        data = store.describe(str(write_files(tmp_path, {**files, "ArtBench-10.csv": table})))
        assert [(image.style, image.split) for image in data.images] == [
            ("ukiyo_e", "test"),
            ("baroque", "train"),
        ]
        assert [item.reason for item in data.set_aside] == ["is not in the table that gives the styles"]

    def test_is_found_beside_an_archive(self, store: LocalTrainingStore, tmp_path: Path) -> None:
        path = write_zip(tmp_path / "art.zip", painting_files(("baroque",), 2))
        (tmp_path / "ArtBench-10.csv").write_bytes(self.table(("1.png", "baroque", "test")))
        assert [image.split for image in store.describe(str(path)).images] == ["train", "test"]

    def test_of_other_pictures_changes_nothing(self, store: LocalTrainingStore, tmp_path: Path) -> None:
        write_files(tmp_path / "art", painting_files())
        (tmp_path / "ArtBench-10.csv").write_bytes(self.table(("else.png", "baroque", "test")))
        assert store.describe(str(tmp_path / "art")).styles == STYLES


class _Harmful:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.path),)


def batch(count: int, first: int, *, bytes_keys: bool = False, side: int = 8) -> bytes:
    rows = np.random.default_rng(first).integers(0, 256, (count, 3 * side * side), dtype=np.uint8)
    found: dict[object, object] = {"data": rows, "labels": [i % 2 for i in range(count)], "batch_label": "x"}
    if bytes_keys:
        found = {str(key).encode(): value for key, value in found.items()}
    return pickle.dumps(found, protocol=2)


class TestCifarBatches:
    FILES = {  # noqa: RUF012  # read only
        "artbench-10-batches-py/data_batch_1": batch(4, 1),
        "artbench-10-batches-py/data_batch_2": batch(3, 2, bytes_keys=True),
        "artbench-10-batches-py/test_batch": batch(2, 3),
        "artbench-10-batches-py/meta": pickle.dumps({"styles": ["baroque", "ukiyo_e"]}, protocol=2),
    }

    @pytest.mark.parametrize("form", ["folder", "python.tar.gz"])
    def test_are_read_as_folder_and_as_the_published_archive(self, tmp_path: Path, form: str) -> None:
        source = (
            write_files(tmp_path / "x", self.FILES)
            if form == "folder"
            else write_tar(tmp_path / form, self.FILES)
        )
        store = LocalTrainingStore()
        data = store.describe(str(source))
        assert data.styles == ("baroque", "ukiyo_e")
        assert [image.split for image in data.images] == ["train"] * 7 + ["test"] * 2
        assert [image.style for image in data.images[:4]] == ["baroque", "ukiyo_e"] * 2
        copy: LocalTrainingStore = pickle.loads(pickle.dumps(store))  # noqa: S301  # our own bytes
        content = copy.read(data.images[2].uri)
        rows = np.random.default_rng(1).integers(0, 256, (4, 192), dtype=np.uint8)
        pixels = np.asarray(Image.open(BytesIO(content)))
        assert np.array_equal(pixels, rows[2].reshape(3, 8, 8).transpose(1, 2, 0))

    @pytest.mark.parametrize("protocol", [2, 4])
    def test_that_would_run_something_are_refused(self, tmp_path: Path, protocol: int) -> None:
        victim = tmp_path / "made-by-the-pickle"
        harmful = pickle.dumps({"data": _Harmful(victim), "labels": [0]}, protocol=protocol)
        source = write_files(tmp_path / "x", {**self.FILES, "artbench-10-batches-py/data_batch_1": harmful})
        with pytest.raises(DataError, match=r"data_batch_1 is not a batch that is safe to read: .*mkdir"):
            LocalTrainingStore().describe(str(source))
        assert not victim.exists()
        pickle.loads(harmful)  # noqa: S301  # proves that it would have
        assert victim.exists()

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"cut off", "not a batch that is safe"),
            (pickle.dumps([1]), "wanted a dict"),
            (pickle.dumps({"data": [1], "labels": [1]}), "wanted `data` to be a uint8 array"),
            (pickle.dumps({"data": np.zeros((2, 13), np.uint8), "labels": [0, 1]}), "square RGB"),
            (pickle.dumps({"data": np.zeros((2, 12), np.uint8), "labels": [0]}), "label for each of the 2"),
            (pickle.dumps({"data": np.zeros((1, 12), np.uint8), "labels": [7]}), "label 7 has no name"),
        ],
    )
    def test_that_are_malformed_are_refused(self, tmp_path: Path, content: bytes, message: str) -> None:
        source = write_files(tmp_path, {**self.FILES, "artbench-10-batches-py/data_batch_2": content})
        with pytest.raises(DataError, match=message):
            LocalTrainingStore().describe(str(source))


def write_database(folder: Path, pictures: dict[bytes, bytes]) -> None:
    import lmdb

    folder.mkdir(parents=True)
    with lmdb.open(str(folder), map_size=2**22) as environment, environment.begin(write=True) as transaction:
        for key, value in pictures.items():
            transaction.put(key, value)


class TestLsunDatabases:
    def test_are_read_one_for_each_style(self, tmp_path: Path) -> None:
        pictures = {f"k{i}".encode() + b"\xff/:": make_painting(seed=i) for i in range(3)}
        write_database(tmp_path / "baroque_lmdb", pictures)
        write_database(tmp_path / "ukiyo_e_lmdb", {b"a": make_painting(seed=9), b"b": b"no picture"})
        store = LocalTrainingStore()
        data = store.describe(str(tmp_path))
        assert data.styles == ("baroque", "ukiyo_e")
        assert [store.read(image.uri) for image in data.images[:3]] == list(pictures.values())
        assert [item.reason for item in data.set_aside] == [
            "is not a picture in a format that can be read, or its header is damaged"
        ]
        copy = pickle.loads(pickle.dumps(store))  # noqa: S301  # our own bytes
        assert copy.read(data.images[0].uri) == pictures[b"k0\xff/:"]
        with pytest.raises(StorageError, match="is not in the database"):
            store.read(f"lmdb://zz::{tmp_path / 'baroque_lmdb'}")

    def test_can_be_described_one_alone(self, tmp_path: Path) -> None:
        write_database(tmp_path / "surrealism_lmdb", {b"a": make_painting()})
        data = LocalTrainingStore().describe(str(tmp_path / "surrealism_lmdb"))
        assert data.styles == ("surrealism",)

    def test_that_are_cut_off_are_refused(self, tmp_path: Path) -> None:
        write_database(tmp_path / "x_lmdb", {str(i).encode(): make_painting(seed=i) for i in range(20)})
        path = tmp_path / "x_lmdb" / "data.mdb"
        path.write_bytes(path.read_bytes()[:9000])
        with pytest.raises(DataError, match="is cut off"):
            LocalTrainingStore().describe(str(tmp_path))
        path.write_bytes(b"nothing of the kind" * 1000)
        with pytest.raises(DataError, match="is not an LMDB database"):
            LocalTrainingStore().describe(str(tmp_path))

    def test_in_an_archive_are_refused_with_the_way_out(self, tmp_path: Path) -> None:
        path = write_tar(tmp_path / "x.tar", {"x_lmdb/data.mdb": b""})
        with pytest.raises(DataError, match="unpack it and name the folder"):
            LocalTrainingStore().describe(str(path))
