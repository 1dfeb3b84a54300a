"""The critic that scores every pixel."""

import pytest
import torch
from torch import Tensor, nn

from components.networks.build import count_parameters
from components.networks.spectral import SpectralConv2d
from components.networks.unet_critic import UNET_MULTIPLE, UnetCriticNet


def new_critic(seed: int = 0, width: int = 4) -> UnetCriticNet:
    return UnetCriticNet(width, torch.Generator().manual_seed(seed))


def draw(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(("height", "width"), [(UNET_MULTIPLE, UNET_MULTIPLE), (32, 48)])
def test_every_pixel_has_a_score(height: int, width: int) -> None:
    assert new_critic()(draw(2, 3, height, width)).shape == (2, 1, height, width)


def test_a_score_follows_what_is_near_most() -> None:
    critic = new_critic(width=8).eval()
    images = draw(1, 3, 64, 64).requires_grad_()
    critic(images)[0, 0, 32, 32].backward()
    assert images.grad is not None
    slope = images.grad.abs().sum(1)[0]
    assert slope[28:37, 28:37].mean() > 10 * slope[:9, :9].mean()


def test_equal_sources_give_equal_weights_and_torch_s_own_stays_untouched() -> None:
    before = torch.get_rng_state()
    one, same, other = new_critic(), new_critic(), new_critic(1)
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), same.parameters(), strict=True))
    assert not torch.equal(one.entry.weight, other.entry.weight)


def test_all_convolutions_but_the_first_and_the_last_are_spectrally_normalised() -> None:
    critic = new_critic()
    free = [layer for layer in critic.modules() if isinstance(layer, nn.Conv2d)]
    bound = [layer for layer in critic.modules() if isinstance(layer, SpectralConv2d)]
    assert (len(free), len(bound)) == (2, 7)
    critic(draw(1, 3, 16, 16))
    for layer in bound:
        largest = torch.linalg.matrix_norm(layer.weight.flatten(1), 2)
        assert layer.largest_singular_value().item() == pytest.approx(largest.item(), rel=0.1)


def test_a_singular_value_is_as_exact_where_the_convolutions_are_in_bfloat16() -> None:
    critic = new_critic()
    with torch.autocast("cpu", torch.bfloat16):
        for _ in range(200):
            critic(draw(1, 3, 16, 16))
        for layer in (layer for layer in critic.modules() if isinstance(layer, SpectralConv2d)):
            found = layer.largest_singular_value().item()
            largest = torch.linalg.svdvals(layer.weight.detach().flatten(1))[0]
            assert found == pytest.approx(largest.item(), rel=1e-5)
            assert layer.left.dtype == torch.float32


def test_it_has_the_width_that_is_asked_for() -> None:
    assert count_parameters(new_critic(width=16)) == 273_780
