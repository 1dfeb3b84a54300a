"""What every training state is made of, and how it is put into a checkpoint and taken out again."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Protocol, final, get_type_hints

import safetensors.torch
import torch
from pydantic import JsonValue, TypeAdapter
from torch import Tensor, nn

from interfaces.errors import CheckpointError

__all__ = [
    "Network",
    "OptimizerPart",
    "Parts",
    "RandomSources",
    "Schedule",
    "StatePart",
    "load_networks",
    "tensors_below",
]


class StatePart(Protocol):
    """A part of a state that lies in tensors: one of those below, or a trainer's own, such as a pool of images."""

    def tensors(self) -> Mapping[str, Tensor]:
        """Return all that the next step depends on, by names of its own."""
        ...

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Take over what `tensors` returned; nothing where the checkpoint has nothing of this part.

        Raises:
            KeyError: a tensor is missing.
            RuntimeError: one has another shape.
        """
        ...


class Parts(ABC):
    """Everything that the next step of a training depends on; each trainer names its own parts.

    A subclass is a dataclass. What lies in tensors it names in `parts`, and its plain values in `plain`: any number of
    networks, optimisers and positions in the data.
    """

    step: int
    """Steps so far."""
    seconds: float
    """Spent on them."""
    plain: ClassVar[tuple[str, ...]] = ()
    """Names of the attributes that hold plain values, of whatever type JSON can hold: positions, counters."""

    @abstractmethod
    def parts(self) -> Iterable[tuple[str, StatePart]]:
        """Return the parts by name; what is in a checkpoint has these names, with a dot and one of the part's own."""

    @property
    @abstractmethod
    def epoch(self) -> int:
        """How often the data were gone through so far."""

    @property
    def reports(self) -> int:
        """How many collapses were reported on the way here."""
        return 0

    @abstractmethod
    def begin_with(self, tensors: Mapping[str, Tensor]) -> None:
        """Take the weights of the networks from another training's `tensors`; all else stays new.

        Raises:
            CheckpointError: a tensor is missing or has another shape.
        """

    def tensors(self) -> dict[str, Tensor]:
        """Return all that lies in tensors, by name, on the CPU."""
        found = {f"{name}.{key}": t for name, part in self.parts() for key, t in part.tensors().items()}
        return {key: tensor.detach().cpu().contiguous() for key, tensor in found.items()}

    def values(self) -> dict[str, JsonValue]:
        """Return the plain values but `step` and `seconds`, by name."""
        return {
            name: self._type_of(name).dump_python(getattr(self, name), mode="json") for name in self.plain
        }

    def restore(self, tensors: Mapping[str, Tensor], values: Mapping[str, JsonValue]) -> None:
        """Take over what `tensors` and `values` returned; a value that is not there stays as it is.

        Raises:
            CheckpointError: a tensor is missing or has another shape, or a value is of another kind.
        """
        try:
            for name, part in self.parts():
                part.restore(_below(tensors, name))
            for name in self.plain:
                if name in values:
                    setattr(self, name, self._type_of(name).validate_python(values[name]))
        except (KeyError, RuntimeError, ValueError) as error:
            raise CheckpointError(f"the checkpoint belongs to other networks: {error}") from error

    def pack(self) -> bytes:
        """Return all of it, for `unpack` of a new state in another process."""
        note = json.dumps({"step": self.step, "seconds": self.seconds, "values": self.values()}).encode()
        return len(note).to_bytes(8, "big") + note + safetensors.torch.save(self.tensors())

    def unpack(self, content: bytes) -> None:
        """Take over what `pack` returned."""
        end = 8 + int.from_bytes(content[:8], "big")
        note = json.loads(content[8:end])
        self.step, self.seconds = note["step"], note["seconds"]
        self.restore(safetensors.torch.load(content[end:]), note["values"])

    def _type_of(self, name: str) -> TypeAdapter[Any]:
        return TypeAdapter(get_type_hints(type(self), include_extras=True)[name])


