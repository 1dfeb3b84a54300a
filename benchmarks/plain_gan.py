"""GAN training as one would write it first in PyTorch: what ours is measured against."""

import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from components.networks._compat import enable
from components.networks.build import build_critic, build_generator, count_parameters
from components.networks.conv_gan import ConvCritic
from components.training.gan.settings import GanSettings
from interfaces.igme import ConvGenerator

__all__ = ["Peer", "load_batches", "plain_critic", "plain_generator"]

WORKERS = 2


@final
class Peer:
    """The plain loop: PyTorch's DCGAN tutorial, or Gulrajani et al. 2017, algorithm 1, as it is written down."""

    def __init__(self, settings: GanSettings, root: Path) -> None:
        if not isinstance(settings.generator, ConvGenerator) or not isinstance(settings.critic, ConvCritic):
            sys.exit("the peer has networks of the DCGAN family alone")
        self.settings = settings
        self.device = torch.device(settings.device)
        self.latent = settings.generator.latent
        self.generator = plain_generator(settings.generator)
        self.critic = plain_critic(settings.critic)
        self._check_sizes(settings.generator, settings.critic)
        betas = (settings.beta1, settings.beta2)
        self.generator.to(self.device)
        self.critic.to(self.device)
        self.generator_adam = torch.optim.Adam(self.generator.parameters(), settings.learning_rate, betas)
        self.critic_adam = torch.optim.Adam(self.critic.parameters(), settings.learning_rate, betas)
        self.batches = load_batches(root, settings.batch)

    def step(self) -> None:
        """Make the critic's steps and one of the generator."""
        if self.settings.loss == "wasserstein":
            self._step_wgan()
        else:
            self._step_dcgan()

    def _step_wgan(self) -> None:
        for _ in range(self.settings.critic_steps):
            real = next(self.batches).to(self.device)
            with torch.no_grad():
                fake = self.generator(self._latents())
            self.critic_adam.zero_grad()
            loss = self.critic(fake).mean() - self.critic(real).mean()
            (loss + self.settings.penalty_weight * self._penalty(real, fake)).backward()
            self.critic_adam.step()
        self.generator_adam.zero_grad()
        (-self.critic(self.generator(self._latents())).mean()).backward()
        self.generator_adam.step()

    def _penalty(self, real: Tensor, fake: Tensor) -> Tensor:
        epsilon = torch.rand(len(real), 1, 1, 1, device=self.device)
        between = (epsilon * real + (1 - epsilon) * fake).requires_grad_()
        scores = self.critic(between)
        (slope,) = torch.autograd.grad(scores, between, torch.ones_like(scores), create_graph=True)
        norms: Tensor = slope.flatten(1).norm(dim=1)
        return ((norms - 1) ** 2).mean()

    def _step_dcgan(self) -> None:
        real = next(self.batches).to(self.device)
        fake = self.generator(self._latents())
        ones = torch.ones(len(real), 1, device=self.device)
        self.critic_adam.zero_grad()
        F.binary_cross_entropy_with_logits(self.critic(real), ones).backward()
        F.binary_cross_entropy_with_logits(self.critic(fake.detach()), 0 * ones).backward()
        self.critic_adam.step()
        self.generator_adam.zero_grad()
        F.binary_cross_entropy_with_logits(self.critic(fake), ones).backward()
        self.generator_adam.step()

    def _latents(self) -> Tensor:
        return torch.randn(self.settings.batch, self.latent, device=self.device)

    def _check_sizes(self, generator: ConvGenerator, critic: ConvCritic) -> None:
        rng = torch.Generator()
        ours = (
            build_generator(generator, "glorot-normal", rng),
            build_critic(critic, generator, "glorot-normal", rng),
        )
        for mine, theirs in zip(ours, (self.generator, self.critic), strict=True):
            if count_parameters(mine) != count_parameters(theirs):
                sys.exit("the networks of the two sides differ: the peer knows the presets' own layers alone")


def plain_generator(settings: ConvGenerator) -> nn.Sequential:
    """Return the generator of Radford et al. 2016."""
    widths = [min(settings.width * factor, settings.max_width) for factor in (8, 4, 2, 1)]
    layers: list[nn.Module] = [
        nn.Linear(settings.latent, widths[0] * 16, bias=settings.bias),
        nn.Unflatten(1, (widths[0], 4, 4)),
        nn.BatchNorm2d(widths[0]),
        nn.ReLU(),
    ]
    for before, after in pairwise(widths):
        upwards = nn.ConvTranspose2d(before, after, 4, 2, 1, bias=settings.bias)
        layers += [upwards, nn.BatchNorm2d(after), nn.ReLU()]
    last = nn.ConvTranspose2d(widths[-1], 3, 4, 2, 1, bias=settings.bias)
    return _initialised(nn.Sequential(*layers, last, nn.Tanh()))


def plain_critic(settings: ConvCritic) -> nn.Sequential:
    """Return the discriminator of Radford et al. 2016, without sigmoid."""
    widths = [min(settings.width * factor, settings.max_width) for factor in (1, 2, 4, 8)]
    layers: list[nn.Module] = [nn.Conv2d(3, widths[0], 4, 2, 1, bias=settings.bias), nn.LeakyReLU(0.2)]
    for before, after in pairwise(widths):
        layers.append(nn.Conv2d(before, after, 4, 2, 1, bias=settings.bias))
        if settings.normalisation == "batch":
            layers.append(nn.BatchNorm2d(after))
        layers.append(nn.LeakyReLU(0.2))
    return _initialised(
        nn.Sequential(*layers, nn.Flatten(), nn.Linear(widths[-1] * 16, 1, bias=settings.bias))
    )


def _initialised(network: nn.Sequential) -> nn.Sequential:
    for layer in network:
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.normal_(layer.weight, 0, 0.02)
    return network


def load_batches(root: Path, batch: int) -> Iterator[Tensor]:
    """Yield shuffled batches in [-1, 1], half of the pictures mirrored, as ours are, without end."""
    enable()
    from torch.utils.data import DataLoader
    from torchvision.datasets import ImageFolder
    from torchvision.transforms import Compose, Normalize, RandomHorizontalFlip, ToTensor

    change = Compose([RandomHorizontalFlip(), ToTensor(), Normalize([0.5] * 3, [0.5] * 3)])
    loader = DataLoader(
        ImageFolder(str(root), change),
        batch_size=batch,
        shuffle=True,
        drop_last=True,
        num_workers=WORKERS,
        persistent_workers=True,
        pin_memory=torch.cuda.is_available(),
    )
    while True:
        for images, _ in loader:
            yield images
