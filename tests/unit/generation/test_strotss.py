"""STROTSS makes images that depend on their task alone, keeps regions apart, and weighs content against style."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from components.generation.style_transfer import STYLE_ALGORITHMS, Task
from components.generation.style_transfer.algorithm import Unattended
from components.generation.style_transfer.hypercolumns import columns, look, scattered, values_at
from components.generation.style_transfer.laplacian import LaplacianStepper, collapsed
from components.generation.style_transfer.objective import Targets
from components.generation.style_transfer.steppers import Adam
from components.generation.style_transfer.strotss import STROTSS, TransportLoss, Weights
from components.generation.style_transfer.transport import decorrelated
from components.networks.vgg19_taps import VGG19Taps
from interfaces.errors import DataError
from interfaces.igs import Stylize
from pipeline.component_check.samples import smooth_images
from pipeline.component_check.style_algorithm import Stopped, Witness

SIDE = 48
RED, BLUE = (torch.tensor(colour).view(1, 3, 1, 1) for colour in ([0.8, -0.8, -0.8], [-0.8, -0.8, 0.8]))


@pytest.fixture(scope="module")
def features() -> VGG19Taps:
    return VGG19Taps(None)


class Watched(Witness):
    """Notes the size at each step."""

    def __init__(self) -> None:
        super().__init__()
        self.sides: list[float] = []

    def trace(self, step: int, values: Mapping[str, float]) -> None:
        self.sides.append(values["side"])


def draw(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def speckled(colour: Tensor, seed: int = 0) -> Tensor:
    return (colour + 0.2 * torch.randn(1, 3, SIDE, SIDE, generator=draw(seed))).clamp(-1, 1)


def task(
    features: Any,
    *styles: Tensor,
    blend: tuple[float, ...] = (),
    regions: tuple[Tensor, ...] = (),
    content: Tensor | None = None,
    **settings: Any,
) -> Task:
    chosen = {"steps": 4, "smallest": 24, "size": SIDE, "features": "random"} | settings
    source = Stylize.model_validate(
        {"paths": ("c",), "styles": ("s",) * len(styles), "algorithm": "strotss"} | chosen
    )
    shares = blend or (1 / len(styles),) * len(styles)
    picture = smooth_images(1, SIDE, SIDE) if content is None else content
    return Task(picture, styles, shares, regions, source, 5, features)


def transfer(what: Task, witness: Any = None) -> Tensor:
    return STYLE_ALGORITHMS["strotss"]().transfer(what, witness or Unattended())


def left_half() -> Tensor:
    mask = torch.zeros(1, 1, SIDE, SIDE)
    mask[..., : SIDE // 2] = 1
    return mask


def test_an_image_takes_the_colours_of_its_style(features: VGG19Taps) -> None:
    style = speckled(RED)
    what = task(features, style, content_weight=0, steps=8)
    before = (what.content.mean((2, 3)) - style.mean((2, 3))).abs().mean()
    image = transfer(what)
    assert image.shape == what.content.shape
    assert (image.mean((2, 3)) - style.mean((2, 3))).abs().mean() < 0.8 * before


def test_each_region_takes_the_colours_of_its_own_style(features: VGG19Taps) -> None:
    grey = 0.1 * torch.randn(1, 3, SIDE, SIDE, generator=draw(1))
    image = transfer(
        task(
            features,
            speckled(RED),
            speckled(BLUE),
            regions=(left_half(), 1 - left_half()),
            content=grey,
            content_weight=0,
            steps=50,
        )
    )
    redness = (image[:, 0] - image[:, 2]).mean((0, 1))
    assert redness[: SIDE // 2 - 6].mean() > 0.5
    assert redness[SIDE // 2 + 6 :].mean() < -0.5


def test_the_style_of_a_region_pulls_at_nothing_far_outside_of_it(features: VGG19Taps) -> None:
    """The gradient of the style at shallow layers ends where the region ends."""
    content = smooth_images(1, 320, 320)
    mask = torch.zeros(1, 1, 320, 320)
    mask[..., :40] = 1
    loss = TransportLoss(
        features, Targets(content, [speckled(RED)], [1.0], [mask]), Weights(0, 1, 16), draw()
    )
    loss.renew(draw())
    moved = content.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(loss(moved).style, moved)
    assert gradient[..., :40].abs().max() > 0
    assert gradient[..., 300:].abs().max() == 0


def test_an_ended_run_goes_on_to_the_same_bytes(features: VGG19Taps) -> None:
    what = task(features, speckled(RED), speckled(BLUE), blend=(0.3, 0.7))
    whole = transfer(what)
    for last in (1, 3):
        ended = Witness(last=last)
        with pytest.raises(Stopped):
            transfer(what, ended)
        again = Witness(kept=ended.kept())
        assert torch.equal(transfer(what, again), whole)
        assert again.heard[0][0] == last + 1


def test_it_begins_at_64_pixels_where_nothing_else_is_said(features: VGG19Taps) -> None:
    assert STROTSS.smallest == 64
    content = smooth_images(1, 100, 128)
    what = task(features, speckled(RED), content=content, smallest=None, size=128, steps=2)
    witness = Watched()
    transfer(what, witness)
    assert witness.sides == [64.0, 128.0]


def test_another_seed_draws_other_places(features: VGG19Taps) -> None:
    what = task(features, speckled(RED))
    assert not torch.equal(transfer(what), transfer(what._replace(seed=6)))


def test_more_weight_on_the_content_keeps_more_of_it(features: VGG19Taps) -> None:
    def structure_lost(content_weight: float) -> float:
        what = task(features, speckled(RED), content_weight=content_weight)
        loss = TransportLoss(
            features, Targets(what.content, what.styles, [1.0], []), Weights(1, 1, 16), draw()
        )
        loss.renew(draw())
        return float(loss(transfer(what)).content)

    assert structure_lost(20) < 0.9 * structure_lost(0)


def test_a_blend_of_two_styles_lies_between_them(features: VGG19Taps) -> None:
    def redness(share: float) -> float:
        image = transfer(task(features, speckled(RED), speckled(BLUE), blend=(share, 1 - share)))
        return float((image[:, 0] - image[:, 2]).mean())

    assert redness(1) > redness(0.5) > redness(0)


def test_a_loss_that_is_no_number_is_told_and_then_refused() -> None:
    def broken(images: Tensor, layers: Any) -> dict[str, Tensor]:
        return {layer: images * float("nan") for layer in layers}

    with pytest.raises(DataError, match="wanted finite features"):
        transfer(task(broken, speckled(RED), steps=8))


def test_gradient_of_the_whole_loss_agrees_with_differences() -> None:
    """In float64, with features that are smooth, and two styles in regions that overlap."""

    def smooth(images: Tensor, layers: Any) -> dict[str, Tensor]:
        pooled = torch.nn.functional.avg_pool2d(images, 2)
        return {layer: (pooled * (number + 1)).sin() for number, layer in enumerate(layers)}

    content, *styles = torch.rand(3, 1, 3, 16, 16, generator=draw(), dtype=torch.float64) * 1.6 - 0.8
    regions = [torch.full((1, 1, 16, 16), value, dtype=torch.float64) for value in (1, 0.5)]
    loss = TransportLoss(smooth, Targets(content, styles, [0.5, 0.5], regions), Weights(1, 1, 2), draw())
    loss.renew(draw())
    moved = (content + 0.1 * styles[0]).requires_grad_()
    (gradient,) = torch.autograd.grad(loss(moved).total, moved)
    with torch.no_grad():
        for index in [(0, 0, 3, 4), (0, 1, 8, 8), (0, 2, 12, 1), (0, 0, 15, 15)]:
            away = torch.zeros_like(content)
            away[index] = 1e-6
            slope = float(loss(moved + away).total - loss(moved - away).total) / 2e-6
            assert float(gradient[index]) == pytest.approx(slope, abs=1e-7)
            assert slope != 0


def test_the_whole_loss_is_that_of_plain_formulas() -> None:
    """With differences in place of matrix products, no half left out, and more places than are multiplied in one piece."""

    def waves(images: Tensor, layers: Any) -> dict[str, Tensor]:
        return {layer: (images * (number + 1)).sin() for number, layer in enumerate(layers)}

    content, style, image = torch.rand(3, 1, 3, 100, 96, generator=draw(), dtype=torch.float64) * 1.6 - 0.8
    loss = TransportLoss(waves, Targets(content, [style], [1.0], []), Weights(2, 0.5, 4), draw(1))
    loss.renew(draw(2))
    places = scattered((100, 96), 600, draw(2))
    assert len(places) > 512
    names = [str(number) for number in range(9)]
    got, kept = (columns(look(waves, each, names), places).numpy() for each in (image, content))
    wanted = columns(look(waves, style, names), scattered((100, 96), 1024, draw(1))).numpy()
    similarities = []
    for each in (got, kept):
        table = plain_cosines(each, each).clip(min=0)
        similarities.append(table / table.sum(0))
    structure = np.abs(similarities[0] - similarities[1]).sum(0).mean()
    turned = [decorrelated(torch.from_numpy(each[:, :3])).numpy() for each in (got, wanted)]
    apart = np.sqrt(np.square(turned[0][:, None] - turned[1][None]).sum(-1))
    style_loss = plain_transport(plain_cosines(got, wanted)) + plain_transport(apart) / 4
    for statistic in (lambda x: x.mean(0), lambda x: np.cov(x.T, bias=True)):
        here, there = statistic(got), statistic(wanted)
        style_loss += np.abs(here - there).sum() / np.abs(there).sum()
    found = loss(image)
    assert float(found.content) == pytest.approx(structure, rel=1e-6)
    assert float(found.style) == pytest.approx(style_loss, rel=1e-6)
    expected = (4 * 2 * structure + 0.5 * style_loss) / (2 + 4 + 1 / 4)
    assert float(found.total) == pytest.approx(expected, rel=1e-6)


def plain_cosines(these: Any, those: Any) -> Any:
    rows = [1 - those @ this / np.linalg.norm(this) / np.linalg.norm(those, axis=1) for this in these]
    return np.stack(rows)


def plain_transport(costs: Any) -> float:
    return float(max(costs.min(0).mean(), costs.min(1).mean()))


def test_steps_in_a_pyramid_are_those_of_its_levels() -> None:
    """As if the levels were kept and moved, and the image put together from them."""
    sides = [(20, 12), (10, 6), (5, 3), (2, 1), (1, 1)]
    levels = [torch.zeros(1, 3, *side, requires_grad=True) for side in sides]
    wanted = torch.randn(1, 3, 20, 12, generator=draw())
    plain, ours = Adam(0.02), LaplacianStepper(Adam(0.02))
    image, flat = torch.zeros(1, 3, 20, 12), torch.zeros(sum(each.numel() for each in levels))
    for _ in range(5):
        put = collapsed(levels)
        gradients = torch.autograd.grad((put - wanted).square().sum(), levels)
        flat = plain.step(flat, torch.cat([each.flatten() for each in gradients]), 0)
        parts = flat.split([each.numel() for each in levels])
        levels = [
            part.view_as(each).clone().requires_grad_() for part, each in zip(parts, levels, strict=True)
        ]
        image = ours.step(image, 2 * (image - wanted), 0)
    torch.testing.assert_close(image, collapsed(levels).detach())


def test_columns_are_the_values_of_all_maps_at_a_place(features: VGG19Taps) -> None:
    image = smooth_images(1, 32, 24)
    maps = look(features, image, ["relu1_1", "relu2_1"])
    place = torch.tensor([[(10.5 / 32) * 2 - 1, (7.5 / 24) * 2 - 1]])  # column 10, row 7
    found = columns(maps, place)[0]
    torch.testing.assert_close(found[:3], image[0, :, 7, 10])
    torch.testing.assert_close(found[3:67], maps.all[1][0, :, 7, 10])
    # a map of half the size: column 4.75, row 3.25 of its own
    deep = maps.all[2][0]
    across = deep[:, :, 4] * 0.25 + deep[:, :, 5] * 0.75
    torch.testing.assert_close(found[67:], across[:, 3] * 0.75 + across[:, 4] * 0.25, atol=1e-5, rtol=1e-5)


def test_places_are_scattered_over_the_whole_picture() -> None:
    numbers = torch.arange(60.0 * 40).view(1, 1, 40, 60)
    found = [values_at(numbers, scattered((40, 60), 100, draw(seed)))[:, 0] for seed in range(200)]
    assert all(70 <= len(each) <= 140 and len(each.unique()) == len(each) for each in found)
    assert len(torch.cat(found).round().unique()) > 2300  # nearly every pixel once in a while
