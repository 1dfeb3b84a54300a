from pathlib import Path

import pytest
import torch

from components.evaluation.two_sample_test import TwoSampleTest, Verdict, classify, small_classifier
from storage.run_folder import DirectoryFolder
from tests.unit.evaluation.pictures import Told, blobs, sets_of


def _classify(seed: int = 0, *, dark: bool = False) -> Verdict:
    generated, real = blobs(80, 8, seed=1), blobs(80, 8, seed=2)
    return classify(generated // 4 if dark else generated, real, steps=60, batch=16, seed=seed, tell=Told())


def test_sets_that_differ_are_told_apart_and_sets_that_do_not_are_not() -> None:
    apart, alike = _classify(dark=True), _classify()
    assert apart.accuracy > 0.95
    assert apart.loss < 0.3
    assert 0.2 < alike.accuracy < 0.8
    assert alike.loss > 0.5
    assert apart.held_out == 40


def test_equal_seeds_give_equal_verdicts() -> None:
    state = torch.random.get_rng_state()
    assert _classify() == _classify()
    assert _classify(seed=1) != _classify()
    assert torch.equal(torch.random.get_rng_state(), state)


@pytest.mark.parametrize("side", [8, 28, 64])
def test_the_network_fits_pictures_of_any_side(side: int) -> None:
    network = small_classifier(side, torch.Generator().manual_seed(0))
    assert network(torch.zeros(2, 3, side, side)).shape == (2,)


def test_accuracy_error_and_loss_are_reported_beside_those_of_real_against_real(tmp_path: Path) -> None:
    told = Told()
    sets = sets_of(blobs(40, 8, seed=1) // 4, blobs(40, 8, seed=2), blobs(40, 8, seed=3))
    accuracy, error, loss = TwoSampleTest(steps=60, batch=16).measure(sets, DirectoryFolder(tmp_path), told)
    assert accuracy.value + error.value == pytest.approx(100)
    assert accuracy.value > 90
    assert loss.floor is not None
    assert loss.value < loss.floor
    assert len(told.ended) == 2


def test_few_pictures_make_small_batches() -> None:
    assert classify(blobs(4, 8), blobs(4, 8, seed=1), steps=3, batch=64, seed=0, tell=Told()).held_out == 2
