"""With the content's own colours an image has its own brightness and the content's colours."""

import numpy as np
import pytest
import torch
from torch import Tensor

from components.generation.style_transfer.original_colours import grey_pictures, with_colours
from tests.unit.generation.style_pictures import waves

YIQ = np.array([[0.299, 0.587, 0.114], [0.595716, -0.274453, -0.321263], [0.211456, -0.522591, 0.311135]])
"""The matrix of the broadcast standard, which the module does not write out."""


def yiq(image: Tensor) -> np.ndarray:
    found: np.ndarray = np.tensordot(YIQ, image[0].double().numpy(), axes=1)
    return found


def test_the_brightness_is_that_of_the_image_and_the_colours_are_those_of_the_content() -> None:
    image, content = waves(20, 14, seed=1) * 0.3, waves(20, 14, seed=2) * 0.3
    got = yiq(with_colours(image, content))
    np.testing.assert_allclose(got[0], yiq(image)[0], atol=1e-5)
    np.testing.assert_allclose(got[1:], yiq(content)[1:], atol=1e-5)


def test_a_colour_that_has_no_room_is_paled_and_keeps_hue_and_brightness() -> None:
    image, content = waves(20, 14, seed=1), waves(20, 14, seed=2)
    made = with_colours(image, content)
    assert made.min() >= -1
    assert made.max() <= 1
    got, wanted = yiq(made), yiq(content)
    np.testing.assert_allclose(got[0], yiq(image)[0].clip(-1, 1), atol=1e-5)
    np.testing.assert_allclose(got[1] * wanted[2], got[2] * wanted[1], atol=1e-5)
    assert (np.hypot(*got[1:]) <= np.hypot(*wanted[1:]) + 1e-6).all()
    assert (np.hypot(*got[1:]) < np.hypot(*wanted[1:]) - 0.05).any()


def test_styles_are_grey_with_the_mean_and_the_spread_of_the_contents_brightness() -> None:
    content = waves(20, 14) * 0.4 - 0.3
    grey, styles = grey_pictures(content, [waves(30, 18, seed=3) * 0.5, waves(9, 40, seed=4)])
    np.testing.assert_allclose(grey[0, 0], yiq(content)[0], atol=1e-6)
    for each in (grey, *styles):
        assert torch.equal(each[:, :1], each[:, 1:2])
        assert torch.equal(each[:, :1], each[:, 2:])
        assert float(each.mean()) == pytest.approx(float(grey.mean()), abs=0.02)
        assert float(each.std()) == pytest.approx(float(grey.std()), abs=0.02)


def test_a_style_of_one_brightness_gives_that_of_the_content() -> None:
    content = waves(20, 14) * 0.4
    _, [style] = grey_pictures(content, [torch.ones(1, 3, 8, 8)])
    assert float(style.std()) < 1e-6
    assert float(style[0, 0, 0, 0]) == pytest.approx(yiq(content)[0].mean(), abs=1e-6)
