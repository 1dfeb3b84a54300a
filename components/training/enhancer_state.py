"""Everything that the next step of an enhancement network's training depends on."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from components.networks.compact import SRVGGNetCompact
from components.training.batches import Position
from components.training.collapse import Health
from components.training.enhancer_settings import EnhancerSettings
from components.training.parts import Parts, tensors_below
from components.training.randomness import random_source
from interfaces.errors import CheckpointError

__all__ = ["EnhancerState", "new_enhancer_state"]

_START = Position(0, 0)
_UNKNOWN = Health()


@dataclass
class EnhancerState(Parts):
    """Network, its running mean, optimiser and position; changed in place by every step.

    It holds no randomness: which crops a step takes, and what they suffer, follows from the seed and the step.
    """

    network: SRVGGNetCompact
    average: SRVGGNetCompact
    """The network with the running mean of its weights: what the training ends with."""
    optimizer: torch.optim.Optimizer
    step: int = 0
    position: Position = _START
    seconds: float = 0.0
    health: Health = _UNKNOWN

    def begin_with(self, tensors: Mapping[str, Tensor]) -> None:
        """Take the weights of both networks from another training's `tensors`; the optimiser stays new."""
        for name, network in self._networks():
            try:
                network.load_state_dict(tensors_below(tensors, name))
            except (KeyError, RuntimeError) as error:
                raise CheckpointError(f"start: the checkpoint belongs to another network: {error}") from error

    def _networks(self) -> Iterator[tuple[str, nn.Module]]:
        yield from (("network", self.network), ("average", self.average))

    def _optimizers(self) -> Iterator[tuple[str, torch.optim.Optimizer]]:
        yield "optimizer", self.optimizer

    def _sources(self) -> Iterator[tuple[str, torch.Generator]]:
        yield from ()


def new_enhancer_state(settings: EnhancerSettings, device: torch.device) -> EnhancerState:
    """Return the state before the first step; it depends on the arguments and the kind of device alone."""
    network = SRVGGNetCompact(settings.network, random_source(settings.seed, "weights"))
    network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub lacks this pair
    optimizer = torch.optim.Adam(
        network.parameters(),
        lr=settings.learning_rate,
        betas=(settings.beta1, settings.beta2),
        fused=True,
    )
    return EnhancerState(network, deepcopy(network).requires_grad_(False).eval(), optimizer)
