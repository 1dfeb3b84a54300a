"""Noise is measured, and taken out by as much as is asked for; edges stay, and a clean picture stays as it is."""

import pytest
import torch
from torch import Tensor

from components.generation.style_transfer.denoising import denoised, noise_level
from tests.unit.generation.style_pictures import waves


def edges() -> Tensor:
    """Return a picture with an edge and a slope, (1, 3, 64, 64)."""
    image = torch.linspace(-0.6, 0, 64).expand(1, 3, 64, 64).clone()
    image[..., 20:44, 20:44] += 0.8
    return image


def noisy(image: Tensor, sigma: float) -> Tensor:
    rng = torch.Generator().manual_seed(0)
    return image + 2 * sigma * torch.randn(image.shape, generator=rng)


def error(image: Tensor, wanted: Tensor) -> float:
    return float((image - wanted).square().mean().sqrt())


@pytest.mark.parametrize("sigma", [0.01, 0.03, 0.1])
def test_the_noise_that_is_measured_is_the_noise_that_was_added(sigma: float) -> None:
    assert noise_level(noisy(edges(), sigma)) == pytest.approx(sigma, rel=0.1)


def test_straight_edges_and_slopes_are_no_noise() -> None:
    assert noise_level(edges()) < 1e-6
    assert noise_level(edges()[..., :2, :]) == 0


def test_most_of_the_noise_goes_and_the_edge_stays() -> None:
    clean = edges()
    rough = noisy(clean, 0.04)
    smooth = denoised(rough, 1.0)
    assert error(smooth, clean) < 0.4 * error(rough, clean)
    step = smooth[..., 24:40, 22].mean() - smooth[..., 24:40, 17].mean()
    assert float(step) == pytest.approx(
        float(clean[..., 30, 22].mean() - clean[..., 30, 17].mean()), abs=0.06
    )


def test_the_strength_is_the_share_of_the_noise_that_goes() -> None:
    rough = noisy(edges(), 0.04)
    whole, half = denoised(rough, 1.0), denoised(rough, 0.5)
    torch.testing.assert_close(half, (rough + whole).clamp(-2, 2) / 2, atol=1e-6, rtol=0)


def test_without_strength_and_without_noise_a_picture_is_left_as_it_is() -> None:
    rough, before = noisy(edges(), 0.04), noisy(edges(), 0.04)
    assert denoised(rough, 0.0) is rough
    denoised(rough, 1.0)
    assert torch.equal(rough, before)
    for clean in (edges(), torch.zeros(1, 3, 40, 40)):
        assert torch.equal(denoised(clean, 1.0), clean)


def test_what_is_small_or_elongated_is_taken_too() -> None:
    for width, height in ((16, 16), (3, 40), (64, 5)):
        image = noisy(waves(width, height), 0.05).clamp(-1, 1)
        found = denoised(image, 1.0)
        assert found.shape == image.shape
        assert found.isfinite().all()
