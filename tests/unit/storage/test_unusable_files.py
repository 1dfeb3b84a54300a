"""The training store sets aside what it cannot use, with the reason, and refuses a source that is broken as a whole."""

import shutil
import struct
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import pytest

from interfaces.errors import DataError, StorageError
from storage.training.training_store import LocalTrainingStore
from tests.samples import make_painting, painting_files, write_files, write_tar, write_zip


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
    picture[29:33] = zlib.crc32(picture[12:29]).to_bytes(4, "big")
    return bytes(picture)


def large() -> bytes:
    """A PNG of 9,450 x 9,450 pixels by its header: above our limit, below Pillow's own."""
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


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_that_lies_about_its_size_is_not_unpacked_into_memory(
    store: LocalTrainingStore, tmp_path: Path, packing: int
) -> None:
    source = tmp_path / "lie.zip"
    with zipfile.ZipFile(source, "w", packing) as archive:
        archive.writestr("warm/a.png", bytes(120 * 2**20))
    content = bytearray(source.read_bytes())
    entry = content.find(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = content[22:26] = struct.pack("<I", 1000)
    source.write_bytes(content)
    tracemalloc.start()
    try:
        with pytest.raises(
            DataError, match=r"'warm/a\.png' is (damaged|packed in an unusual way: pack it again)"
        ):
            store.describe(str(source))
        assert tracemalloc.get_traced_memory()[1] < 50 * 2**20
    finally:
        tracemalloc.stop()


def test_says_why_an_encrypted_or_nested_archive_cannot_be_read(
    store: LocalTrainingStore, tmp_path: Path
) -> None:
    inner = write_zip(tmp_path / "inner.zip", painting_files())
    with pytest.raises(DataError, match=r"inner\.zip::.* is an archive itself: pack its pictures"):
        store.describe(str(write_zip(tmp_path / "outer.zip", {"inner.zip": inner.read_bytes()})))
    content = bytearray(write_zip(tmp_path / "secret.zip", {"a/b.png": make_painting()}).read_bytes())
    content[6] |= 1
    content[content.find(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "secret.zip").write_bytes(content)
    with pytest.raises(DataError, match=r"'a/b\.png' is encrypted: pack it again without a password"):
        store.describe(str(tmp_path / "secret.zip"))
