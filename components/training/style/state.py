"""Everything that the next step of a style's training depends on."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from components.networks.build import build_generator
from components.training.checkpoints.position import START, Position
from components.training.checkpoints.state import Network, OptimizerPart, Parts, StatePart, load_networks
from components.training.settings.random_sources import random_source
from components.training.style.settings import StyleSettings

__all__ = ["StyleState", "new_style_state"]


@dataclass
class StyleState(Parts):
    """Network, its running mean, optimiser and position; changed in place by every step."""

    network: nn.Module
    average: nn.Module
    """The network with the running mean of its weights: what the training ends with."""
    optimizer: torch.optim.Optimizer
    step: int = 0
    position: Position = START
    seconds: float = 0.0

    plain = ("position",)

    @property
    def epoch(self) -> int:
        """How often the data were gone through so far."""
        return self.position.epoch

    def parts(self) -> Iterator[tuple[str, StatePart]]:
        """Return networks and optimiser."""
        yield from ((name, Network(network)) for name, network in self._networks())
        yield "optimizer", OptimizerPart(self.optimizer)

    def begin_with(self, tensors: Mapping[str, Tensor]) -> None:
        """Take the weights of the networks from another training's ``tensors``; the optimiser stays new.

        A finished model's ``tensors`` are the weights of both the network and its running mean.
        """
        load_networks(dict(self._networks()), tensors, ends_with=("network", "average"))

    def _networks(self) -> Iterator[tuple[str, nn.Module]]:
        yield from (("network", self.network), ("average", self.average))


def new_style_state(settings: StyleSettings, device: torch.device) -> StyleState:
    """Return the state before the first step; it depends on the arguments and the kind of device alone."""
    rng = random_source(settings.seed, "weights")
    network = build_generator(settings.network, "lecun-normal", rng).to(device)
    average = deepcopy(network).requires_grad_(False).eval()
    optimizer = torch.optim.Adam(network.parameters(), lr=settings.learning_rate, fused=True)
    return StyleState(network, average, optimizer)
