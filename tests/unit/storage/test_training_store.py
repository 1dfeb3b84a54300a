"""The training store reads collections in every form, and sets aside what it cannot use."""

import hashlib
import os
import pickle
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import fsspec
import numpy as np
import pytest

from interfaces.errors import DataError, StorageError
from interfaces.events import Event, Progress
from interfaces.itdt import ITDT
from storage import TRAINING_STORES
from storage.paths import cache_folder
from storage.training.training_store import LocalTrainingStore
from tests.samples import STYLES, make_painting, painting_files, write_files, write_tar, write_zip


@pytest.fixture
def store() -> LocalTrainingStore:
    return LocalTrainingStore()


@pytest.fixture
def memory() -> Iterator[str]:
    """URL of an empty folder in memory."""
    system = fsspec.filesystem("memory")
    yield "memory://paintings"
    if system.exists("/paintings"):
        system.rm("/paintings", recursive=True)
    for archive in system.glob("/*.zip"):
        system.rm(archive)


def contents(store: LocalTrainingStore, data: ITDT) -> dict[tuple[str, str], list[bytes]]:
    found: dict[tuple[str, str], list[bytes]] = {}
    for image in data.images:
        found.setdefault((image.style, image.split), []).append(store.read(image.uri))
    return found


def expected(files: dict[str, bytes], split: str = "train") -> dict[tuple[str, str], list[bytes]]:
    found: dict[tuple[str, str], list[bytes]] = {}
    for name in sorted(files):
        found.setdefault((name.split("/")[-2], split), []).append(files[name])
    return found


def test_is_registered_under_its_name() -> None:
    assert TRAINING_STORES.resolve("local") is LocalTrainingStore


def test_reads_a_tree_of_one_folder_per_style(store: LocalTrainingStore, tmp_path: Path) -> None:
    files = painting_files()
    data = store.describe(str(write_files(tmp_path / "art", files)))
    assert (data.dataset, data.styles, data.set_aside) == ("art", STYLES, ())
    assert contents(store, data) == expected(files)
    assert [image.sha256 for image in data.images] == [
        hashlib.sha256(files[name]).hexdigest() for name in sorted(files)
    ]


@pytest.mark.parametrize("wrapper", ["", "artbench-10-imagefolder-split/"])
def test_reads_the_split_above_the_styles(store: LocalTrainingStore, tmp_path: Path, wrapper: str) -> None:
    train = painting_files(prefix=f"{wrapper}train/")
    test = painting_files(prefix=f"{wrapper}test/", per_style=1, first_seed=100)
    data = store.describe(str(write_files(tmp_path, {**train, **test})))
    assert data.styles == STYLES
    assert contents(store, data) == {**expected(train), **expected(test, "test")}


def test_names_the_one_style_of_a_flat_folder_after_it(store: LocalTrainingStore, tmp_path: Path) -> None:
    write_files(tmp_path / "cats", {"1.png": make_painting(), "2.png": make_painting(seed=1)})
    assert store.describe(str(tmp_path / "cats")).styles == ("cats",)


def test_takes_the_style_from_the_prefix_of_a_name(store: LocalTrainingStore, tmp_path: Path) -> None:
    names = ["titian_Titian_1.png", "ukiyo-e_2.png", "titian_3.png"]
    write_files(tmp_path, {name: make_painting(seed=i) for i, name in enumerate([*names, "nameless.png"])})
    data = store.describe(str(tmp_path), style_from_prefix=True)
    assert [image.style for image in data.images] == ["titian", "titian", "ukiyo-e"]
    assert [(Path(item.uri).name, item.reason) for item in data.set_aside] == [
        ("nameless.png", "has no style in its name: wanted one such as titian_123.jpg")
    ]


@pytest.mark.parametrize("name", ["art.zip", "art.tar", "art.tar.gz", "art.tar.bz2", "art.tar.xz"])
def test_reads_archives_as_it_reads_folders(store: LocalTrainingStore, tmp_path: Path, name: str) -> None:
    files = painting_files(prefix="collection/")
    write = write_zip if name.endswith("zip") else write_tar
    data = store.describe(str(write(tmp_path / name, files)))
    folder = store.describe(str(write_files(tmp_path / "tree", files)))
    assert (data.dataset, data.styles, data.fingerprint) == ("art", folder.styles, folder.fingerprint)
    assert contents(store, data) == expected(files)


def test_reads_archives_with_odd_member_names(store: LocalTrainingStore, tmp_path: Path) -> None:
    names = ["./a b/%20 ::#é.png", "a b\\2.png", "a b/x::y.png"]
    files = {name: make_painting(seed=i) for i, name in enumerate(names)}
    data = store.describe(str(write_tar(tmp_path / "odd::name.tar", files)))
    assert data.styles == ("a b",)
    assert sorted(store.read(image.uri) for image in data.images) == sorted(files.values())


