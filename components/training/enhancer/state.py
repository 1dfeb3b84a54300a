"""Everything that the next step of an enhancement network's training depends on."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor, nn

from components.networks.srvgg import SRVGGNetCompact
from components.networks.unet_critic import UnetCriticNet
from components.training.checkpoints.position import START, Position
from components.training.checkpoints.state import Network, OptimizerPart, Parts, StatePart, load_networks
from components.training.enhancer.settings import EnhancerSettings
from components.training.settings.random_sources import random_source

__all__ = ["Adversary", "EnhancerState", "new_enhancer_state"]

T = TypeVar("T", bound=nn.Module)


class Adversary(NamedTuple):
    """The critic, and what it learns by."""

    critic: UnetCriticNet
    optimizer: torch.optim.Optimizer


@dataclass
class EnhancerState(Parts):
    """Network, its running mean, critic, optimisers and position; changed in place by every step.

    It holds no randomness: which crops a step takes, and what they suffer, follows from the seed and the step.
    """

    network: SRVGGNetCompact
    average: SRVGGNetCompact
    """The network with the running mean of its weights: what the training ends with."""
    optimizer: torch.optim.Optimizer
    adversary: Adversary | None = None
    step: int = 0
    position: Position = START
    seconds: float = 0.0

    plain = ("position",)

    @property
    def epoch(self) -> int:
        """How often the data were gone through so far."""
        return self.position.epoch

    def parts(self) -> Iterator[tuple[str, StatePart]]:
        """Return networks and optimisers."""
        yield from ((name, Network(network)) for name, network in self._networks())
        yield "optimizer", OptimizerPart(self.optimizer)
        if self.adversary is not None:
            yield "critic_optimizer", OptimizerPart(self.adversary.optimizer)

    def begin_with(self, tensors: Mapping[str, Tensor]) -> None:
        """Take the weights of the networks from another training's ``tensors``; the optimisers stay new.

        That training may have been without a critic: then this one's stays new, too. A finished network's ``tensors`` are
        the weights of both the network and its running mean.
        """
        load_networks(dict(self._networks()), tensors, ends_with=("network", "average"))

    def _networks(self) -> Iterator[tuple[str, nn.Module]]:
        yield from (("network", self.network), ("average", self.average))
        if self.adversary is not None:
            yield "critic", self.adversary.critic


def new_enhancer_state(settings: EnhancerSettings, device: torch.device) -> EnhancerState:
    """Return the state before the first step; it depends on the arguments and the kind of device alone."""
    network = _place(SRVGGNetCompact(settings.network, random_source(settings.seed, "weights")), device)
    adversary = None
    if settings.uses_critic:
        critic = _place(UnetCriticNet(settings.critic_width, random_source(settings.seed, "critic")), device)
        adversary = Adversary(critic, _build_optimizer(critic, settings))
    average = deepcopy(network).requires_grad_(False).eval()
    return EnhancerState(network, average, _build_optimizer(network, settings), adversary)


def _place(network: T, device: torch.device) -> T:
    network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub lacks this pair
    return network


def _build_optimizer(network: nn.Module, settings: EnhancerSettings) -> torch.optim.Optimizer:
    return torch.optim.Adam(
        network.parameters(),
        lr=settings.learning_rate,
        betas=(settings.beta1, settings.beta2),
        fused=True,
    )
