"""What is kept of an image under way, so that another process goes on to the same bytes."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from components.generation.style_transfer.algorithm import Task
from components.generation.style_transfer.scales import resized
from components.generation.style_transfer.steppers import Stepper

__all__ = ["State", "digest_of", "pack", "unpack"]

_STEPPER = "stepper "


@dataclass
class State:
    """Where an image under way is."""

    image: Tensor
    """The next one to look at."""
    best: Tensor
    """The one with the least loss at this scale; the start, where none has been looked at."""
    stepper: Stepper
    scale: int = 0
    step: int = 0
    """At this scale."""
    best_loss: float = float("inf")
    falls: int = 0
    """How often the loss was not finite."""


def digest_of(task: Task, layers: Sequence[str]) -> str:
    """Return a digest of everything that decides the bits of an image: pictures, settings, seed, features, threads, version."""
    found = hashlib.sha256()
    said = [
        task.settings.settings(),
        task.settings.precision,
        task.seed,
        task.blend,
        torch.get_num_threads(),
        torch.__version__,
    ]
    found.update(json.dumps(said, sort_keys=True).encode())
    tensors = [task.content, *task.styles, *task.regions]
    if task.features is not None:
        with torch.no_grad():  # the path alone does not tell which weights it holds
            tensors += task.features(resized(task.content, (32, 32)), layers).values()
    for tensor in tensors:
        found.update(json.dumps(tensor.shape).encode())
        found.update(tensor.contiguous().numpy().tobytes())
    return found.hexdigest()


def pack(state: State, digest: str) -> bytes:
    """Return the state of the task with that ``digest``, as safetensors."""
    tensors = {_STEPPER + name: each for name, each in state.stepper.state().items()}
    tensors |= {"image": state.image, "best": state.best}
    values = {
        "digest": digest,
        "scale": state.scale,
        "step": state.step,
        "best_loss": state.best_loss.hex(),
        "falls": state.falls,
    }
    # no two of them may share memory
    owned = {name: each.detach().clone().contiguous() for name, each in tensors.items()}
    return save(owned, {"state": json.dumps(values)})


def unpack(kept: bytes | None, digest: str, make_stepper: Callable[[int], Stepper]) -> State | None:
    """Return the state again; None where nothing is kept, or what is kept is damaged or of another task.

    Args:
        kept: what `pack` returned.
        digest: of the task that goes on.
        make_stepper: takes `State.falls`, and returns what moves the pixels after so many.
    """
    values = _values(kept or b"")
    if kept is None or values.get("digest") != digest:
        return None
    try:
        tensors = load(kept)
    except SafetensorError:
        return None
    stepper = make_stepper(values["falls"])
    prefix = len(_STEPPER)
    stepper.restore({name[prefix:]: each for name, each in tensors.items() if name.startswith(_STEPPER)})
    return State(
        image=tensors["image"],
        best=tensors["best"],
        stepper=stepper,
        scale=values["scale"],
        step=values["step"],
        best_loss=float.fromhex(values["best_loss"]),
        falls=values["falls"],
    )


def _values(kept: bytes) -> dict[str, Any]:
    length = int.from_bytes(kept[:8], "little")
    try:
        values: dict[str, Any] = json.loads(json.loads(kept[8 : 8 + length])["__metadata__"]["state"])
    except (ValueError, KeyError, TypeError):
        return {}
    return values
