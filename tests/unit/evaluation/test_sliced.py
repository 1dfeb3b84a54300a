from math import gamma, pi, sqrt
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.ndimage import correlate1d
from scipy.stats import wasserstein_distance

from components.evaluation.sliced import SlicedWasserstein
from components.networks.sliced_wasserstein import laplacian_pyramid, patches, sliced_distance
from storage.run_folder import DirectoryFolder
from tests.unit.evaluation.pictures import Told, blobs, sets_of


def test_in_one_dimension_it_is_the_wasserstein_distance() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(0, 1, 200), rng.normal(1, 2, 200)
    found = sliced_distance(torch.from_numpy(a).float()[:, None], torch.from_numpy(b).float()[:, None], 40, 0)
    assert found == pytest.approx(wasserstein_distance(a, b), rel=1e-5)


def test_a_shift_moves_it_by_the_mean_projection_of_the_shift() -> None:
    points = torch.randn(50, 6, generator=torch.Generator().manual_seed(0))
    shift = torch.zeros(6)
    shift[2] = 5.0
    mean_projection = gamma(6 / 2) / (sqrt(pi) * gamma(7 / 2))  # of a unit vector on the sphere
    found = sliced_distance(points, points + shift, 20_000, 1)
    assert found == pytest.approx(5 * mean_projection, rel=0.02)


def test_the_pyramid_halves_down_to_16_pixels_and_adds_up_to_the_picture() -> None:
    images = blobs(2, 64).float()
    bands = laplacian_pyramid(images)
    assert [band.shape[-1] for band in bands] == [64, 32, 16]
    taps = np.array([1, 4, 6, 4, 1]) / 16

    def blur(image: np.ndarray) -> np.ndarray:
        return np.asarray(
            correlate1d(correlate1d(image, taps, axis=-1, mode="mirror"), taps, axis=-2, mode="mirror")
        )

    built = bands[-1].numpy()
    for band in bands[-2::-1]:
        larger = np.zeros(band.shape, np.float32)
        larger[..., ::2, ::2] = 4 * built
        built = band.numpy() + blur(larger)
    np.testing.assert_allclose(built, images.numpy(), atol=1e-3)
    smaller = blur(images.numpy())[..., ::2, ::2]
    larger = np.zeros(images.shape, np.float32)
    larger[..., ::2, ::2] = 4 * smaller
    np.testing.assert_allclose(bands[0].numpy(), images.numpy() - blur(larger), atol=1e-3)


def test_patches_are_normalised_for_each_channel_and_drawn_by_the_seed() -> None:
    found = patches(blobs(8, 32), 5, seed=3)
    assert {side: tuple(cut.shape) for side, cut in found.items()} == {32: (40, 147), 16: (40, 147)}
    channels = found[16].unflatten(1, (3, 49))
    torch.testing.assert_close(channels.mean(dim=(0, 2)), torch.zeros(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(channels.std(dim=(0, 2), correction=0), torch.ones(3))
    assert torch.equal(patches(blobs(8, 32), 5, seed=3)[32], found[32])
    assert not torch.equal(patches(blobs(8, 32), 5, seed=4)[32], found[32])


def test_other_structure_is_farther_than_other_pictures_of_the_same_kind(tmp_path: Path) -> None:
    noise = torch.randint(0, 256, (40, 3, 32, 32), generator=torch.Generator().manual_seed(1)).byte()
    told = Told()
    sets = sets_of(noise, blobs(40, 32, seed=2), blobs(40, 32, seed=3))
    found = {
        m.key: m for m in SlicedWasserstein(directions=32).measure(sets, DirectoryFolder(tmp_path), told)
    }
    assert list(found) == ["swd_32", "swd_16", "swd_mean"]
    assert all(m.floor is not None and m.value > 1.5 * m.floor > 0 for m in found.values())
    assert found["swd_mean"].value == pytest.approx((found["swd_32"].value + found["swd_16"].value) / 2)
    assert "sliced Wasserstein distance" in told.ended


def test_equal_pictures_are_no_distance_apart(tmp_path: Path) -> None:
    one = torch.randint(0, 256, (1, 3, 32, 32), generator=torch.Generator().manual_seed(0)).byte()
    real, other = one.expand(30, -1, -1, -1), one.expand(30, -1, -1, -1)
    found = SlicedWasserstein().measure(sets_of(other, real, other), DirectoryFolder(tmp_path), Told())
    assert [m.value for m in found] == [m.floor for m in found] == [0] * len(found)
