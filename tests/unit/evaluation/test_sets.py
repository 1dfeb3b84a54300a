import numpy as np
import pytest
import torch

from components.evaluation.sets import PictureSets
from interfaces.errors import DataError
from tests.unit.evaluation.pictures import blobs, sets_of


def test_a_pack_of_another_side_than_the_generated_pictures_is_refused() -> None:
    with pytest.raises(
        DataError, match="wanted real pictures of the model's 8x8 pixels, got a pack of 16x16"
    ):
        sets_of(blobs(4, 8), blobs(4, 16), blobs(4, 16, seed=1))


def test_sets_of_different_sizes_are_refused() -> None:
    with pytest.raises(DataError, match="got 4, 5 and 4"):
        sets_of(blobs(4), blobs(5), blobs(4))


def test_a_floor_of_the_same_pictures_is_refused() -> None:
    pack = np.zeros((4, 16, 16, 3), np.uint8)
    with pytest.raises(DataError, match="disjoint"):
        PictureSets(blobs(2), pack, np.array([0, 1]), np.array([1, 2]), np.arange(4))


def test_grey_packs_give_three_equal_channels() -> None:
    pack = np.arange(4 * 64, dtype=np.uint8).reshape(4, 8, 8, 1)
    sets = PictureSets(blobs(2, 8), pack, np.array([0, 1]), np.array([2, 3]), np.arange(4))
    found = sets.pictures(np.array([3, 0]))
    assert found.shape == (2, 3, 8, 8)
    assert torch.equal(found[0, 0], found[0, 2])
    assert int(found[1, 0, 0, 5]) == 5
