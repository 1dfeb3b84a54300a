"""The DCGAN family: every setting builds networks of the right shape, from explicit randomness."""

from itertools import product
from math import sqrt
from typing import Any

import pytest
import safetensors.torch
import torch
from torch import nn

from components.networks.build import build_critic, build_generator, count_parameters
from components.networks.conv_gan import ConvCritic
from interfaces.igme import ConvGenerator, Initialisation

SCHEMES: list[Initialisation] = ["glorot-normal", "normal-0.02", "uniform-0.02"]


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(
    ("kernel", "normalisation", "activation"),
    list(product((3, 4, 5), ("none", "batch", "layer"), ("linear", "relu", "leaky-relu", "tanh"))),
)
def test_every_kernel_normalisation_and_activation_doubles_and_halves(
    kernel: int, normalisation: str, activation: str
) -> None:
    common: dict[str, Any] = {"kernel": kernel, "normalisation": normalisation, "activation": activation}
    architecture = ConvGenerator(side=16, width=4, latent=5, **common)
    images = build_generator(architecture, "normal-0.02", rng())(torch.randn(3, 5, generator=rng()))
    critic = build_critic(ConvCritic(width=4, **common), architecture, "normal-0.02", rng())
    assert images.shape == (3, 3, 16, 16)
    assert critic(images).shape == (3,)


@pytest.mark.parametrize("side", [8, 16, 32, 64])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_side_and_channel_count_gives_images_in_range(side: int, channels: int) -> None:
    architecture = ConvGenerator.model_validate({"side": side, "channels": channels, "width": 4, "latent": 5})
    images = build_generator(architecture, "glorot-normal", rng())(100 * torch.randn(2, 5, generator=rng()))
    assert images.shape == (2, channels, side, side)
    assert images.abs().max() <= 1


@pytest.mark.parametrize("part", ["generator", "critic"])
def test_depth_dense_layer_and_biases_add_parameters(part: str) -> None:
    def count(**settings: Any) -> int:
        architecture = ConvGenerator(side=16, width=4, latent=5, **(settings if part == "generator" else {}))
        if part == "generator":
            return count_parameters(build_generator(architecture, "glorot-normal", rng()))
        return count_parameters(
            build_critic(ConvCritic(width=4, **settings), architecture, "glorot-normal", rng())
        )

    plain = count(bias=False)
    # widths 4 and 8 at 16 px: one more 3x3 convolution at each hidden resolution, with its batch norm
    norms = 2 * (4 + 8) if part == "generator" else 0
    assert count(bias=False, extra_layers=1) == plain + 9 * (4**2 + 8**2) + norms
    assert count(bias=False, extra_layers=2) > count(bias=False, extra_layers=1)
    assert count(bias=False, hidden_dense=True) > plain
    assert count(bias=True) > plain


def test_widths_double_up_to_the_largest() -> None:
    net = build_generator(ConvGenerator(side=64, width=8, max_width=20), "glorot-normal", rng())
    ups = [module for module in net.modules() if isinstance(module, nn.ConvTranspose2d)]
    assert [module.in_channels for module in ups] == [20, 20, 16, 8]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_initial_weights_have_the_scheme_s_distribution(scheme: Initialisation) -> None:
    net = build_generator(ConvGenerator(side=16, width=64, bias=True), scheme, rng())
    conv = next(module for module in net.modules() if isinstance(module, nn.ConvTranspose2d))
    weight = conv.weight.detach()
    fans = (conv.in_channels + conv.out_channels) * 16
    wanted = sqrt(2 / fans) if scheme == "glorot-normal" else 0.02
    assert weight.std().item() == pytest.approx(wanted, rel=0.02)
    assert weight.mean().item() == pytest.approx(0, abs=wanted / 50)
    if scheme == "uniform-0.02":
        assert weight.abs().max() <= 0.02 * sqrt(3)
        assert weight.abs().max() > 0.0345
    else:
        assert weight.abs().max() > 3 * wanted
    assert conv.bias is not None
    assert not conv.bias.any()


def test_initial_weights_depend_on_the_generator_alone() -> None:
    before = torch.get_rng_state()
    architecture = ConvGenerator(side=8, width=4)
    one, same, other = (
        build_generator(architecture, "glorot-normal", rng(seed)).state_dict() for seed in (1, 1, 2)
    )
    assert all(torch.equal(one[key], same[key]) for key in one)
    assert not torch.equal(one["layers.0.weight"], other["layers.0.weight"])
    assert torch.equal(torch.get_rng_state(), before)


def test_layer_normalisation_treats_each_image_alone() -> None:
    architecture = ConvGenerator(side=8, width=4, normalisation="layer")
    net = build_generator(architecture, "glorot-normal", rng())
    latents = torch.randn(3, 128, generator=rng())
    assert torch.allclose(net(latents)[:1], net(latents[:1]), atol=1e-6)


def test_the_default_generator_fits_into_twelve_megabytes_in_half_precision() -> None:
    net = build_generator(ConvGenerator(), "glorot-normal", rng())
    half = {key: t.half() if t.is_floating_point() else t for key, t in net.state_dict().items()}
    assert len(safetensors.torch.save(half)) <= 12 * 2**20
