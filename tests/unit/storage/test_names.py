"""Names of files are what they are: in folders, in archives, and in what is written."""

import io
import struct
import sys
import warnings
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from interfaces.errors import StorageError
from storage.run_folder import DirectoryFolder
from storage.training.training_store import LocalTrainingStore
from tests.samples import make_painting, write_files, write_tar
from tests.unit.imaging.files import png, tiff

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")


@pytest.fixture
def store() -> LocalTrainingStore:
    return LocalTrainingStore(remember=False)


def archive(path: Path, names: list[bytes]) -> Path:
    """Write a ZIP whose names are bytes of no told encoding."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for index, name in enumerate(names):
            file.writestr(f"{index:0{len(name)}}", make_painting(seed=index))
    raw = content.getvalue()
    for index, name in enumerate(names):
        raw = raw.replace(f"{index:0{len(name)}}".encode(), name)
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize(
    ("encoding", "styles"),
    [
        ("cp1252", ["Gemälde", "Ñandú", "Straße"]),
        ("cp437", ["Gemälde", "Ñandú", "Straße"]),
        ("utf-8", ["Gemälde", "北斎", "Straße"]),
    ],
)
def test_names_in_a_zip_are_read_in_the_encoding_that_they_have(
    encoding: str, styles: list[str], store: LocalTrainingStore, tmp_path: Path
) -> None:
    path = archive(tmp_path / "a.zip", [f"{style}/1.png".encode(encoding) for style in styles])
    data = store.describe(str(path))
    assert sorted(data.styles) == sorted(styles)
    assert len({store.read(image.uri) for image in data.images}) == 3


@posix
def test_a_backslash_parts_folders_in_archives_alone(store: LocalTrainingStore, tmp_path: Path) -> None:
    files = {"back\\slash.png": make_painting(), "12:30:45.png": make_painting(seed=1)}
    folder = store.describe(str(write_files(tmp_path / "art", files)))
    assert folder.styles == ("art",)
    assert len(folder.images) == 2
    assert {store.read(image.uri) for image in folder.images} == set(files.values())
    assert (
        "back"
        in store.describe(str(write_tar(tmp_path / "art.tar", {**files, "x\\y.png": make_painting()}))).styles
    )


@posix
@pytest.mark.parametrize("name", ["12:30:45.png", "back\\slash.png", "x" * 255, "a/" + "é" * 127])
def test_a_file_of_any_name_is_written_whole(name: str, tmp_path: Path) -> None:
    folder = DirectoryFolder(tmp_path)
    assert folder.write(name, b"x").read_bytes() == b"x"
    assert folder.names() == [name]


@pytest.mark.parametrize("name", ["../x", "/x", "", "a/../../x"])
def test_a_name_that_leads_out_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="wanted the name of a file inside"):
        DirectoryFolder(tmp_path).write(name, b"x")


def test_formats_that_are_not_read_are_set_aside_by_name(store: LocalTrainingStore, tmp_path: Path) -> None:
    files = {
        "a/1.png": make_painting(),
        "a/2.heic": b"\0\0\0\x18ftypheic" + bytes(20),
        "a/3.jxl": b"\xff\x0a123",
    }
    data = store.describe(str(write_files(tmp_path / "art", files)))
    assert [item.reason for item in data.set_aside] == [
        "is of the format HEIC: save it as JPEG, PNG or TIFF",
        "is of the format JPEG XL: save it as JPEG, PNG or TIFF",
    ]


def test_good_pictures_that_pillow_does_not_know_are_no_damaged_ones(
    store: LocalTrainingStore, tmp_path: Path
) -> None:
    deep = np.full((8, 8, 2), 30_000, np.uint16)
    long = b"k\0\0" + zlib.compress(bytes(3 << 20))
    files = {
        "a/1.tif": tiff(deep, photometric="minisblack", extrasamples=["unassalpha"]),
        "a/2.png": png(8, 2, [bytes(3)], 1, (b"zTXt", long)),
    }
    data = store.describe(str(write_files(tmp_path / "art", files)))
    assert data.set_aside == ()
    assert len(data.images) == 2


def test_the_librarys_warnings_that_name_no_file_are_not_shown(
    store: LocalTrainingStore, tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    image = Image.new("P", (8, 8))
    content = io.BytesIO()
    image.save(content, "PNG", transparency=bytes(range(256)))
    broken = Image.new("RGB", (8, 8))
    exif = b"Exif\0\0II*\0\x08\0\0\0\1\0" + struct.pack("<HHII", 282, 5, 9, 4000)
    other = io.BytesIO()
    broken.save(other, "JPEG", exif=exif)
    files = {"a/1.png": content.getvalue(), "a/2.jpg": other.getvalue()}
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        from components.imaging.picture_file import read_picture

        store.describe(str(write_files(tmp_path / "art", files)))
        for each in files.values():
            read_picture(each)
    assert [str(warning.message) for warning in recwarn] == []
