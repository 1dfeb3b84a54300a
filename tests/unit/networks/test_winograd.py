"""Convolutions with fewer products give the same numbers, up to rounding."""

from typing import Literal

import pytest
import torch
from torch import nn

from components.networks.winograd import WinogradConv2d, with_winograd


@pytest.mark.parametrize("mode", ["zeros", "reflect"])
@pytest.mark.parametrize("size", [(4, 4), (2, 3), (17, 30), (64, 101)])
@pytest.mark.parametrize("bias", [False, True])
@torch.no_grad()
def test_it_gives_what_the_convolution_gives(
    mode: Literal["zeros", "reflect"], size: tuple[int, int], bias: bool
) -> None:
    rng = torch.Generator().manual_seed(0)
    plain = nn.Conv2d(5, 7, 3, padding=1, padding_mode=mode, bias=bias)
    for parameter in plain.parameters():
        parameter.copy_(torch.randn(parameter.shape, generator=rng))
    maps = torch.randn(2, 5, *size, generator=rng)
    before = maps.clone()
    wanted = plain.double()(maps.double())
    made = WinogradConv2d(plain.float())(maps)
    assert made.shape == wanted.shape
    assert (made - wanted).abs().max() < 3e-5 * wanted.abs().max()
    assert torch.equal(maps, before)


@torch.no_grad()
def test_a_picture_does_not_depend_on_those_beside_it() -> None:
    rng = torch.Generator().manual_seed(0)
    quick = WinogradConv2d(nn.Conv2d(16, 8, 3, padding=1))
    maps = torch.randn(3, 16, 20, 36, generator=rng)
    together = quick(maps)
    for one, alone in zip(together.split(1), maps.split(1), strict=True):
        assert torch.equal(one, quick(alone.contiguous(memory_format=torch.channels_last)))


def test_it_takes_the_place_of_wide_convolutions_alone() -> None:
    parts = [
        nn.Conv2d(128, 128, 3, padding=1),
        nn.Conv2d(128, 64, 3, padding=1),
        nn.Conv2d(128, 128, 3, padding=1, stride=2),
        nn.Conv2d(128, 128, 3),
        nn.Conv2d(128, 128, 5, padding=1),
        nn.Conv2d(128, 128, 3, padding=1, groups=2),
        nn.Conv2d(128, 128, 3, padding=1, padding_mode="circular"),
        nn.Sequential(nn.Conv2d(128, 128, 3, padding="same"), nn.Conv2d(128, 256, 3, padding=(1, 1))),
    ]
    network = with_winograd(nn.Sequential(*parts))
    quick = [name for name, part in network.named_modules() if isinstance(part, WinogradConv2d)]
    assert quick == ["0", "7.1"]
