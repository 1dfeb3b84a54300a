"""The loss of an image: its gradient, its parts, its regions."""

from typing import Any

import numpy as np
import pytest
import torch

from components.generation.style_transfer.objective import Balance, Objective, Targets, total_variation
from components.generation.style_transfer.statistics import Gram, Moments, SlicedWasserstein
from tests.unit.generation.style_transfer.small_features import SmallFeatures, picture

LAYERS = {"relu1_1": 0.5, "relu2_1": 0.5}


def objective(
    statistic: Any = None, *, regions: tuple[torch.Tensor, ...] = (), balance: Balance | None = None
) -> Objective:
    styles = [picture(2, 20, 18).double(), picture(3, 24, 16).double()]
    targets = Targets(picture(1, 16, 20).double(), styles, (0.3, 0.7), regions)
    features = SmallFeatures(torch.float64)
    return Objective(
        features, targets, statistic or Gram(), balance or Balance(0.3, 1.0, 0.2), {"relu2_1": 1.0}, LAYERS
    )


@pytest.mark.parametrize("is_masked", [False, True])
@pytest.mark.parametrize("statistic", [Gram(), Moments()], ids=["gram", "moments"])
def test_the_gradient_is_that_of_finite_differences(statistic: Any, is_masked: bool) -> None:
    left = torch.zeros(1, 1, 16, 20, dtype=torch.float64)
    left[..., :10] = 1
    loss = objective(statistic, regions=(left, 1 - left) if is_masked else ())
    image = (picture(4, 16, 20).double() * 1.2).requires_grad_()  # some of it lies outside of [-1, 1]
    (gradient,) = torch.autograd.grad(loss(image).total, image)
    draw = np.random.default_rng(0)
    for _ in range(20):
        index = tuple(draw.integers(size) for size in image.shape)
        step = torch.zeros_like(image)
        step[index] = 1e-6
        with torch.no_grad():
            slope = (loss(image + step).total - loss(image - step).total) / 2e-6
        assert float(gradient[index]) == pytest.approx(float(slope), rel=1e-4, abs=1e-9)


def test_the_loss_of_the_content_is_its_style_and_roughness_alone() -> None:
    found = objective()(picture(1, 16, 20).double())
    assert float(found.content) == 0
    expected = found.style + 0.2 * total_variation(picture(1, 16, 20).double())
    assert float(found.total) == pytest.approx(float(expected))


def test_the_style_of_a_style_picture_is_at_no_distance_from_itself() -> None:
    style = picture(2, 20, 18)
    loss = Objective(
        SmallFeatures(),
        Targets(style, [style], [1.0], ()),
        Gram(),
        Balance(1, 1, 0),
        {"relu2_1": 1.0},
        LAYERS,
    )
    assert float(loss(style).total) == pytest.approx(0, abs=1e-9)


def test_blended_styles_count_as_they_are_told() -> None:
    image = picture(4, 16, 20).double()
    features = SmallFeatures(torch.float64)

    def style_loss(blend: tuple[float, float]) -> float:
        styles = [picture(2, 20, 18).double(), picture(3, 24, 16).double()]
        targets = Targets(picture(1, 16, 20).double(), styles, blend, ())
        return float(
            Objective(features, targets, Gram(), Balance(1, 1, 0), {"relu2_1": 1.0}, LAYERS)(image).style
        )

    assert style_loss((0.3, 0.7)) == pytest.approx(0.3 * style_loss((1, 0)) + 0.7 * style_loss((0, 1)))
    assert style_loss((1, 0)) != pytest.approx(style_loss((0, 1)), rel=0.05)


def test_a_layer_counts_as_its_weight_says() -> None:
    image, targets = picture(4, 16, 20), Targets(picture(1, 16, 20), [picture(2)], [1.0], ())

    def style_loss(layers: dict[str, float]) -> float:
        return float(
            Objective(SmallFeatures(), targets, Gram(), Balance(1, 1, 0), {"relu2_1": 1.0}, layers)(
                image
            ).style
        )

    mixed = style_loss({"relu1_1": 0.2, "relu2_1": 0.8})
    assert mixed == pytest.approx(
        0.2 * style_loss({"relu1_1": 1.0}) + 0.8 * style_loss({"relu2_1": 1.0}), rel=1e-5
    )


def test_a_small_region_pulls_no_harder_at_its_pixels_than_a_large_one() -> None:
    """Of a picture whose places are all alike, each pixel inside is pulled alike, whatever the area."""
    flat = torch.full((1, 3, 32, 32), 0.1)
    pulls = []
    for width in (12, 24):
        region = torch.zeros(1, 1, 32, 32)
        region[..., :width] = 1
        loss = Objective(
            SmallFeatures(),
            Targets(flat, [picture(2)], [1.0], [region]),
            Gram(),
            Balance(0, 1, 0),
            {},
            {"relu1_1": 1.0},
        )
        image = flat.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(loss(image).total, image)
        pulls.append(float(gradient[0, 0, 16, 5]))
    assert pulls[0] == pytest.approx(pulls[1], rel=0.05)
    assert pulls[0] != 0


def test_a_sliced_distance_needs_no_style_as_large_as_the_image() -> None:
    statistic = SlicedWasserstein(torch.Generator().manual_seed(0))
    targets = Targets(picture(1, 16, 20), [picture(2, 50, 30)], [1.0], ())
    loss = Objective(SmallFeatures(), targets, statistic, Balance(1, 1, 0), {"relu2_1": 1.0}, LAYERS)
    assert 0 < float(loss(picture(4, 16, 20)).style) < 2
