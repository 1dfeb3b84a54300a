"""What the degradation does to a picture, and what it never does."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.training.enhancer import degradation
from components.training.enhancer.degradation import degrade, shrink
from tests.samples import paint


def _picture(side: int = 48, seed: int = 0) -> np.ndarray:
    return np.asarray(paint(side, side, seed=seed))


@settings(max_examples=25, deadline=None)
@given(
    height=st.integers(2, 8), width=st.integers(2, 8), scale=st.sampled_from([2, 4]), seed=st.integers(0, 2**32),
    severity=st.floats(0, 1),
)  # fmt: skip
def test_it_gives_a_small_picture_of_any_size_and_leaves_its_input_alone(
    height: int, width: int, scale: int, seed: int, severity: float
) -> None:
    picture = np.asarray(paint(width * scale, height * scale, seed=seed % 100))
    before = picture.copy()
    small = degrade(picture, scale, np.random.default_rng(seed), severity)
    again = degrade(picture, scale, np.random.default_rng(seed), severity)
    assert small.shape == (height, width, 3)
    assert small.dtype == np.dtype(np.uint8)
    assert np.array_equal(small, again)
    assert np.array_equal(picture, before)


def test_it_is_worse_the_more_severe_it_is_and_keeps_the_colours() -> None:
    def error(severity: float) -> float:
        errors = []
        for seed in range(25):
            picture = _picture(seed=seed)
            small = degrade(picture, 4, np.random.default_rng(seed), severity)
            errors.append(np.abs(small.astype(float) - shrink(picture, 4)).mean())
        return float(np.mean(errors))

    gentle, middle, full = error(0), error(0.5), error(1)
    assert gentle < 10
    assert gentle < middle < full
    flat = np.full((48, 48, 3), (200, 120, 40), np.uint8)
    means = [degrade(flat, 4, np.random.default_rng(seed)).mean((0, 1)) for seed in range(40)]
    assert np.abs(np.mean(means, 0) - (200, 120, 40)).max() < 4


def test_other_draws_suffer_otherwise() -> None:
    small = [degrade(_picture(), 4, np.random.default_rng(seed)).tobytes() for seed in range(20)]
    assert len(set(small)) == 20


def test_filters_keep_the_light_and_a_delta_changes_nothing() -> None:
    planes = _picture(20).transpose(2, 0, 1).astype(np.float32) / 255
    delta = np.zeros((7, 7))
    delta[3, 3] = 1
    assert np.allclose(degradation._filter(planes, delta), planes, atol=1e-6)
    for seed in range(30):
        kernel = degradation._blur_kernel(3.0, np.random.default_rng(seed), 1.0)
        assert kernel.sum() == pytest.approx(1)
        assert np.allclose(kernel, kernel[::-1, ::-1])  # the middle stays where it is
        assert np.allclose(degradation._filter(np.ones((3, 12, 9), np.float32), kernel), 1, atol=1e-5)


def test_a_filter_that_is_not_symmetric_is_laid_on_as_convolution_has_it() -> None:
    planes = np.zeros((3, 9, 9), np.float32)
    planes[:, 4, 4] = 1
    kernel = np.arange(49, dtype=float).reshape(7, 7)
    assert np.allclose(degradation._filter(planes, kernel)[:, 1:8, 1:8], kernel, atol=1e-4)


def test_the_sinc_filter_is_that_of_the_bessel_function() -> None:
    # J1(1), J1(2): Abramowitz & Stegun, table 9.1
    angles = degradation._ANGLES
    for z, wanted in ((1.0, 0.4400505857), (2.0, 0.5767248078)):
        assert np.cos(angles - z * np.sin(angles)).mean() == pytest.approx(wanted, abs=1e-10)
    kernel = degradation._sinc_kernel(10, np.random.default_rng(0), 1.0)
    assert kernel.min() < 0 < kernel[10, 10] == kernel.max()  # it rings
