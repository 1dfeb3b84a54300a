"""The networks of translation: the sizes of the papers, any picture size, and what a score sees."""

from itertools import product
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from pydantic import ValidationError
from torch import Tensor, nn

from components.networks.build import build_generator, count_parameters
from components.networks.instance_norm import normalisation
from components.networks.patch_critic import PatchCritic, PatchCriticNet
from components.networks.translation import TranslationNet
from interfaces.igme import ResnetTranslation, TranslationNetwork, UnetTranslation

SMALL = (
    ResnetTranslation(width=4, blocks=2),
    ResnetTranslation(width=4, blocks=1, upsampling="transposed", normalisation="batch", bias=True),
    UnetTranslation(side=16, width=4, halvings=4, upsampling="smooth"),
    UnetTranslation(side=16, width=4, halvings=3, upsampling="transposed", skips=False),
    UnetTranslation(side=16, width=4, halvings=3, normalisation="batch", both_ways=False),
)


def network(architecture: TranslationNetwork, seed: int = 0) -> TranslationNet:
    rng = torch.Generator().manual_seed(seed)
    made = build_generator(architecture, "normal-0.02", rng).eval().requires_grad_(False)
    assert isinstance(made, TranslationNet)
    return made


def one_way(architecture: TranslationNetwork) -> nn.Module:
    return network(architecture).a_to_b


def critic(seed: int = 0, channels: int = 3, **settings: Any) -> PatchCriticNet:
    rng = torch.Generator().manual_seed(seed)
    return PatchCriticNet(PatchCritic.model_validate(settings), channels, "normal-0.02", rng)


def pictures(height: int, width: int, count: int = 1) -> Tensor:
    return torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(1)) * 2 - 1


def test_they_have_as_many_parameters_as_those_of_the_reference() -> None:
    reference: dict[str, Any] = {"upsampling": "transposed", "both_ways": False}
    resnet = ResnetTranslation(**reference, side=256, blocks=9, bias=True)
    unet = UnetTranslation(**reference, halvings=8, normalisation="batch")
    assert count_parameters(network(resnet)) == 11_378_179
    assert count_parameters(network(unet)) == 54_413_955
    assert count_parameters(critic(bias=True)) == 2_764_737
    both = network(ResnetTranslation(side=256, upsampling="transposed", bias=True))
    assert count_parameters(both) == 2 * 11_378_179


def test_the_smaller_ones_of_the_papers_are_smaller_by_the_blocks_that_they_lack() -> None:
    six, nine = (count_parameters(one_way(ResnetTranslation(blocks=blocks, bias=True))) for blocks in (6, 9))
    assert nine - six == 3 * 2 * (256 * 256 * 9 + 256)
    seven, eight = (
        count_parameters(one_way(UnetTranslation(halvings=halvings, upsampling="transposed")))
        for halvings in (7, 8)
    )
    # one more convolution down at 8 times the width, and one more up, which the skip widens
    assert eight - seven == 512 * 512 * 16 + 1024 * 512 * 16


@pytest.mark.parametrize("architecture", SMALL)
@pytest.mark.parametrize(("height", "width"), [(64, 64), (33, 50), (1, 1), (5, 127), (16, 18)])
def test_what_a_picture_becomes_is_as_large_as_it_whatever_its_size(
    architecture: TranslationNetwork, height: int, width: int
) -> None:
    made = network(architecture)(pictures(height, width))
    assert made.shape == (1, 3, height, width)
    assert made.dtype == torch.float32
    assert float(made.abs().max()) <= 1
    assert max(height, width) < 60 or float(made.std()) > 0


@pytest.mark.parametrize("architecture", SMALL)
def test_a_picture_among_others_becomes_what_it_becomes_alone(architecture: TranslationNetwork) -> None:
    several = pictures(32, 48, count=3)
    made = network(architecture)(several)
    for index in range(3):
        alone = network(architecture)(several[index : index + 1])[0]
        assert torch.allclose(made[index], alone, atol=1e-5)


def test_each_direction_has_a_network_of_its_own() -> None:
    made = network(SMALL[0])
    there, back = (made.towards(direction)(pictures(16, 16)) for direction in ("a-to-b", "b-to-a"))
    assert torch.equal(there, made(pictures(16, 16)))
    assert not torch.allclose(there, back, atol=1e-4)
    with pytest.raises(KeyError, match="b-to-a"):
        network(SMALL[4]).towards("b-to-a")


