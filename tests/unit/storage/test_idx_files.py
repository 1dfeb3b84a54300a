"""Digits in idx files (LeCun et al. 1998) are a data set like every other."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from interfaces.errors import DataError
from storage.training.reader import UriReader
from storage.training.sources import find_source
from storage.training.survey import survey

RNG = np.random.default_rng(7)
TRAIN, TEST = (RNG.integers(0, 256, (count, 6, 5), np.uint8) for count in (5, 3))
LABELS, TEST_LABELS = [3, 0, 9, 3, 1], [0, 3, 9]


def idx(numbers: np.ndarray) -> bytes:
    head = bytes((0, 0, 8, numbers.ndim)) + struct.pack(f">{numbers.ndim}I", *numbers.shape)
    return head + numbers.tobytes()


def write_set(folder: Path, **altered: bytes) -> Path:
    """Write a set of eight digits, half of it packed; ``altered`` takes the place of a file's content, by its first word."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "train-images-idx3-ubyte.gz": gzip.compress(idx(TRAIN)),
        "train-labels-idx1-ubyte.gz": gzip.compress(idx(np.array(LABELS, np.uint8))),
        "t10k-images.idx3-ubyte": idx(TEST),
        "t10k-labels.idx1-ubyte": idx(np.array(TEST_LABELS, np.uint8)),
    }
    for name, content in files.items():
        words = name.replace(".", "-").split("-")
        (folder / name).write_bytes(altered.get("_".join(words[:2]), content))
    return folder


def test_each_digit_has_its_label_its_split_and_its_pixels(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "digits")
    reader = UriReader()
    placed = survey(find_source(str(folder), "none"), reader)
    found = [(each.style, each.split) for each in placed]
    assert found == [
        *((str(label), "test") for label in TEST_LABELS),
        *((str(label), "train") for label in LABELS),
    ]
    for each, pixels in zip(placed, [*TEST, *TRAIN], strict=True):
        assert reader.read(each.name) == b"P5\n5 6\n255\n" + pixels.tobytes()


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("train_images", gzip.compress(idx(TRAIN))[:-20], "cut off or damaged"),
        ("train_images", gzip.compress(idx(TRAIN)[:-7]), "wanted 150 bytes for 5 x 6 x 5, got 143"),
        ("t10k_images", idx(TEST) + b"x", "wanted 90 bytes for 3 x 6 x 5, got more"),
        ("t10k_images", b"", "wanted an idx file of bytes in 3 dimensions"),
        ("t10k_images", idx(TEST)[:9], "wanted an idx file of bytes in 3 dimensions"),
        ("t10k_labels", idx(TEST), "wanted an idx file of bytes in 1 dimensions"),
        ("t10k_labels", idx(np.zeros(2, np.uint8)), "wanted a label for each of the 3 pictures"),
        ("train_images", bytes((0, 0, 8, 3)) + b"\xff" * 12, "wanted at most 4,294,967,296 bytes of pixels"),
    ],
)
def test_a_damaged_file_is_named_with_what_was_wanted(
    file: str, content: bytes, said: str, tmp_path: Path
) -> None:
    folder = write_set(tmp_path, **{file: content})
    with pytest.raises(DataError, match=said) as caught:
        survey(find_source(str(folder), "none"), UriReader())
    assert file.replace("_", "-") in str(caught.value).replace(".idx", "-idx")


def test_pictures_without_labels_are_refused(tmp_path: Path) -> None:
    folder = write_set(tmp_path)
    (folder / "t10k-labels.idx1-ubyte").unlink()
    with pytest.raises(DataError, match="wanted the file of its labels beside it"):
        survey(find_source(str(folder), "none"), UriReader())
