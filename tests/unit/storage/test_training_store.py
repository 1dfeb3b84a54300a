"""The training store reads collections in every form, from folders, archives and addresses."""

import hashlib
import pickle
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import fsspec
import pytest

from interfaces.events import Event, Progress
from interfaces.itdt import ITDT
from storage import TRAINING_STORES
from storage.training.training_store import LocalTrainingStore
from tests.samples import STYLES, make_painting, painting_files, write_files, write_tar, write_zip


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
