"""Everything that the next step of a translation's training depends on."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from components.networks.build import build_generator
from components.networks.patch_critic import PatchCriticNet
from components.networks.translation import TranslationNet
from components.training.checkpoints.position import START
from components.training.checkpoints.state import (
    Network,
    OptimizerPart,
    Parts,
    RandomSources,
    StatePart,
    load_networks,
)
from components.training.settings.random_sources import random_source
from components.training.translation.domains import Positions
from components.training.translation.pool import ImagePool
from components.training.translation.settings import TranslationSettings

__all__ = ["TranslationState", "Way", "new_translation_state"]


class Way(NamedTuple):
    """One direction: who translates, who judges the results, and which of them are shown again."""

    network: nn.Module
    critic: PatchCriticNet
    pool: ImagePool


@dataclass
class TranslationState(Parts):
    """Networks, their running mean, critics, pools, optimisers, randomness and positions; changed in place by every step.

    The learning rate follows from the step.
    """

    network: TranslationNet
    average: TranslationNet
    """The networks with the running mean of their weights: what the training ends with."""
    critics: nn.ModuleDict
    """By the direction whose results each judges."""
    pools: Mapping[str, ImagePool]
    optimizer: torch.optim.Optimizer
    """Of both networks."""
    critic_optimizer: torch.optim.Optimizer
    """Of both critics."""
    cutting: torch.Generator
    swapping: torch.Generator
    between: torch.Generator
    step: int = 0
    positions: Positions = Positions(START, START)  # noqa: RUF009  # a tuple
    seconds: float = 0.0

    plain = ("positions",)

    @property
    def epoch(self) -> int:
        """How often the larger domain was gone through so far."""
        return min(position.epoch for position in self.positions)

    @property
    def ways(self) -> Mapping[str, Way]:
        """Each direction that is learnt."""
        found = {}
        for name, critic in self.critics.items():
            network = self.network.a_to_b if name == "a_to_b" else self.network.b_to_a
            assert network is not None  # noqa: S101  # there is a critic of it
            assert isinstance(critic, PatchCriticNet)  # noqa: S101  # see `new_translation_state`
            found[name] = Way(network, critic, self.pools[name])
        return found

    def parts(self) -> Iterator[tuple[str, StatePart]]:
        """Return networks, optimisers, pools and randomness."""
        yield from ((name, Network(network)) for name, network in self._networks().items())
        yield "optimizer", OptimizerPart(self.optimizer)
        yield "critic_optimizer", OptimizerPart(self.critic_optimizer)
        yield from ((f"pool_{name}", pool) for name, pool in self.pools.items())
        sources = {"cutting": self.cutting, "swapping": self.swapping, "between": self.between}
        yield "random", RandomSources(sources)

    def begin_with(self, tensors: Mapping[str, Tensor]) -> None:
        """Take the weights of the networks from another training's ``tensors``; the optimisers and the pools stay new.

        A finished model's ``tensors`` are the weights of both the networks and their running mean; the critics stay new then.
        """
        load_networks(self._networks(), tensors, ends_with=("network", "average"))

    def _networks(self) -> Mapping[str, nn.Module]:
        return {"network": self.network, "average": self.average, "critics": self.critics}


def new_translation_state(settings: TranslationSettings, device: torch.device) -> TranslationState:
    """Return the state before the first step; it depends on the arguments and the kind of device alone."""
    rng = random_source(settings.seed, "weights")
    network = build_generator(settings.generator, settings.initialisation, rng)
    assert isinstance(network, TranslationNet)  # noqa: S101  # the settings allow no other
    names = ("a_to_b", "b_to_a") if settings.generator.both_ways else ("a_to_b",)
    channels = (
        6 if settings.paired else 3
    )  # with pairs, the critic sees what was translated beside the result
    critics = nn.ModuleDict(
        {name: PatchCriticNet(settings.critic, channels, settings.initialisation, rng) for name in names}
    )
    for networks in (network, critics):
        networks.to(device)
    return TranslationState(
        network,
        deepcopy(network).requires_grad_(False).eval(),
        critics,
        {name: ImagePool(settings.pool, device) for name in names},
        _build_optimizer(network, settings),
        _build_optimizer(critics, settings),
        cutting=random_source(settings.seed, "cutting"),
        swapping=random_source(settings.seed, "swapping"),
        between=random_source(settings.seed, "between", device),
    )


def _build_optimizer(networks: nn.Module, settings: TranslationSettings) -> torch.optim.Optimizer:
    return torch.optim.Adam(
        networks.parameters(), lr=settings.learning_rate, betas=(settings.beta1, settings.beta2), fused=True
    )