def test_equal_seeds_make_equal_networks_and_draw_from_nobody_else() -> None:
    before = torch.random.get_rng_state()
    first, same, other = (network(SMALL[0], seed) for seed in (3, 3, 4))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.equal(first(pictures(16, 16)), same(pictures(16, 16)))
    assert not torch.equal(first(pictures(16, 16)), other(pictures(16, 16)))
    assert torch.equal(critic(3)(pictures(64, 64)), critic(3)(pictures(64, 64)))


def test_normalisation_by_groups_of_one_is_that_of_instances() -> None:
    maps = torch.randn(2, 6, 7, 5, generator=torch.Generator().manual_seed(0)) * 3 + 2
    means, deviations = maps.mean((2, 3), keepdim=True), maps.std((2, 3), correction=0, keepdim=True)
    assert torch.allclose(normalisation("instance", 6)(maps), (maps - means) / deviations, atol=1e-4)


def test_with_skips_detail_reaches_the_result_which_an_encoder_and_decoder_lose() -> None:
    """The smallest size is a single pixel: without skips, all of the picture is in a few numbers."""
    fine, coarse = pictures(16, 16), pictures(16, 16).mean((2, 3), keepdim=True).expand(-1, -1, 16, 16)

    def sharpness(skips: bool) -> float:
        net = one_way(UnetTranslation(side=16, width=16, halvings=4, skips=skips, normalisation="batch"))
        return float((net(fine) - net(coarse)).diff(dim=3).abs().mean())

    assert sharpness(True) > 5 * sharpness(False)


@pytest.mark.parametrize(("field", "scores"), [(16, 126), (34, 62), (70, 30), (142, 14), (286, 6)])
def test_a_score_sees_a_patch_of_the_size_that_is_said(field: int, scores: int) -> None:
    # statistics of whole pictures would spread every gradient: in evaluation, a batch's are constants
    net = critic(field=field, width=4, normalisation="batch").eval()
    assert net(pictures(256, 256)).shape == (1, 1, scores, scores)
    picture = pictures(512, 512).requires_grad_()
    found = net(picture)
    middle = found.shape[2] // 2
    found[0, 0, middle, middle].backward()
    assert picture.grad is not None
    for axis in (2, 3):
        touched = (picture.grad != 0).any(axis).any(1).flatten().nonzero()
        assert int(touched.max() - touched.min()) + 1 == field


def test_the_least_side_is_the_last_that_leaves_a_score() -> None:
    for field in (16, 34, 70, 142, 286):
        least = PatchCritic.model_validate({"field": field}).least_side
        net = critic(field=field, width=4)
        assert net(pictures(least, least)).numel() >= 1
        with pytest.raises((RuntimeError, ValueError)):
            net(pictures(least // 2, least // 2))


@pytest.mark.parametrize(
    ("upsampling", "architecture"),
    [
        *product(
            ("nearest", "smooth", "transposed"),
            (ResnetTranslation(width=8, blocks=1), UnetTranslation(side=16, width=8, halvings=3)),
        )
    ],
)
def test_a_small_one_learns_a_change_of_colours(upsampling: str, architecture: TranslationNetwork) -> None:
    """With resize convolutions as with transposed ones: the negative of a picture."""
    architecture = type(architecture).model_validate({**dict(architecture), "upsampling": upsampling})
    net = one_way(architecture).train().requires_grad_(True)
    optimizer = torch.optim.Adam(net.parameters(), lr=4e-3)
    seen = F.interpolate(pictures(4, 4, count=8), size=16, mode="bilinear")
    losses = []
    for _ in range(60):
        loss = F.l1_loss(net(seen), -seen)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.4 * losses[0]


def test_a_doubling_before_a_convolution_leaves_no_checkerboard_at_the_beginning() -> None:
    """Of grey: a transposed convolution of three pixels sees 1, 2 or 4 of them, whatever its weights are."""

    def board(upsampling: str) -> float:
        architecture = ResnetTranslation.model_validate({"width": 16, "blocks": 1, "upsampling": upsampling})
        layer = one_way(architecture).layers[-4]  # type: ignore[index]  # the last doubling
        made = layer(torch.ones(1, 32, 16, 16))[0, :, 8:24, 8:24]  # type: ignore[operator]
        return float(made.std((1, 2)).mean() / made.abs().mean())

    assert board("smooth") < 1e-5
    assert board("nearest") < 1e-5
    assert board("transposed") > 0.1


def test_refuses_a_side_that_cannot_be_halved_so_often() -> None:
    with pytest.raises(
        ValidationError, match="side: wanted a multiple of 256, to be halved 8 times, got 128"
    ):
        UnetTranslation(side=128)
