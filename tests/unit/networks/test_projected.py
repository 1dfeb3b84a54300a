"""The networks of projected GANs: each part against a formula of its own."""

from hashlib import sha256
from pathlib import Path

import pytest
import safetensors.torch
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from components.networks._compat import enable
from components.networks.conv_gan import ConvCritic
from components.networks.generators import build_critic, build_generator, count_parameters
from components.networks.projected import ProjectedCritic, ProjectedCriticNet
from components.networks.skip_gan import UpsampledConv2d
from components.networks.spectral import SpectralConv2d
from components.networks.squeezenet import SQUEEZENET_DEPTHS, SqueezeNetFeatures
from interfaces.errors import ContractError, WeightsError
from interfaces.igme import Architecture, ConvGenerator, SkipGenerator
from tests.unit.networks.squeezenet_file import write_squeezenet

TINY = SkipGenerator(side=32, width=4, max_width=16, latent=6)


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def images(n: int = 3, side: int = 32) -> Tensor:
    return torch.rand(n, 3, side, side, generator=rng(5)) * 2 - 1


@pytest.fixture
def features(tmp_path: Path) -> Path:
    return write_squeezenet(tmp_path / "squeezenet1_1.safetensors")


def projected(features: Path, labels: int = 0, *, mixing: bool = True) -> ProjectedCriticNet:
    settings = ProjectedCritic(features=str(features), view_side=32, width=4, mixing=mixing)
    critic = build_critic(settings, TINY, "normal-0.02", rng(), labels)
    assert isinstance(critic, ProjectedCriticNet)
    return critic


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


def test_features_are_those_of_torchvision(features: Path) -> None:
    enable()
    from torchvision.models import squeezenet1_1

    theirs = squeezenet1_1()
    weights = {key: w.float() for key, w in safetensors.torch.load_file(features).items()}
    theirs.load_state_dict(weights, strict=False)
    ours = SqueezeNetFeatures()
    ours.load(features)
    pictures = images(2, 64)
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    wanted = theirs.features(((pictures + 1) / 2 - mean) / std)
    found = ours(pictures)
    assert [part.shape[1] for part in found] == list(SQUEEZENET_DEPTHS)
    ratio = found[-1] / wanted.clamp_min(1e-6)
    assert wanted.max() > 0
    torch.testing.assert_close(found[-1], wanted * ratio[wanted > 0.01].median(), rtol=1e-3, atol=1e-4)


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


@pytest.mark.parametrize("side", [32, 64, 128])
def test_every_depth_scores_regions(features: Path, side: int) -> None:
    settings = ProjectedCritic(features=str(features), view_side=side, width=4)
    critic = build_critic(settings, TINY, "normal-0.02", rng())
    scores = critic(images(2))
    assert scores.shape[0] == 2
    assert scores.shape[1] == {32: 49 + 9 + 1 + 1, 64: 49 * 2 + 9 * 2, 128: 49 * 4}[side]


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


def test_refuses_a_file_of_another_network(features: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.safetensors"
    weights = safetensors.torch.load_file(features)
    weights["features.3.squeeze.weight"] = torch.zeros(2, 2, 1, 1)
    safetensors.torch.save_file(weights, other)
    with pytest.raises(WeightsError, match=r"features\.3\.squeeze\.weight of shape .* got \(2, 2, 1, 1\)"):
        SqueezeNetFeatures().load(other)
    other.write_bytes(b"nothing")
    with pytest.raises(WeightsError, match="cannot be read"):
        SqueezeNetFeatures().load(other)


def test_torchvision_s_own_file_gives_the_same_features(features: Path, tmp_path: Path) -> None:
    weights = {**safetensors.torch.load_file(features), "classifier.1.bias": torch.zeros(1000)}
    plain = tmp_path / "squeezenet.pth"
    torch.save(weights, plain)
    digest = sha256(plain.read_bytes()).hexdigest()
    named = plain.rename(tmp_path / f"squeezenet1_1-{digest[:8]}.pth")
    results = []
    for path in (features, named):
        network = SqueezeNetFeatures()
        network.load(path)
        results.append(network(images()))
    assert all(map(torch.equal, *results))


def test_refuses_a_file_whose_name_promises_another_digest(features: Path, tmp_path: Path) -> None:
    altered = tmp_path / "squeezenet1_1-b8a52dc0.pth"
    torch.save(safetensors.torch.load_file(features), altered)
    with pytest.raises(WeightsError, match="wanted SHA-256 b8a52dc0…, as its name says, got"):
        SqueezeNetFeatures().load(altered)


@pytest.mark.parametrize("content", [b"", b"no pickle at all", b"PK\x03\x04 cut off"])
def test_refuses_what_is_no_file_of_torch(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.pth").write_bytes(content)
    with pytest.raises(WeightsError, match="cannot be read"):
        SqueezeNetFeatures().load(tmp_path / "a.pth")


def test_runs_no_code_that_a_file_brings(tmp_path: Path) -> None:
    torch.save({"features.0.weight": Path("x")}, tmp_path / "a.pth")
    with pytest.raises(WeightsError, match="cannot be read"):
        SqueezeNetFeatures().load(tmp_path / "a.pth")
