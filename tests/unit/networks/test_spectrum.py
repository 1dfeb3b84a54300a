"""The power spectrum of pictures, against sums written out."""

import cmath
import math

import numpy as np
import pytest
import torch
from torch import Tensor

from components.networks.borders import border_contrast
from components.networks.spectrum import mean_spectrum, means_of, power_spectrum, weave


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


def test_means_are_those_of_all_pictures_however_they_come_in_lots_and_each_is_read_once() -> None:
    images = pictures(7)
    lots = iter(images.split([2, 4, 1]))  # once through, and it is empty
    power, borders = means_of((power_spectrum, border_contrast), lots)
    torch.testing.assert_close(power.float(), power_spectrum(images))
    torch.testing.assert_close(borders.float(), border_contrast(images))
    torch.testing.assert_close(mean_spectrum([images]), power)


def test_mirror_images_count_as_if_they_were_there() -> None:
    images = pictures(5)
    wanted = mean_spectrum([torch.cat([images, images.flip(3)])])
    torch.testing.assert_close(mean_spectrum([images], mirrored=True), wanted, rtol=1e-5, atol=1e-5)
    assert not torch.allclose(mean_spectrum([images]), wanted)


def test_a_pattern_of_two_pixels_shows_at_half_of_the_side() -> None:
    rows = torch.tensor([1.0, -1.0]).repeat(8)[:, None].expand(16, 16)
    found = power_spectrum(rows.expand(1, 3, 16, 16))
    assert found.argmax() == 8 * found.shape[1]


def by_hand(generated: Tensor, real: Tensor) -> tuple[float, float]:
    """Return both numbers of `weave` for pictures (N, C, S, S), by numpy and loops."""
    side = generated.shape[-1]
    window = np.outer(np.hanning(side), np.hanning(side))
    powers = [
        np.mean(
            [abs(np.fft.fft2(one * window)) ** 2 for one in images.flatten(0, 1).double().numpy()], axis=0
        )
        for images in (generated, real)
    ]
    half, ratio, rings = side // 2, powers[0] / powers[1], dict[int, list[float]]()
    for down in range(-half, half):
        for right in range(half + 1):
            rings.setdefault(round(math.hypot(down, right)), []).append(ratio[down, right])
    peaks = [max(ring) / np.median(ring) for radius, ring in rings.items() if radius >= 4 and len(ring) >= 8]
    return max(ratio[half, 0], ratio[0, half], ratio[half, half]), max(peaks)


@pytest.mark.parametrize("side", [8, 16, 32])
def test_the_weave_is_that_of_loops_over_all_frequencies(side: int) -> None:
    generated, real = pictures(20, side), pictures(30, side, seed=1)
    found = weave(mean_spectrum(generated.split(7)), mean_spectrum([real]))
    assert found == pytest.approx(by_hand(generated, real), rel=1e-4)


def test_a_spectrum_has_no_weave_against_itself_however_bright_it_is() -> None:
    spectrum = mean_spectrum([pictures(5, 16)])
    assert weave(spectrum, spectrum) == (1, 1)
    assert weave(3 * spectrum, spectrum) == pytest.approx((3, 1))


@pytest.mark.parametrize("way", ["down", "across", "both"])
def test_a_planted_pattern_of_two_pixels_is_found_whichever_way_it_runs(way: str) -> None:
    real = pictures(200, 32)
    turns = torch.tensor([1.0, -1.0]).repeat(16)
    pattern = {"down": turns[:, None], "across": turns, "both": turns[:, None] * turns}[way].expand(32, 32)
    plain = mean_spectrum([pictures(200, 32, seed=1)])
    woven = weave(mean_spectrum([pictures(200, 32, seed=1) + 0.1 * pattern]), mean_spectrum([real]))
    # the wave and the grain, uniform in [-1, 1] with a variance of a third, do not go together
    window = torch.hann_window(32, periodic=False)
    added = (0.1 * window.sum().item() ** 2) ** 2 / (window.square().sum().item() ** 2 / 3)
    assert woven.two_pixel == pytest.approx(1 + added, rel=0.2)
    assert weave(plain, mean_spectrum([real])).two_pixel < 1.3


def test_a_peak_at_another_period_shows_as_a_peak_alone() -> None:
    real, generated = (mean_spectrum([pictures(200, 32, seed=seed)]) for seed in range(2))
    wave = torch.sin(torch.arange(32) * (2 * torch.pi * 10 / 32))
    found = weave(mean_spectrum([pictures(200, 32, seed=1) + 0.2 * wave]), real)
    assert found.peak > 5
    assert found.two_pixel < 1.3
    assert weave(generated, real).peak < 1.5


def test_less_than_the_rounding_to_bytes_is_no_pattern() -> None:
    flat = torch.full((4, 3, 16, 16), 0.5)
    faint = flat + 1e-4 * torch.tensor([1.0, -1.0]).repeat(8)
    assert weave(mean_spectrum([faint]), mean_spectrum([flat])).two_pixel == 1
    noise = (pictures(400, 16) / 255).double()  # as far as rounding goes, either way
    assert mean_spectrum([noise])[8, 4].item() == pytest.approx(
        (2 / 255) ** 2 / 12 * torch.hann_window(16, periodic=False).square().sum().item() ** 2, rel=0.1
    )
