from pathlib import Path

import pytest
import torch

from components.evaluation.ms_ssim import Diversity, pairwise_similarity, scales_for
from storage.run_folder import DirectoryFolder
from tests.unit.evaluation.pictures import Told, blobs, sets_of


@pytest.mark.parametrize(
    ("side", "window", "scales"), [(8, 7, 1), (16, 11, 1), (32, 11, 2), (64, 11, 3), (256, 11, 5)]
)
def test_as_many_scales_are_used_as_fit(side: int, window: int, scales: int) -> None:
    found = scales_for(side)
    assert (found.window, len(found.weights)) == (window, scales)
    assert sum(found.weights) == pytest.approx(1)
    equal = blobs(1, side).expand(2, -1, -1, -1)
    assert pairwise_similarity(equal, found).tolist() == pytest.approx([1.0])


def test_neighbours_are_paired_and_each_pair_is_judged_alone() -> None:
    images = blobs(5, 32)
    images[1] = images[0]
    found = pairwise_similarity(images, scales_for(32))
    assert found.shape == (2,)  # the fifth picture has no partner
    assert found[0] == pytest.approx(1)
    assert found[1] < 0.9
    torch.testing.assert_close(pairwise_similarity(images[2:4], scales_for(32)), found[1:])


def test_opposite_pictures_have_a_similarity_of_zero_and_not_of_no_number() -> None:
    image = blobs(1, 32)
    found = pairwise_similarity(torch.cat([image, 255 - image]), scales_for(32))
    assert found.isfinite().all()
    assert found[0] < 0.1


def test_a_collapsed_generator_is_less_diverse_than_real_pictures(tmp_path: Path) -> None:
    one = blobs(1, 32, seed=5).expand(12, -1, -1, -1)
    told = Told()
    [found] = Diversity().measure(
        sets_of(one, blobs(12, 32), blobs(12, 32, seed=1)), DirectoryFolder(tmp_path), told
    )
    assert found.value == pytest.approx(1)
    assert found.floor is not None
    assert found.floor < 0.9
    assert found.details["pairs"] == 6
    assert told.ended
