"""The networks of projected GANs: each part against a formula of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest
import safetensors.torch
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from components.networks.build import build_critic, build_generator, count_parameters
from components.networks.conv_gan import ConvCritic
from components.networks.projected import ProjectedCritic, ProjectedCriticNet
from components.networks.skip_gan import UpsampledConv2d
from components.networks.spectral import SpectralConv2d
from interfaces.errors import ContractError
from interfaces.igme import Architecture, ConvGenerator, SkipGenerator
from tests.unit.networks.features_files import write_efficientnet, write_squeezenet

TINY = SkipGenerator(side=32, width=4, max_width=16, latent=6)


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def images(n: int = 3, side: int = 32) -> Tensor:
    return torch.rand(n, 3, side, side, generator=rng(5)) * 2 - 1


@pytest.fixture
def features(tmp_path: Path) -> Path:
    return write_squeezenet(tmp_path / "squeezenet1_1.safetensors")


def projected(features: Path, labels: int = 0, *, mixing: bool = True) -> ProjectedCriticNet:
    settings = ProjectedCritic(features=str(features), view_side=32, margin=0, width=4, mixing=mixing)
    critic = build_critic(settings, TINY, "normal-0.02", rng(), labels)
    assert isinstance(critic, ProjectedCriticNet)
    return critic


@pytest.mark.parametrize("side", [2, 8, 16, 20])
def test_smooth_upsampling_is_bilinear_whatever_the_side(side: int) -> None:
    layer = UpsampledConv2d(3, 5, smooth=True).double()
    nn.init.normal_(layer.weight, generator=rng())
    small = torch.randn(2, 3, side, side, generator=rng(1), dtype=torch.float64)
    continued = F.pad(small, (2, 2, 2, 2), mode="replicate")
    large = F.interpolate(continued, scale_factor=2, mode="bilinear")[:, :, 3:-3, 3:-3]
    wanted = F.conv2d(large, layer.weight)
    torch.testing.assert_close(layer(small), wanted)
    layer(small).square().sum().backward()
    found = layer.weight.grad
    (gradient,) = torch.autograd.grad(wanted.square().sum(), layer.weight)
    torch.testing.assert_close(found, gradient)


@pytest.mark.parametrize("side", [2, 8, 16])
def test_the_fast_upsampling_convolution_equals_the_plain_one(side: int) -> None:
    layer = UpsampledConv2d(3, 5).double()
    nn.init.normal_(layer.weight, generator=rng())
    small = torch.randn(2, 3, side, side, generator=rng(1), dtype=torch.float64)
    wanted = F.conv2d(small.repeat_interleave(2, 2).repeat_interleave(2, 3), layer.weight, padding=1)
    torch.testing.assert_close(layer(small), wanted)
    layer(small).square().sum().backward()
    found = layer.weight.grad
    (gradient,) = torch.autograd.grad(wanted.square().sum(), layer.weight)
    torch.testing.assert_close(found, gradient)


def test_the_largest_singular_value_of_a_spectral_convolution_is_one() -> None:
    layer = SpectralConv2d(3, 8, 3)
    nn.init.normal_(layer.weight, generator=rng())
    nn.init.zeros_(layer.bias)
    layer.reset(rng(1))
    for _ in range(100):
        layer.largest_singular_value()
    wanted = torch.linalg.svdvals(layer.weight.detach().flatten(1))[0]
    assert layer.largest_singular_value().item() == pytest.approx(wanted.item(), rel=1e-5)
    pictures = images(2, 8)
    torch.testing.assert_close(layer(pictures), F.conv2d(pictures, layer.weight / wanted))


def test_power_iterations_go_on_in_training_mode_alone() -> None:
    layer = SpectralConv2d(3, 8, 3)
    nn.init.normal_(layer.weight, generator=rng())
    nn.init.zeros_(layer.bias)
    layer.reset(rng(1))
    nn.init.normal_(layer.weight, generator=rng(2))
    before = layer.left
    layer.eval()(images(1, 8))
    assert torch.equal(layer.left, before)
    layer.train()(images(1, 8))
    assert not torch.equal(layer.left, before)


def test_the_power_iteration_is_as_exact_in_lower_precision() -> None:
    plain, lower = (SpectralConv2d(3, 8, 3) for _ in range(2))
    for layer in (plain, lower):
        nn.init.normal_(layer.weight, generator=rng())
        nn.init.zeros_(layer.bias)
        layer.reset(rng(1))
    plain(images(1, 8))
    with torch.autocast("cpu", torch.bfloat16):
        lower(images(1, 8))
        assert torch.equal(lower.largest_singular_value(), plain.largest_singular_value())
    assert torch.equal(lower.left, plain.left)


def test_frozen_features_are_no_part_of_what_learns_or_is_saved(features: Path) -> None:
    critic = projected(features)
    assert not any("features" in name for name, _ in critic.named_parameters())
    assert not any("features" in name for name in critic.state_dict())
    assert any("projection" in name for name in critic.state_dict())
    pictures = images().requires_grad_()
    critic(pictures).sum().backward()
    assert pictures.grad is not None
    assert pictures.grad.abs().max() > 0


@pytest.mark.parametrize("mixing", [True, False])
def test_mixing_lets_the_shallow_head_see_the_deep_features(features: Path, mixing: bool) -> None:
    critic = projected(features, mixing=mixing)
    before = critic.perceive(images())[0]
    critic.projection3.mul_(2)  # type: ignore[operator]  # a buffer
    assert torch.equal(critic.perceive(images())[0], before) != mixing


@pytest.mark.parametrize("write", [write_squeezenet, write_efficientnet])
@pytest.mark.parametrize("side", [32, 64, 128])
@pytest.mark.parametrize("margin", [0, 17])
def test_every_depth_scores_regions(
    tmp_path: Path, write: Callable[[Path], Path], side: int, margin: int
) -> None:
    features = write(tmp_path / "features.safetensors")
    settings = ProjectedCritic(features=str(features), view_side=side, margin=margin, width=4)
    critic = build_critic(settings, TINY, "normal-0.02", rng())
    assert isinstance(critic, ProjectedCriticNet)
    view = critic.view(rng())(images(2))
    assert view.shape == (2, 3, side + margin, side + margin)
    sides = [depth.shape[2] for depth in critic.features(view)]
    assert sides == critic.features.sides(side + margin)
    # each head halves as long as 7 regions remain
    regions = [one // 2 ** max(0, (one // 7).bit_length() - 1) for one in sides]
    assert critic(view).shape == (2, sum(one**2 for one in regions))


def place(critic: ProjectedCriticNet, seed: int) -> Tensor:
    return critic.view(rng(seed))(images(2))


def test_the_picture_lies_whole_at_another_place_of_the_view_in_each_step(features: Path) -> None:
    settings = ProjectedCritic(features=str(features), view_side=32, margin=5, width=4)
    critic = build_critic(settings, TINY, "normal-0.02", rng())
    assert isinstance(critic, ProjectedCriticNet)
    places = set()
    for seed in range(40):
        view = place(critic, seed)
        found = [
            (down, right)
            for down in range(6)
            for right in range(6)
            if torch.equal(view[:, :, down : down + 32, right : right + 32], images(2))
        ]
        assert len(found) == 1
        places.add(found[0])
        down, right = found[0]
        rows = [
            max(row - down, down - 1 - row) if row < down + 32 else 63 - (row - down) for row in range(37)
        ]
        torch.testing.assert_close(view[:, :, :, right], images(2)[:, :, rows, 0])  # mirrored around it
    assert len(places) > 15
    assert {down for down, _ in places} == {right for _, right in places} == set(range(6))


def test_a_step_shows_real_and_generated_pictures_at_the_same_place(features: Path) -> None:
    settings = ProjectedCritic(features=str(features), view_side=48, margin=16, width=4)
    critic = build_critic(settings, TINY, "normal-0.02", rng())
    view = critic.view(rng(3))
    assert torch.equal(view(images(2)), view(images(2)))
    wanted = F.interpolate(images(2), size=48, mode="bicubic")
    assert any(
        torch.allclose(view(images(2))[:, :, down : down + 48, right : right + 48], wanted, atol=1e-4)
        for down in range(17)
        for right in range(17)
    )


@pytest.mark.parametrize("write", [write_squeezenet, write_efficientnet])
def test_no_pixel_of_a_picture_is_judged_much_less_than_the_others(
    tmp_path: Path, write: Callable[[Path], Path]
) -> None:
    """The last row and column of generated pictures were strips: the critic's first layer never saw them."""
    settings = ProjectedCritic(features=str(write(tmp_path / "f.safetensors")), width=4)
    critic = build_critic(settings, SkipGenerator(), "normal-0.02", rng())
    seen = torch.zeros(64, 64)
    sources = rng(7)
    for _ in range(24):
        pictures = (torch.rand(4, 3, 64, 64, generator=sources) * 2 - 1).requires_grad_()
        shown = critic.perceive(critic.view(sources)(pictures))
        weighed = [(part * torch.randn(part.shape, generator=sources)).sum() for part in shown]
        torch.stack(weighed).sum().backward()
        assert pictures.grad is not None
        seen += pictures.grad.square().mean((0, 1))
    inside = seen[8:-8, 8:-8].mean()
    for border in (seen[0], seen[-1], seen[:, 0], seen[:, -1]):
        assert 0.5 < border.mean() / inside < 5
    assert seen.min() > 0.05 * inside


