"""Residual networks start as linear maps of the right size, whatever their depth, and leave no checkerboard."""

import pytest
import torch
from torch import Tensor, nn

from components.networks.build import build_critic, build_generator
from components.networks.residual_gan import ResidualBlock, ResidualCritic
from interfaces.errors import ContractError
from interfaces.igme import ResidualGenerator


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def generator(labels: int = 0, **settings: int) -> nn.Module:
    return build_generator(ResidualGenerator.model_validate(settings), "lecun-normal", rng(), labels)


def critic(side: int, channels: int = 3, labels: int = 0, **settings: int) -> nn.Module:
    wanted = ResidualCritic.model_validate(settings)
    images = ResidualGenerator.model_validate({"side": side, "channels": channels})
    return build_critic(wanted, images, "lecun-normal", rng(), labels)


@pytest.mark.parametrize(("side", "channels"), [(8, 3), (16, 1), (64, 3)])
def test_networks_make_and_score_images_of_every_size(side: int, channels: int) -> None:
    images = generator(side=side, channels=channels)(torch.randn(2, 64, generator=rng()))
    assert images.shape == (2, channels, side, side)
    assert images.abs().max() < 1
    assert critic(side, channels)(images).shape == (2,)


@pytest.mark.parametrize("width", [8, 16, 24, 64])
def test_a_block_starts_as_the_identity_and_learns_at_once(width: int) -> None:
    net = generator(side=8, width=width, max_width=width)
    block = next(module for module in net.modules() if isinstance(module, ResidualBlock))
    x = torch.randn(2, width, 4, 4, generator=rng(), requires_grad=True)
    out = block(x)
    assert torch.equal(out, x)
    (out * torch.randn(out.shape, generator=rng(1))).sum().backward()
    last = [layer for layer in block.modules() if isinstance(layer, nn.Conv2d)][-1]
    assert last.weight.grad is not None
    assert last.weight.grad.any()


@pytest.mark.parametrize("blocks", [1, 8])
def test_depth_does_not_change_the_size_of_first_images_and_scores(blocks: int) -> None:
    images = generator(side=16, blocks=blocks)(torch.randn(32, 64, generator=rng()))
    assert 0.3 < images.std() < 0.8
    scores = critic(16, blocks=blocks)(torch.randn(32, 3, 16, 16, generator=rng()))
    assert scores.std() < 1


def test_resampling_keeps_an_even_picture_even() -> None:
    """A transposed convolution gives the pixels of one channel different sums of weights: the checkerboard."""
    net = generator(side=16, width=8)
    even = torch.ones(1, 1, 16, 16)
    doublings = [module for module in net.modules() if isinstance(module, nn.Upsample)]
    assert len(doublings) == 2
    for layer in doublings:
        assert torch.equal(layer(even), torch.ones(1, 1, 32, 32))
    kinds = {type(module) for module in net.modules()} | {type(module) for module in critic(16).modules()}
    assert nn.ConvTranspose2d not in kinds
    strides = [module.stride for module in critic(16).modules() if isinstance(module, nn.Conv2d)]
    assert set(strides) == {(1, 1)}


def test_conditional_networks_depend_on_the_label_and_want_it() -> None:
    make, score = generator(labels=3, side=8), critic(8, labels=3)
    nn.init.normal_(score.get_parameter("style.weight"), generator=rng(5))
    latents = torch.randn(1, 64, generator=rng()).expand(3, -1)
    images: Tensor = make(latents, torch.arange(3))
    assert not torch.allclose(images[0], images[1])
    same = images[:1].expand(3, -1, -1, -1)
    assert score(same, torch.arange(3)).unique().numel() == 3
    with pytest.raises(ContractError, match="wanted a label"):
        make(latents)
    with pytest.raises(ContractError, match="wanted a label"):
        score(images)
