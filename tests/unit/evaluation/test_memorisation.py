from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from components.evaluation.memorisation import NearestNeighbours, nearest, thumbnails
from components.evaluation.sets import Measurement
from storage.run_folder import DirectoryFolder
from tests.unit.evaluation.pictures import Told, blobs, sets_of


def _measure(generated: Tensor, folder: Path) -> dict[str, Measurement]:
    sets = sets_of(generated, blobs(40, seed=2), blobs(40, seed=3))
    return {m.key: m for m in NearestNeighbours(shown=5).measure(sets, DirectoryFolder(folder), Told())}


def test_the_nearest_is_that_of_all_pairs_and_never_the_picture_itself() -> None:
    reference = blobs(70, 8).float() / 255
    rows = np.arange(100, 170)
    found = nearest(reference[:20], rows[:20], reference, rows, Told(), "")

    flat = reference.flatten(1).double().numpy()
    gaps = np.sqrt(((flat[:20, None] - flat[None]) ** 2).mean(axis=2))
    gaps[np.arange(20), np.arange(20)] = np.inf
    near = np.sort(gaps, axis=1)[:, :50]
    assert found.row.tolist() == gaps.argmin(axis=1).tolist()
    np.testing.assert_allclose(found.distance, near[:, 0], rtol=1e-4)
    np.testing.assert_allclose(found.relative, near[:, 0] / near.mean(axis=1), rtol=1e-4)


def test_new_pictures_are_not_suspicious(tmp_path: Path) -> None:
    found = _measure(blobs(40, seed=9), tmp_path)
    assert found["memorised_share"].value <= 10
    assert found["nearest_relative"].value == pytest.approx(found["nearest_relative"].floor or 0, rel=0.1)


@pytest.mark.parametrize("flip", [False, True])
def test_copies_of_training_pictures_are_found_also_mirrored_and_shown(flip: bool, tmp_path: Path) -> None:
    generated = blobs(40, seed=9)
    copies = blobs(40, seed=2)[:10]
    generated[:10] = copies.flip(-1) if flip else copies
    found = _measure(generated, tmp_path)
    assert 25 <= found["memorised_share"].value <= 35
    page = np.asarray(Image.open(BytesIO((tmp_path / "nearest.png").read_bytes())))
    assert page.shape == (32, 5 * 16, 3)
    above, below = page[:16], page[16:]
    assert np.array_equal(above[:, :16, :][:, ::-1] if flip else above[:, :16], below[:, :16])


def test_blurred_pictures_are_nearer_to_everything_and_not_accused_of_copying(tmp_path: Path) -> None:
    grey = blobs(40, seed=9).float().mean(dim=(2, 3), keepdim=True).expand(-1, -1, 16, 16).byte()
    found = _measure(grey, tmp_path)
    distance = found["nearest_distance"]
    assert distance.floor is not None
    assert distance.value < distance.floor
    assert found["memorised_share"].value <= 10


def test_large_pictures_are_compared_at_32_pixels() -> None:
    sets = sets_of(blobs(4, 64), blobs(4, 64, seed=1), blobs(4, 64, seed=2))
    small = thumbnails(sets, sets.real, Told())
    assert small.shape == (4, 3, 32, 32)
    torch.testing.assert_close(small[0, 0, 0, 0], sets.pictures(sets.real)[0, 0, :2, :2].float().mean() / 255)
