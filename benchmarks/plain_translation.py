"""A cycle of two generators and two critics as one would write it first: the peer of `benchmarks.translation`.

Float32, NCHW, PyTorch's own layers, one backward pass for the generators and one for each critic, Adam as it comes.
"""

import random
from itertools import chain
from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["Peer", "PlainGenerator"]


@final
class PlainGenerator(nn.Module):
    """ResNet generator for 256 px (Zhu et al. 2017, section 7.2): 11,365,635 weights by 64 channels and 9 blocks."""

    def __init__(self, width: int = 64, blocks: int = 9) -> None:
        super().__init__()
        layers: list[nn.Module] = [
            nn.ReflectionPad2d(3),
            nn.Conv2d(3, width, 7),
            nn.InstanceNorm2d(width),
            nn.ReLU(True),
        ]
        for channels in (width, 2 * width):
            layers += [
                nn.Conv2d(channels, 2 * channels, 3, 2, 1),
                nn.InstanceNorm2d(2 * channels),
                nn.ReLU(True),
            ]
        layers += [_Block(4 * width) for _ in range(blocks)]
        for channels in (4 * width, 2 * width):
            layers += [
                nn.ConvTranspose2d(channels, channels // 2, 3, 2, 1, output_padding=1),
                nn.InstanceNorm2d(channels // 2),
                nn.ReLU(True),
            ]
        self.layers = nn.Sequential(*layers, nn.ReflectionPad2d(3), nn.Conv2d(width, 3, 7), nn.Tanh())

    def forward(self, pictures: Tensor) -> Tensor:
        """Return pictures (N, 3, H, W) in [-1, 1] of the other domain."""
        made: Tensor = self.layers(pictures)
        return made


class _Block(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        half = (nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3), nn.InstanceNorm2d(channels))
        other = (nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3), nn.InstanceNorm2d(channels))
        self.layers = nn.Sequential(*half, nn.ReLU(True), *other)

    def forward(self, x: Tensor) -> Tensor:
        beside: Tensor = self.layers(x)
        return x + beside


def _critic(width: int) -> nn.Module:
    layers: list[nn.Module] = [nn.Conv2d(3, width, 4, 2, 1), nn.LeakyReLU(0.2, True)]
    for before, after, stride in (
        (width, 2 * width, 2),
        (2 * width, 4 * width, 2),
        (4 * width, 8 * width, 1),
    ):
        layers += [nn.Conv2d(before, after, 4, stride, 1), nn.InstanceNorm2d(after), nn.LeakyReLU(0.2, True)]
    return nn.Sequential(*layers, nn.Conv2d(8 * width, 1, 4, 1, 1))


@final
class Peer:
    """Makes steps of the training: least squares, cycle 10, identity 5, pools of 50."""

    def __init__(self, width: int, blocks: int, device: torch.device) -> None:
        self.there, self.back = (PlainGenerator(width, blocks).to(device) for _ in range(2))
        self.critics = [_critic(width).to(device) for _ in range(2)]
        self._moving = torch.optim.Adam(
            chain(self.there.parameters(), self.back.parameters()), lr=2e-4, betas=(0.5, 0.999)
        )
        self._judging = torch.optim.Adam(
            chain(*(critic.parameters() for critic in self.critics)), lr=2e-4, betas=(0.5, 0.999)
        )
        self._pools: list[list[Tensor]] = [[], []]

    def step(self, a: Tensor, b: Tensor) -> None:
        """Make one step on pictures (N, 3, H, W) in [-1, 1] of each domain."""
        made_b, made_a = self.there(a), self.back(b)
        again_a, again_b = self.back(made_b), self.there(made_a)
        same_b, same_a = self.there(b), self.back(a)
        for critic in self.critics:
            critic.requires_grad_(False)
        self._moving.zero_grad()
        fooled = sum(
            _wanted(critic(made), 1.0) for critic, made in zip(self.critics, (made_b, made_a), strict=True)
        )
        cycle = F.l1_loss(again_a, a) + F.l1_loss(again_b, b)
        identity = F.l1_loss(same_a, a) + F.l1_loss(same_b, b)
        (fooled + 10 * cycle + 5 * identity).backward()
        self._moving.step()
        for critic in self.critics:
            critic.requires_grad_(True)
        self._judging.zero_grad()
        for critic, real, made, pool in zip(self.critics, (b, a), (made_b, made_a), self._pools, strict=True):
            shown = _swapped(pool, made.detach())
            loss = 0.5 * (_wanted(critic(real), 1.0) + _wanted(critic(shown), 0.0))
            loss.backward()
        self._judging.step()


def _wanted(scores: Tensor, value: float) -> Tensor:
    return F.mse_loss(scores, torch.full_like(scores, value))


def _swapped(pool: list[Tensor], made: Tensor) -> Tensor:
    if len(pool) < 50:
        pool.append(made)
        return made
    if random.random() < 0.5:  # noqa: S311  # no secret
        return made
    place = random.randrange(50)  # noqa: S311
    earlier, pool[place] = pool[place], made
    return earlier
