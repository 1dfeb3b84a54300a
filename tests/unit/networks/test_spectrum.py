"""The power spectrum of pictures, against sums written out."""

import cmath
import math

import pytest
import torch
from torch import Tensor

from components.networks.spectrum import log_spectrum, power_spectrum


def pictures(n: int = 3, side: int = 8, seed: int = 0) -> Tensor:
    return torch.rand(n, 3, side, side, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def power(image: list[list[float]], down: int, right: int) -> float:
    """Return |sum of window * pixel * wave|² of one channel."""
    side = len(image)
    window = [0.5 - 0.5 * math.cos(2 * math.pi * i / (side - 1)) for i in range(side)]
    total = sum(
        window[y] * window[x] * image[y][x] * cmath.exp(-2j * math.pi * (down * y + right * x) / side)
        for y in range(side)
        for x in range(side)
    )
    return abs(total) ** 2


@pytest.mark.parametrize(("down", "right"), [(0, 0), (4, 0), (0, 4), (4, 4), (7, 1), (2, 3)])
def test_the_spectrum_is_the_mean_power_of_each_wave(down: int, right: int) -> None:
    images = pictures()
    wanted = [power(channel.tolist(), down, right) for image in images for channel in image]
    found = power_spectrum(images)
    assert found.shape == (8, 5)
    assert found[down, right].item() == pytest.approx(sum(wanted) / len(wanted), rel=1e-4)


def test_the_logarithm_is_that_of_all_pictures_however_they_come_in_lots() -> None:
    images = pictures(7)
    whole = power_spectrum(images).log()
    torch.testing.assert_close(log_spectrum([images]), whole)
    torch.testing.assert_close(log_spectrum(images.split([2, 4, 1])), whole)


def test_mirror_images_count_as_if_they_were_there() -> None:
    images = pictures(5)
    wanted = log_spectrum([torch.cat([images, images.flip(3)])])
    torch.testing.assert_close(log_spectrum([images], mirrored=True), wanted)
    assert not torch.allclose(log_spectrum([images]), wanted)


def test_a_pattern_of_two_pixels_shows_at_half_of_the_side() -> None:
    rows = torch.tensor([1.0, -1.0]).repeat(8)[:, None].expand(16, 16)
    found = power_spectrum(rows.expand(1, 3, 16, 16))
    assert found.argmax() == 8 * found.shape[1]