@pytest.mark.parametrize("architecture", [TINY, ConvGenerator(side=16, width=4, latent=6)])
def test_a_conditional_generator_makes_another_picture_for_another_label(architecture: Architecture) -> None:
    net = build_generator(architecture, "normal-0.02", rng(), 3).eval()
    for parameter in net.parameters():
        nn.init.normal_(parameter, std=0.2, generator=rng(1))
    latents = torch.randn(1, 6, generator=rng()).expand(3, 6)
    pictures = net(latents, torch.arange(3))
    assert pictures.shape == (3, 3, architecture.side, architecture.side)
    assert pictures.abs().max() <= 1
    assert not torch.allclose(pictures[0], pictures[1])
    with pytest.raises(ContractError, match="wanted a label for each image"):
        net(latents)


def test_a_conditional_critic_adds_an_inner_product_with_the_label(features: Path) -> None:
    for critic in (projected(features, 3), build_critic(ConvCritic(width=4), TINY, "normal-0.02", rng(), 3)):
        pictures, labels = images(), torch.tensor([0, 1, 2])
        plain = critic(pictures, labels)
        for module in critic.modules():
            if isinstance(module, nn.Embedding):
                module.weight.data[1] = 0.5
        changed = critic.eval()(pictures, labels) - plain
        assert changed[[0, 2]].abs().max() < 1e-3 * changed[1].abs().max()


def test_the_default_generator_of_projected_gans_fits_into_fifteen_megabytes() -> None:
    net = build_generator(SkipGenerator(), "normal-0.02", rng(), 10)
    half = {key: t.half() if t.is_floating_point() else t for key, t in net.state_dict().items()}
    assert len(safetensors.torch.save(half)) <= 15 * 2**20
    assert count_parameters(net) > 10**6


@pytest.mark.parametrize("side", [8, 16, 32, 64])
@pytest.mark.parametrize("channels", [1, 3])
def test_skip_generators_of_every_side_give_images_in_range(side: int, channels: int) -> None:
    settings = SkipGenerator.model_validate({**dict(TINY), "side": side, "channels": channels})
    pictures = build_generator(settings, "glorot-normal", rng())(9 * torch.randn(2, 6, generator=rng()))
    assert pictures.shape == (2, channels, side, side)
    assert pictures.abs().max() <= 1