def test_never_writes_a_member_of_an_archive_to_the_disk(store: LocalTrainingStore, tmp_path: Path) -> None:
    files = {"../../escaped.png": make_painting(), "/abs/x.png": make_painting(), "a/1.png": make_painting()}
    folder = tmp_path / "deep" / "deeper"
    folder.mkdir(parents=True)
    data = store.describe(str(write_tar(folder / "evil.tar", files)))
    assert [image.style for image in data.images] == ["a"]
    assert {item.reason for item in data.set_aside} == {"its name leads out of the archive"}
    assert not list(tmp_path.rglob("*.png"))


def test_reads_from_several_threads_and_from_a_pickled_copy(tmp_path: Path) -> None:
    files = painting_files(per_style=40)
    store = LocalTrainingStore()
    data = store.describe(str(write_zip(tmp_path / "art.zip", files)))
    uris = [image.uri for image in data.images] * 5
    wanted = [files[name] for name in sorted(files)] * 5
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(store.read, uris)) == wanted
    copy = pickle.loads(pickle.dumps(store))  # noqa: S301  # our own bytes
    assert [copy.read(uri) for uri in uris[:80]] == wanted[:80]


def test_reads_fsspec_urls(store: LocalTrainingStore, tmp_path: Path, memory: str) -> None:
    files = painting_files()
    system = fsspec.filesystem("memory")
    for name, content in files.items():
        system.pipe(f"/paintings/{name}", content)
    system.pipe("/art.zip", write_zip(tmp_path / "x.zip", files).read_bytes())
    local = store.describe(write_files(tmp_path / "tree", files).as_uri())
    for url in (memory, "memory://art.zip"):
        data = store.describe(url)
        assert data.fingerprint == local.fingerprint
        assert contents(store, data) == contents(store, local) == expected(files)


def test_leaves_out_what_is_no_picture(store: LocalTrainingStore, tmp_path: Path) -> None:
    files = painting_files()
    noise = ["readme.txt", "a.csv", "a.json", "README", "baroque/Thumbs.db", "__MACOSX/baroque/._0.png"]
    noise += [".hidden.png", "baroque/._0.png", ".git/x.png"]
    data = store.describe(str(write_zip(tmp_path / "a.zip", {**files, **dict.fromkeys(noise, b"x")})))
    assert (len(data.images), data.set_aside) == (len(files), ())
    data = store.describe(str(write_files(tmp_path / "b", {**files, **dict.fromkeys(noise, b"x")})))
    assert (len(data.images), data.set_aside) == (len(files), ())


def bomb() -> bytes:
    """A PNG whose header announces 100,000 x 100,000 pixels."""
    picture = bytearray(make_painting())
    picture[16:24] = (100_000).to_bytes(4, "big") * 2
    # the checksum of the header chunk
    import zlib

    picture[29:33] = zlib.crc32(picture[12:29]).to_bytes(4, "big")
    return bytes(picture)


def large() -> bytes:
    """A PNG of 9,450 x 9,450 pixels by its header: above our limit, below Pillow's own."""
    import zlib

    picture = bytearray(make_painting())
    picture[16:24] = (9_450).to_bytes(4, "big") * 2
    picture[29:33] = zlib.crc32(picture[12:29]).to_bytes(4, "big")
    return bytes(picture)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"no picture at all", "is not a picture"),
        (make_painting(kind="JPEG")[:30], "damaged"),
        (make_painting()[:20], "damaged"),
        (bomb(), "is too large"),
        (large(), "is too large: wanted at most 89,000,000 pixels, got 9450 x 9450"),
    ],
)
@pytest.mark.parametrize("form", ["folder", "zip"])
def test_sets_bad_files_aside_with_the_reason(
    store: LocalTrainingStore, tmp_path: Path, content: bytes, reason: str, form: str
) -> None:
    files = {**painting_files(), "baroque/bad.png": content}
    source = write_zip(tmp_path / "x.zip", files) if form == "zip" else write_files(tmp_path / "x", files)
    data = store.describe(str(source))
    assert len(data.images) == len(files) - 1
    assert len(data.set_aside) == 1
    assert "bad.png" in data.set_aside[0].uri
    assert reason in data.set_aside[0].reason


def test_sets_loose_pictures_beside_the_styles_aside(store: LocalTrainingStore, tmp_path: Path) -> None:
    data = store.describe(str(write_files(tmp_path, {**painting_files(), "loose.png": make_painting()})))
    assert [item.reason for item in data.set_aside] == [
        "lies beside the folders of the styles, in none of them"
    ]


