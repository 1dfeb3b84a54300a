from pathlib import Path

import pytest
import torch

from components.evaluation.weave import SpectralWeave
from components.networks.spectrum import mean_spectrum, weave
from storage.run_folder import DirectoryFolder
from tests.unit.evaluation.pictures import Told, sets_of


def grain(n: int, seed: int) -> torch.Tensor:
    return torch.randint(60, 196, (n, 3, 16, 16), generator=torch.Generator().manual_seed(seed)).byte()


def test_a_pattern_in_all_pictures_stands_above_real_against_real(tmp_path: Path) -> None:
    told = Told()
    real, other, generated = (grain(300, seed) for seed in range(3))
    generated[:, :, ::2] += 30  # every other row
    found = {
        m.key: m
        for m in SpectralWeave().measure(sets_of(generated, real, other), DirectoryFolder(tmp_path), told)
    }
    assert list(found) == ["weave_two_pixel", "weave_peak", "border"]
    for number, most in zip(list(found.values())[:2], (1.3, 1.6), strict=True):
        assert number.floor is not None
        assert 0.8 < number.floor < most
        assert number.value > 3 * number.floor
        assert "1 is right" in str(number.details["reading"])
    assert told.ended == ["weave"]


def test_a_strip_along_one_side_is_the_border_that_stands_out(tmp_path: Path) -> None:
    real, other, generated = (grain(300, seed) for seed in range(3))
    generated[..., 0] += 50
    *_, border = SpectralWeave().measure(sets_of(generated, real, other), DirectoryFolder(tmp_path), Told())
    assert border.floor == pytest.approx(1, abs=0.1)
    assert border.value > 1.3
    generated[..., 0] = generated[..., 1]  # nothing stands out, and that is as wrong
    *_, border = SpectralWeave().measure(sets_of(generated, real, other), DirectoryFolder(tmp_path), Told())
    assert border.value < 0.1


def test_the_floor_is_that_of_the_other_lot_of_real_pictures(tmp_path: Path) -> None:
    real, other = grain(40, 0), grain(40, 1)
    found = SpectralWeave().measure(sets_of(other, real, other), DirectoryFolder(tmp_path), Told())
    assert [m.value for m in found] == [m.floor for m in found]
    spectra = [mean_spectrum([images.float() / 127.5 - 1]) for images in (other, real)]
    assert [m.value for m in found[:2]] == pytest.approx(list(weave(*spectra)))
