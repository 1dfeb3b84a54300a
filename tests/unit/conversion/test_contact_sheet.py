"""A contact sheet shows each picture in its place, with its caption under it."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from components.conversion import CONVERTERS, FileConverter, read_metadata
from interfaces.errors import DataError, SettingsError, StorageError
from interfaces.ics import ICS
from tests.unit.conversion.decoding import decoded


@pytest.mark.parametrize(("count", "size"), [(1, (272, 144)), (5, (800, 280)), (300, (4094, 2014))])
def test_a_contact_sheet_has_rows_as_high_as_its_pictures_and_is_not_larger_than_4096(
    count: int, size: tuple[int, int], tmp_path: Path
) -> None:
    path = tmp_path / "a.jpg"
    Image.new("RGB", (600, 300), (255, 0, 0)).save(path)
    (file,) = CONVERTERS["files"]().contact_sheet([path] * count, ICS(format="png"), [""] * count).files
    assert (file.width, file.height) == size == decoded(file.content).shape[1::-1]
    assert (file.name, file.role, file.seed) == ("contact-sheet.png", "sheet", None)
    assert read_metadata(file.content) == file.metadata


def test_a_contact_sheet_shows_each_picture_in_its_place_and_small_ones_as_they_are(tmp_path: Path) -> None:
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
    for index, colour in enumerate(colours):
        Image.new("RGB", (64, 64), colour).save(tmp_path / f"{index}.png")
    paths = [tmp_path / f"{index}.png" for index in range(3)]
    sheet = decoded(FileConverter().contact_sheet(paths, ICS()).files[0].content)
    centres = [sheet[40, 40], sheet[40, 112], sheet[112, 40], sheet[112, 112]]
    assert [tuple(c) for c in centres] == [*colours, (255, 255, 255)]
    assert tuple(sheet[40, 76]) == (255, 255, 255)


def test_a_contact_sheet_of_a_damaged_or_missing_picture_names_it(tmp_path: Path) -> None:
    good = tmp_path / "good.png"
    Image.fromarray(np.random.default_rng(1).integers(0, 255, (64, 64, 3), dtype=np.uint8)).save(good)
    (tmp_path / "bad.png").write_bytes(good.read_bytes()[:3000])
    with pytest.raises(DataError, match=r"bad\.png"):
        FileConverter().contact_sheet([good, tmp_path / "bad.png"], ICS())
    with pytest.raises(StorageError, match=r"gone\.png"):
        FileConverter().contact_sheet([tmp_path / "gone.png"], ICS())
    with pytest.raises(SettingsError, match="at least one picture"):
        FileConverter().contact_sheet([], ICS())


def _ink(sheet: np.ndarray, top: int, left: int = 8, width: int = 256) -> int:
    """Return how many dark pixels the line of a caption has."""
    return int((sheet[top : top + 20, left : left + width].max(axis=2) < 160).sum())


def _sheet(tmp_path: Path, *captions: str) -> np.ndarray:
    """Return a sheet of as many small pictures as there are captions."""
    Image.new("RGB", (64, 64), (255, 255, 255)).save(tmp_path / "white.png")
    paths = [tmp_path / "white.png"] * len(captions)
    return decoded(FileConverter().contact_sheet(paths, ICS(), captions).files[0].content)


def test_a_contact_sheet_says_under_each_picture_what_it_is_told(tmp_path: Path) -> None:
    sheet = _sheet(tmp_path, "seed 1", "seed 88888888  бароко", "")
    wide = (sheet.shape[1] - 8) // 2 - 8  # as the longest caption
    assert sheet.shape[0] == 8 + 2 * (64 + 20 + 8)
    assert 64 < wide < 256
    short, long, none = (
        _ink(sheet, top, left, wide) for top, left in ((72, 8), (72, 16 + wide), (72 + 92, 8))
    )
    assert 0 < short < long
    assert none == 0


def test_a_long_caption_never_leaves_its_picture(tmp_path: Path) -> None:
    sheet = _sheet(tmp_path, "seed 5  a style with a very long name indeed,\nwhich nobody can read here", "")
    assert _ink(sheet, 72) > 200
    assert _ink(sheet, 72, left=264, width=272) == 0


def test_a_sheet_of_many_pictures_is_not_larger_than_4096_with_its_captions(tmp_path: Path) -> None:
    assert max(_sheet(tmp_path, *["seed 5"] * 300).shape) <= 4096
    assert max(_sheet(tmp_path, *["seed 5"] * 2000).shape) <= 4096


def test_a_caption_that_is_missing_is_told(tmp_path: Path) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "a.png")
    with pytest.raises(SettingsError, match="wanted a caption for each of 2 pictures, got 1"):
        FileConverter().contact_sheet([tmp_path / "a.png"] * 2, ICS(), ["seed 1"])
