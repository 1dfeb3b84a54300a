"""What a trainer that comes with its own settings offers besides training: a look at what it will take."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol, runtime_checkable

import torch
from lightning_fabric import Fabric

from components.training.distributed.ranks import Ranks
from components.training.settings.basic import BasicSettings
from interfaces.ipdt import IPDT
from interfaces.ports import Trainer

__all__ = ["ConfiguredTrainer", "SharedTrainer", "Trial"]


class Trial(NamedTuple):
    """A training that writes nothing, before its first step."""

    device: torch.device
    step: Callable[[], object]
    """Makes one step."""
    images: int
    """Training images."""
    steps: int
    """Of the whole training."""
    steps_per_epoch: float
    parameters: int
    """Of the network that the training ends with."""
    critic_parameters: int
    """Of all others; 0 where there are none."""


@runtime_checkable
class ConfiguredTrainer(Trainer, Protocol):
    """A `Trainer` whose settings say what differs from other kinds: see `BasicSettings`."""

    @property
    def settings(self) -> BasicSettings:
        """Of the training; those of a preset where the trainer was made without any."""
        ...

    def try_out(self, data: IPDT) -> AbstractContextManager[Trial]:
        """Open a training on ``data`` to measure a few steps of.

        Raises:
            SettingsError: the settings do not fit the pack or the machine.
            DataError: the pack has no training images.
        """
        ...


@runtime_checkable
class SharedTrainer(Protocol):
    """A trainer whose steps several processes can share."""

    def follow(self, data: IPDT, fabric: Fabric, ranks: Ranks) -> None:
        """Make the steps that rank 0 makes, until it ends the training; write nothing."""
        ...
