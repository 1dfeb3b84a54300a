"""Everything that the next step of a translation's training depends on."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn

from components.networks.build import build_critic, build_generator
from components.networks.patch_critic import PatchCriticNet
from components.networks.patch_projection import build_projections
from components.networks.projected import ProjectedCriticNet
from components.networks.translation import ResnetNet, TranslationNet, UnetNet
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

_NEWER = frozenset({"viewing", "sampling", "hiding"})
"""Randomness that the first trainings did without."""
_DECAYS_OF_PRETRAINING = (0.9, 0.99)
"""Of Torbunov et al. 2022: no game is played then, for which the mean of gradients had better be short."""


class Way(NamedTuple):
    """One direction: who translates, who judges the results, and which of them are shown to the first critic again."""

    network: ResnetNet | UnetNet
    critic: PatchCriticNet
    pool: ImagePool
    frozen_critic: ProjectedCriticNet | None
    """The second one, where there is one."""


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
    frozen_critics: nn.ModuleDict
    """The second ones, in the same way; empty where there are none."""
    projections: nn.ModuleList
    """Of what the encoder sees; none where there is a cycle, or a truth."""
    pools: Mapping[str, ImagePool]
    optimizer: torch.optim.Optimizer
    """Of both networks, and of the projections."""
    critic_optimizer: torch.optim.Optimizer
    """Of all critics."""
    pretraining: torch.optim.Optimizer | None
    """Of the network that fills in hidden parts; None where none does."""
    cutting: torch.Generator
    swapping: torch.Generator
    between: torch.Generator
    viewing: torch.Generator
    """Of where the frozen critics' view of a picture lies."""
    sampling: torch.Generator
    """Of the places whose patches are compared."""
    hiding: torch.Generator
    """Of the parts to be filled in."""
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
        found, frozen = {}, dict(self.frozen_critics.items())
        for name, critic in self.critics.items():
            network = self.network.a_to_b if name == "a_to_b" else self.network.b_to_a
            assert network is not None  # noqa: S101  # there is a critic of it
            assert isinstance(critic, PatchCriticNet)  # noqa: S101  # see `new_translation_state`
            second = frozen.get(name)
            assert isinstance(second, ProjectedCriticNet | None)  # noqa: S101  # in the same way
            found[name] = Way(network, critic, self.pools[name], second)
        return found

    def parts(self) -> Iterator[tuple[str, StatePart]]:
        """Return networks, optimisers, pools and randomness."""
        yield from ((name, Network(network)) for name, network in self._networks().items())
        yield "optimizer", OptimizerPart(self.optimizer)
        yield "critic_optimizer", OptimizerPart(self.critic_optimizer)
        if self.pretraining is not None:
            yield "pretraining", OptimizerPart(self.pretraining)
        yield from ((f"pool_{name}", pool) for name, pool in self.pools.items())
        names = ("cutting", "swapping", "between", *_NEWER)
        sources: dict[str, torch.Generator] = {name: getattr(self, name) for name in names}
        yield "random", RandomSources(sources, newer=_NEWER)

    def begin_with(self, tensors: Mapping[str, Tensor]) -> None:
        """Take the weights of the networks from another training's ``tensors``; the optimisers and the pools stay new.

        A finished model's ``tensors`` are the weights of both the networks and their running mean; the critics stay new then.
        """
        load_networks(self._networks(), tensors, ends_with=("network", "average"))

    def _networks(self) -> Mapping[str, nn.Module]:
        names = ("network", "average", "critics", "frozen_critics", "projections")
        return {name: getattr(self, name) for name in names}


def new_translation_state(settings: TranslationSettings, device: torch.device) -> TranslationState:
    """Return the state before the first step; it depends on the arguments and the kind of device alone.

    An option has randomness of its own, so that all else begins as it does without.

    Raises:
        WeightsError: the frozen features cannot be read, or are of another network.
    """
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
    frozen = nn.ModuleDict(_frozen_critics(settings, names) if settings.frozen_weight else {})
    depths = network.a_to_b.depths if settings.contrastive else ()
    projections = build_projections(
        depths, settings.initialisation, random_source(settings.seed, "projections")
    )
    for networks in (network, critics, projections):
        networks.to(device)
    frozen.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub lacks this pair
    return TranslationState(
        network,
        deepcopy(network).requires_grad_(False).eval(),
        critics,
        frozen,
        projections,
        {name: ImagePool(settings.pool, device) for name in names},
        _build_optimizer(nn.ModuleList([network, projections]), settings),
        _build_optimizer(nn.ModuleList([critics, frozen]), settings),
        _optimizer_of_pretraining(network.a_to_b, settings) if settings.pretrain_steps else None,
        cutting=random_source(settings.seed, "cutting"),
        swapping=random_source(settings.seed, "swapping"),
        between=random_source(settings.seed, "between", device),
        viewing=random_source(settings.seed, "viewing"),
        sampling=random_source(settings.seed, "sampling"),
        hiding=random_source(settings.seed, "hiding"),
    )


def _frozen_critics(settings: TranslationSettings, names: Sequence[str]) -> Mapping[str, nn.Module]:
    rng = random_source(settings.seed, "frozen critics")
    build = partial(build_critic, settings.frozen_critic, settings.generator, settings.initialisation, rng)
    return {name: build() for name in names}


def _optimizer_of_pretraining(network: nn.Module, settings: TranslationSettings) -> torch.optim.Optimizer:
    return torch.optim.Adam(
        network.parameters(), lr=settings.learning_rate, betas=_DECAYS_OF_PRETRAINING, fused=True
    )


def _build_optimizer(networks: nn.Module, settings: TranslationSettings) -> torch.optim.Optimizer:
    return torch.optim.Adam(
        networks.parameters(), lr=settings.learning_rate, betas=(settings.beta1, settings.beta2), fused=True
    )