def test_sets_a_damaged_member_of_a_zip_aside(store: LocalTrainingStore, tmp_path: Path) -> None:
    files = painting_files()
    path = write_zip(tmp_path / "x.zip", files)
    raw = path.read_bytes()
    at = raw.index(files["baroque/1.png"]) + 40
    path.write_bytes(raw[:at] + bytes([raw[at] ^ 255]) + raw[at + 1 :])
    data = store.describe(str(path))
    assert [(item.uri.partition("::")[0], "CRC" in item.reason) for item in data.set_aside] == [
        ("zip://baroque/1.png", True)
    ]


def test_refuses_a_source_with_nothing_usable(store: LocalTrainingStore, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no pictures: wanted JPEG"):
        store.describe(str(tmp_path))
    write_files(tmp_path, {"a/1.jpg": b"", "a/2.jpg": b"x"})
    with pytest.raises(
        DataError, match=r"no usable picture; of 2 files set aside the first: .*1.jpg is empty"
    ):
        store.describe(str(tmp_path))


def test_names_the_near_match_of_a_missing_source(store: LocalTrainingStore, tmp_path: Path) -> None:
    write_zip(tmp_path / "paintings.zip", painting_files())
    with pytest.raises(StorageError, match=r"is not there\. Did you mean 'paintings.zip'"):
        store.describe(str(tmp_path / "painting.zip"))
    with pytest.raises(StorageError, match="Nor is the folder"):
        store.describe(str(tmp_path / "nowhere" / "painting.zip"))
    with pytest.raises(StorageError, match="memory://nothing is not there"):
        store.describe("memory://nothing")
    with pytest.raises(StorageError, match="cannot be read"):
        store.describe("gopher://nothing")
    with pytest.raises(DataError, match="chained"):
        store.describe("zip://a::b.zip")


@pytest.mark.parametrize("name", ["art.zip", "art.tar", "art.tar.gz"])
def test_refuses_an_archive_that_is_cut_off(store: LocalTrainingStore, tmp_path: Path, name: str) -> None:
    write = write_zip if name.endswith("zip") else write_tar
    path = write(tmp_path / name, painting_files(per_style=20))
    path.write_bytes(path.read_bytes()[:-12_000])
    with pytest.raises(DataError, match=r"is not a complete (ZIP|TAR) archive"):
        store.describe(str(path))


def test_refuses_a_file_that_is_no_archive(store: LocalTrainingStore, tmp_path: Path) -> None:
    (tmp_path / "one.png").write_bytes(make_painting())
    with pytest.raises(DataError, match="wanted a folder, or a ZIP or TAR archive"):
        store.describe(str(tmp_path / "one.png"))


def test_says_which_file_is_gone(store: LocalTrainingStore, tmp_path: Path) -> None:
    data = store.describe(str(write_files(tmp_path / "art", painting_files())))
    Path(data.images[0].uri).unlink()
    with pytest.raises(StorageError, match=r"0\.png cannot be read"):
        store.read(data.images[0].uri)
    archive = write_zip(tmp_path / "art.zip", painting_files())
    with pytest.raises(StorageError, match="is not in the archive"):
        store.read(f"zip://nothing.png::{archive}")


def test_follows_links_but_not_in_circles(store: LocalTrainingStore, tmp_path: Path) -> None:
    root = write_files(tmp_path / "art", painting_files())
    try:
        (root / "baroque" / "loop").symlink_to(root, target_is_directory=True)
    except OSError:
        pytest.skip("this account may not make links")
    assert len(store.describe(str(root)).images) == len(painting_files())


def test_sets_a_link_that_leads_nowhere_aside(store: LocalTrainingStore, tmp_path: Path) -> None:
    root = write_files(tmp_path / "art", painting_files())
    try:
        (root / "baroque" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    except OSError:
        pytest.skip("this account may not make links")
    assert ["gone.png" in item.uri for item in store.describe(str(root)).set_aside] == [True]


def test_sets_a_file_aside_that_is_too_large_to_be_a_picture(
    store: LocalTrainingStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("containers", "sources"):
        monkeypatch.setattr(f"storage.training.{module}.MAX_FILE_BYTES", 5000)
    files = {**painting_files(), "baroque/huge.png": make_painting() + bytes(5000)}
    sources = [write_files(tmp_path / "a", files), write_zip(tmp_path / "a.zip", files)]
    for source in [*sources, write_tar(tmp_path / "a.tar", files)]:
        data = store.describe(str(source))
        assert ["is too large: wanted at most 5,000 bytes" in item.reason for item in data.set_aside] == [
            True
        ]


def test_does_not_fill_the_disk_with_an_unpacked_archive(
    store: LocalTrainingStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_tar(tmp_path / "bomb.tar.gz", {**painting_files(), "a/zeros.png": bytes(2**22)})
    assert source.stat().st_size < 2**16
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=2**22))
    with pytest.raises(StorageError, match="does not fit into the temporary folder"):
        store.describe(str(source))


def test_fingerprint_depends_on_content_style_and_split_alone(
    store: LocalTrainingStore, tmp_path: Path
) -> None:
    files = painting_files()
    base = store.describe(str(write_files(tmp_path / "a", files))).fingerprint
    renamed = {name.replace("/", "/renamed-"): content for name, content in files.items()}
    assert store.describe(str(write_files(tmp_path / "b", renamed))).fingerprint == base
    moved = {name.replace("ukiyo-e", "realism"): content for name, content in files.items()}
    assert store.describe(str(write_files(tmp_path / "c", moved))).fingerprint != base
    held_out = {f"test/{name}": content for name, content in files.items()}
    assert store.describe(str(write_files(tmp_path / "d", held_out))).fingerprint != base
    changed = {**files, "baroque/0.png": make_painting(seed=99)}
    assert store.describe(str(write_files(tmp_path / "e", changed))).fingerprint != base


def test_tells_its_progress(store: LocalTrainingStore, tmp_path: Path) -> None:
    events: list[Event] = []
    files = painting_files(per_style=20)
    store.describe(str(write_files(tmp_path / "art", files)), listener=events.append)
    assert all(isinstance(event, Progress) and event.stage == "data" for event in events)
    assert isinstance(events[-1], Progress)
    assert (events[-1].done, events[-1].total) == (len(files), len(files))


class TestDescriptionCache:
    def test_does_not_read_unchanged_files_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        root = write_files(tmp_path / "art", {**painting_files(), "baroque/bad.png": b""})
        first = LocalTrainingStore().describe(str(root))
        second_store = LocalTrainingStore()

        def refuse(uri: str) -> bytes:
            raise AssertionError(f"{uri} was read")

        monkeypatch.setattr("storage.training.reader.read_file", refuse)
        assert second_store.describe(str(root)) == first
        with pytest.raises(AssertionError, match="was read"):
            LocalTrainingStore(remember=False).describe(str(root))

    def test_notices_a_changed_a_new_and_a_removed_file(self, tmp_path: Path) -> None:
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

    def test_reads_a_replaced_archive_anew(self, tmp_path: Path) -> None:
        store = LocalTrainingStore()
        path = write_zip(tmp_path / "art.zip", painting_files())
        store.describe(str(path))
        os.replace(write_zip(tmp_path / "other.zip", painting_files(("realism",))), path)
        data = store.describe(str(path))
        assert data.styles == ("realism",)
        assert store.read(data.images[0].uri) == painting_files(("realism",))["realism/0.png"]

    @pytest.mark.parametrize("damage", [b"", b"{}", None])
    def test_makes_a_damaged_cache_file_again(self, tmp_path: Path, damage: bytes | None) -> None:
        root = write_files(tmp_path / "art", painting_files())
        first = LocalTrainingStore().describe(str(root))
        (cached,) = (cache_folder() / "descriptions").glob("*.json")
        content = cached.read_bytes()
        cached.write_bytes(content.replace(b"baroque", b"rococo_") if damage is None else damage)
        assert LocalTrainingStore().describe(str(root)) == first
        assert cached.read_bytes() == content

    def test_describes_all_the_same_where_the_cache_cannot_be_written(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "file").write_bytes(b"")
        monkeypatch.setenv("ARTGEN_CACHE", str(tmp_path / "file"))
        events: list[Event] = []
        root = write_files(tmp_path / "art", painting_files())
        data = LocalTrainingStore().describe(str(root), listener=events.append)
        assert len(data.images) == 6
        assert "the description is not kept" in str(events[-1])


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
        from io import BytesIO

        from PIL import Image

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


def test_two_threads_may_describe_at_once(tmp_path: Path) -> None:
    store = LocalTrainingStore(remember=False)
    sources = [
        str(write_zip(tmp_path / f"{i}.zip", painting_files(per_style=30, first_seed=i * 100)))
        for i in range(4)
    ]
    wanted = [LocalTrainingStore(remember=False).describe(source) for source in sources]
    barrier = threading.Barrier(4)

    def describe(source: str) -> ITDT:
        barrier.wait()
        return store.describe(source)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(describe, sources)) == wanted


def test_describes_the_real_collections(real_data: Path) -> None:
    store = LocalTrainingStore()
    data = store.describe(str(real_data / "paintings-128"), style_from_prefix=True)
    counts = {style: sum(image.style == style for image in data.images) for style in data.styles}
    assert counts == {"ming": 300, "song": 322, "titian": 255}
    data = store.describe(str(real_data / "paintings-224.zip"))
    assert (len(data.images), len(data.styles), data.set_aside) == (2100, 7, ())
