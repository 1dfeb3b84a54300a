"""Colour transfer and histogram matching do what their papers say, with several styles, and within regions."""

import numpy as np
import pytest
import torch
from torch import Tensor

from components.generation.style_transfer import STYLE_ALGORITHMS, Task
from components.generation.style_transfer.algorithm import Unattended
from components.imaging.linear_light import to_linear, to_srgb
from interfaces.igs import Stylize
from pipeline.component_check.samples import opacity, smooth_images

CLASSICAL = ["histogram", "reinhard"]


def task(
    content: Tensor, *styles: Tensor, blend: tuple[float, ...] = (), regions: tuple[Tensor, ...] = ()
) -> Task:
    settings = Stylize.model_validate(
        {"paths": ("c",), "styles": ("s",) * len(styles), "algorithm": "reinhard"}
    )
    return Task(content, styles, blend or (1 / len(styles),) * len(styles), regions, settings, 0, None)


def transfer(name: str, what: Task) -> Tensor:
    return STYLE_ALGORITHMS[name]().transfer(what, Unattended())


def independent_reinhard(content: Tensor, style: Tensor) -> np.ndarray:
    """The paper's equations 4, 5, 6 and 10, one pixel axis at a time, with lαβ written out in sums."""

    def to_lab(pixels: Tensor) -> np.ndarray:
        value = (pixels[0].double().numpy() + 1) / 2
        light = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
        r, g, b = light
        long = np.log10(np.maximum(0.3811 * r + 0.5783 * g + 0.0402 * b, 1e-3))
        medium = np.log10(np.maximum(0.1967 * r + 0.7244 * g + 0.0782 * b, 1e-3))
        short = np.log10(np.maximum(0.0241 * r + 0.1288 * g + 0.8444 * b, 1e-3))
        return np.stack(
            [
                (long + medium + short) / np.sqrt(3),
                (long + medium - 2 * short) / np.sqrt(6),
                (long - medium) / np.sqrt(2),
            ]
        )

    here, there = to_lab(content), to_lab(style)
    lightness, yellow, red = (
        (a - a.mean()) * b.std() / a.std() + b.mean() for a, b in zip(here, there, strict=True)
    )
    third, sixth, half = lightness * np.sqrt(3) / 3, yellow * np.sqrt(6) / 6, red * np.sqrt(2) / 2
    long, medium, short = (
        10 ** (third + sixth + half),
        10 ** (third + sixth - half),
        10 ** (third - 2 * sixth),
    )
    cones = np.stack([long, medium, short]).reshape(3, -1)
    matrix = [[0.3811, 0.5783, 0.0402], [0.1967, 0.7244, 0.0782], [0.0241, 0.1288, 0.8444]]
    light = np.linalg.solve(matrix, cones).reshape(3, *long.shape).clip(0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055) * 2 - 1


def test_reinhard_is_the_formula_of_the_paper() -> None:
    content, style = smooth_images(2, 20, 14).split(1)
    made = transfer("reinhard", task(content, style))
    torch.testing.assert_close(
        made[0].double(), torch.from_numpy(independent_reinhard(content, style)), atol=1e-6, rtol=0
    )


def test_a_histogram_that_is_matched_has_the_values_of_the_style_in_the_order_of_the_content() -> None:
    rng = torch.Generator().manual_seed(0)  # no value comes twice
    content, style = (torch.rand(2, 3, 14, 20, generator=rng) * 2 - 1).split(1)
    made = transfer("histogram", task(content, style))
    for channel in range(3):
        got, wanted = made[0, channel].flatten(), style[0, channel].flatten()
        # as many pixels in both: the content's i-th darkest gets the style's i-th darkest value
        order = content[0, channel].flatten().argsort()
        torch.testing.assert_close(got[order], wanted.sort().values, atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", CLASSICAL)
def test_a_picture_in_its_own_style_stays_as_it_is(name: str) -> None:
    content = smooth_images(1, 20, 14)
    torch.testing.assert_close(transfer(name, task(content, content)), content, atol=1e-4, rtol=0)


@pytest.mark.parametrize("name", CLASSICAL)
def test_styles_are_blended_by_their_shares(name: str) -> None:
    content, *styles = smooth_images(3, 20, 14).split(1)
    alone = [transfer(name, task(content, each)) for each in styles]
    blended = transfer(name, task(content, *styles, blend=(0.25, 0.75)))
    torch.testing.assert_close(blended, alone[0] * 0.25 + alone[1] * 0.75)


@pytest.mark.parametrize("name", CLASSICAL)
def test_each_style_stays_in_its_region_and_takes_the_colours_of_that_region_alone(name: str) -> None:
    content, *styles = smooth_images(3, 20, 14).split(1)
    right = opacity(1, 20, 14)
    made = transfer(name, task(content, *styles, regions=(1 - right, right)))
    halves = [
        transfer(name, task(half.contiguous(), style))
        for half, style in zip(content.split(10, dim=3), styles, strict=True)
    ]
    torch.testing.assert_close(made, torch.cat(halves, dim=3), atol=1e-6, rtol=0)


@pytest.mark.parametrize("name", CLASSICAL)
def test_where_there_is_no_region_the_content_stays(name: str) -> None:
    content, style = smooth_images(2, 20, 14).split(1)
    region = opacity(1, 20, 14) * 0.5
    made = transfer(name, task(content, style, regions=(region,)))
    whole = transfer(name, task(content[..., 10:].contiguous(), style))
    assert torch.equal(made[..., :10], content[..., :10])
    torch.testing.assert_close(made[..., 10:], (whole + content[..., 10:]) / 2, atol=1e-6, rtol=0)


@pytest.mark.parametrize("name", CLASSICAL)
@pytest.mark.parametrize("value", [-1.0, 0.0, 1.0])
def test_a_picture_of_one_colour_takes_a_colour_of_the_style(name: str, value: float) -> None:
    style = smooth_images(1, 20, 14)
    made = transfer(name, task(torch.full((1, 3, 8, 9), value), style))
    assert made.isfinite().all()
    assert (made == made[..., :1, :1]).all()
    low, high = style.amin(dim=(2, 3), keepdim=True), style.amax(dim=(2, 3), keepdim=True)
    assert ((low <= made) & (made <= high)).all()


def test_light_is_that_of_the_standard_and_comes_back() -> None:
    values = torch.linspace(0, 1, 1001, dtype=torch.float64)
    # IEC 61966-2-1: half of the range is about a fifth of the light
    assert float(to_linear(torch.tensor(0.5, dtype=torch.float64))) == pytest.approx(0.21404114048, abs=1e-10)
    assert float(to_linear(torch.tensor(0.04, dtype=torch.float64))) == pytest.approx(0.04 / 12.92)
    torch.testing.assert_close(to_srgb(to_linear(values)), values, atol=1e-6, rtol=0)
