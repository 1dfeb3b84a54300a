"""What every training state is made of, and how it is put into a checkpoint and taken out again."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn

from components.training.engine.batches import Position
from components.training.gan.collapse import Health
from interfaces.errors import CheckpointError

__all__ = ["Parts", "tensors_below"]

_NEWER = {"styles", "augmentation"}
"""Sources of randomness that the checkpoints of artgen 0.1 lack, whose trainings make no use of them."""


class Parts(ABC):
    """Networks, optimisers and randomness, by name."""

    step: int
    """Steps so far."""
    position: Position
    seconds: float
    """Spent on them."""
    health: Health
    counters: ClassVar[tuple[str, ...]] = ()
    """Names of further whole numbers that the next step depends on."""

    @abstractmethod
    def _networks(self) -> Iterator[tuple[str, nn.Module]]: ...

    @abstractmethod
    def _optimizers(self) -> Iterator[tuple[str, torch.optim.Optimizer]]: ...

    @abstractmethod
    def _sources(self) -> Iterator[tuple[str, torch.Generator]]: ...

    @abstractmethod
    def begin_with(self, tensors: Mapping[str, Tensor]) -> None:
        """Take the weights of the networks from another training's `tensors`; all else stays new.

        Raises:
            CheckpointError: a tensor is missing or has another shape.
        """

    def tensors(self) -> dict[str, Tensor]:
        """Return all of it but the plain numbers, by name, on the CPU."""
        found = {f"{name}.{key}": t for name, net in self._networks() for key, t in net.state_dict().items()}
        for name, optimizer in self._optimizers():
            for index, parameter in enumerate(_parameters(optimizer)):
                for key, tensor in optimizer.state[parameter].items():
                    found[f"{name}.{index}.{key}"] = tensor
        found |= {f"random.{name}": rng.get_state() for name, rng in self._sources()}
        found |= {f"counter.{name}": torch.tensor(getattr(self, name)) for name in self.counters}
        return {key: tensor.detach().cpu().contiguous() for key, tensor in found.items()}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Take over what `tensors` returned; an optimiser that had made no step yet remembers nothing.

        Raises:
            CheckpointError: a tensor is missing or has another shape.
        """
        try:
            for name, network in self._networks():
                network.load_state_dict(tensors_below(tensors, name))
            for name, optimizer in self._optimizers():
                if any(key.startswith(f"{name}.") for key in tensors):
                    _restore_optimizer(optimizer, name, tensors)
            for name, rng in self._sources():
                if name not in _NEWER or f"random.{name}" in tensors:
                    rng.set_state(tensors[f"random.{name}"])
        except (KeyError, RuntimeError) as error:
            raise CheckpointError(f"the checkpoint belongs to other networks: {error}") from error
        for name in self.counters:  # artgen 0.1 had none
            setattr(self, name, int(tensors.get(f"counter.{name}", torch.tensor(0))))

    def slow_down(self, rollbacks: int) -> None:
        """Halve all learning rates, once for each of the ``rollbacks``; that of one network alone cures less."""
        for _, optimizer in self._optimizers():
            for group in optimizer.param_groups:
                group["lr"] *= 0.5**rollbacks


def tensors_below(tensors: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    """Return the tensors whose names begin with ``name`` and a dot, without these.

    Raises:
        KeyError: there are none.
    """
    found = {key.removeprefix(f"{name}."): t for key, t in tensors.items() if key.startswith(f"{name}.")}
    if not found:
        raise KeyError(name)
    return found


def _restore_optimizer(optimizer: torch.optim.Optimizer, name: str, tensors: Mapping[str, Tensor]) -> None:
    for index, parameter in enumerate(_parameters(optimizer)):
        saved = tensors_below(tensors, f"{name}.{index}")
        optimizer.state[parameter] = {
            key: _like(parameter, t) if t.ndim else t.clone() for key, t in saved.items()
        }


def _parameters(optimizer: torch.optim.Optimizer) -> Iterator[Tensor]:
    return (parameter for group in optimizer.param_groups for parameter in group["params"])


def _like(parameter: Tensor, saved: Tensor) -> Tensor:
    # fused kernels walk the memory of parameter and state together: both need the same layout
    return torch.empty_like(parameter).copy_(saved)