@final
class Network:
    """The weights and buffers of a network."""

    def __init__(self, network: nn.Module) -> None:
        self._network = network

    def tensors(self) -> Mapping[str, Tensor]:
        """Return its `state_dict`."""
        found: dict[str, Tensor] = self._network.state_dict()
        return found

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Load them."""
        self._network.load_state_dict(tensors)


@final
class OptimizerPart:
    """What an optimiser remembers; one that had made no step yet remembers nothing."""

    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        self._optimizer = optimizer

    def tensors(self) -> Mapping[str, Tensor]:
        """Return what it remembers of each weight, by the weight's number."""
        state = self._optimizer.state
        return {
            f"{index}.{key}": tensor
            for index, parameter in enumerate(self._parameters())
            for key, tensor in state[parameter].items()
        }

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Remember it again."""
        for index, parameter in enumerate(self._parameters() if tensors else ()):
            saved = tensors_below(tensors, str(index))
            self._optimizer.state[parameter] = {
                key: _like(parameter, t) if t.ndim else t.clone() for key, t in saved.items()
            }

    def _parameters(self) -> Iterator[Tensor]:
        return (parameter for group in self._optimizer.param_groups for parameter in group["params"])


@final
class RandomSources:
    """Sources of randomness, by name.

    Args:
        sources: all of them.
        newer: names of those that the checkpoints of artgen 0.1 may lack, whose trainings made no use of them.
    """

    def __init__(self, sources: Mapping[str, torch.Generator], newer: frozenset[str] = frozenset()) -> None:
        self._sources = sources
        self._newer = newer

    def tensors(self) -> Mapping[str, Tensor]:
        """Return the state of each."""
        return {name: source.get_state() for name, source in self._sources.items()}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Set each to its state."""
        for name, source in self._sources.items():
            if name not in self._newer or name in tensors:
                source.set_state(tensors[name])


@final
class Schedule:
    """A schedule of the learning rates, and the rates as they are."""

    def __init__(self, scheduler: torch.optim.lr_scheduler.LRScheduler) -> None:
        self._scheduler = scheduler

    def tensors(self) -> Mapping[str, Tensor]:
        """Return every number of its state, and the rates; what is no number follows from the settings."""
        return {name: torch.tensor(numbers, dtype=torch.float64) for name, numbers in self._numbers().items()}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Set the numbers and the rates."""
        state = {}
        for name, now in self._scheduler.state_dict().items():
            if name in self._numbers():
                state[name] = (
                    tensors[name].tolist() if isinstance(now, list) else type(now)(tensors[name].item())
                )
        self._scheduler.load_state_dict(state)
        for group, rate in zip(
            self._scheduler.optimizer.param_groups, tensors["rates"].tolist(), strict=True
        ):
            group["lr"] = rate

    def _numbers(self) -> Mapping[str, Any]:
        state = self._scheduler.state_dict()
        found = {name: value for name, value in state.items() if _is_numbers(value)}
        return found | {"rates": [group["lr"] for group in self._scheduler.optimizer.param_groups]}


def load_networks(
    networks: Mapping[str, nn.Module], tensors: Mapping[str, Tensor], ends_with: Sequence[str]
) -> None:
    """Give ``networks`` the weights that another training had, in place.

    Args:
        networks: by name.
        tensors: of a checkpoint, where a network has its name before its weights; one that is not there stays new. Or those
            of what such a training ends with, without names.
        ends_with: names of the networks that have those weights then: the network, and its running mean.

    Raises:
        CheckpointError: a tensor is missing or has another shape.
    """
    if not _below(tensors, ends_with[0]):
        tensors = {f"{name}.{key}": tensor for name in ends_with for key, tensor in tensors.items()}
    for name, network in networks.items():
        try:
            if found := _below(tensors, name):
                network.load_state_dict(found)
        except RuntimeError as error:
            raise CheckpointError(f"start: the checkpoint belongs to another network: {error}") from error


def tensors_below(tensors: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    """Return the tensors whose names begin with ``name`` and a dot, without these.

    Raises:
        KeyError: there are none.
    """
    found = _below(tensors, name)
    if not found:
        raise KeyError(name)
    return found


def _below(tensors: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    return {key.removeprefix(f"{name}."): t for key, t in tensors.items() if key.startswith(f"{name}.")}


def _is_numbers(value: object) -> bool:
    every = value if isinstance(value, list) else [value]
    return bool(every) and all(isinstance(one, (int, float)) for one in every)


def _like(parameter: Tensor, saved: Tensor) -> Tensor:
    # fused kernels walk the memory of parameter and state together: both need the same layout
    return torch.empty_like(parameter).copy_(saved)
