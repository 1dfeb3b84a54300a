"""What moves the pixels, one step for each gradient: L-BFGS and Adam, with a state that can be kept."""

import math
from collections.abc import Mapping
from typing import ClassVar, Protocol, final

import torch
from torch import Tensor

__all__ = ["LBFGS", "Adam", "Stepper"]

_SHORTEST, _LONGEST = 6, 30
"""Steps whose curvature is remembered. With 30, the last part of the way takes 15 % fewer steps than with 10."""


class Stepper(Protocol):
    """Moves an image against its gradient, step by step."""

    def step(self, image: Tensor, gradient: Tensor, done: float) -> Tensor:
        """Return the next image.

        Args:
            image: float32 of any shape, the same at every step.
            gradient: of the loss there.
            done: share of the steps at this size that are behind, in [0, 1).
        """
        ...

    def renew(self) -> None:
        """Know that the next gradients are those of another loss."""
        ...

    def state(self) -> dict[str, Tensor]:
        """Return what decides the next steps."""
        ...

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a `state`."""
        ...


@final
class Adam:
    """Kingma & Ba 2015, with a rate that falls to nothing over the steps of each size as half a cosine.

    Args:
        rate: the first one; the images are in [-1, 1].
    """

    RATE: ClassVar[float] = 0.06

    def __init__(self, rate: float = RATE) -> None:
        self._rate = rate
        self._count = 0
        self._mean: Tensor | None = None
        self._square: Tensor | None = None

    def step(self, image: Tensor, gradient: Tensor, done: float) -> Tensor:
        """Return the next image."""
        beta, gamma = 0.9, 0.99
        if self._mean is None or self._square is None:
            self._mean, self._square = torch.zeros_like(gradient), torch.zeros_like(gradient)
        self._count += 1
        self._mean.lerp_(gradient, 1 - beta)
        self._square.mul_(gamma).addcmul_(gradient, gradient, value=1 - gamma)
        rate = self._rate * (0.5 + 0.5 * math.cos(math.pi * done))
        spread = (self._square / (1 - gamma**self._count)).sqrt_().add_(1e-12)
        return image.addcdiv(self._mean, spread, value=-rate / (1 - beta**self._count))

    def renew(self) -> None:
        """Go on: running means take another loss as they take noise."""

    def state(self) -> dict[str, Tensor]:
        """Return both running means and the count."""
        found = {"count": torch.tensor(self._count)}
        if self._mean is not None and self._square is not None:
            found |= {"mean": self._mean, "square": self._square}
        return found

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a `state`."""
        self._count = int(state["count"])
        self._mean, self._square = (
            state[name].clone() if name in state else None for name in ("mean", "square")
        )


@final
class LBFGS:
    """Limited-memory BFGS (Nocedal & Wright 2006, algorithm 7.4) with steps of its own length, held down where they are long.

    One gradient a step, no line search: on these losses it costs more than it gains, and who calls this goes back where the loss
    explodes.

    Args:
        memory: bytes for what is remembered of the curvature: 30 steps at most, and 6 at least. It bounds what has to be kept.
        first: root mean square of the first step's change.
        longest: the same of any step.
    """

    def __init__(self, memory: int = 2**27, first: float = 0.05, longest: float = 0.2) -> None:
        self._memory = memory
        self._first = first
        self._longest = longest
        self._before: tuple[Tensor, Tensor] | None = None
        self._moves: list[Tensor] = []
        self._changes: list[Tensor] = []

    def step(self, image: Tensor, gradient: Tensor, done: float) -> Tensor:
        """Return the next image."""
        flat = gradient.flatten()
        self._remember(image, flat)
        self._before = (image, flat)
        towards = self._direction(flat)
        if not self._moves or float(towards @ flat) >= 0:
            self._moves, self._changes = [], []
            towards = -flat * (self._first / _size(flat))
        elif _size(towards) > self._longest:
            towards = towards * (self._longest / _size(towards))
        return image + towards.view_as(image)

    def _remember(self, image: Tensor, gradient: Tensor) -> None:
        if self._before is None:
            return
        move = (image - self._before[0]).flatten()
        change = gradient - self._before[1]
        if float(move @ change) > 1e-8 * float(move.norm() * change.norm()):
            most = min(_LONGEST, max(_SHORTEST, self._memory // (2 * move.nbytes)))
            self._moves = [*self._moves, move][-most:]
            self._changes = [*self._changes, change][-most:]

    def _direction(self, gradient: Tensor) -> Tensor:
        towards = -gradient
        shares = []
        pairs = list(zip(self._moves, self._changes, strict=True))
        for move, change in reversed(pairs):
            share = float(move @ towards) / float(move @ change)
            towards = towards.add(change, alpha=-share)
            shares.append(share)
        if pairs:
            move, change = pairs[-1]
            towards = towards * (float(move @ change) / float(change @ change))
        for (move, change), share in zip(pairs, reversed(shares), strict=True):
            back = float(change @ towards) / float(move @ change)
            towards = towards.add(move, alpha=share - back)
        return towards

    def renew(self) -> None:
        """Forget the curvature."""
        self._before, self._moves, self._changes = None, [], []

    def state(self) -> dict[str, Tensor]:
        """Return the pairs of the history, and the last image with its gradient."""
        found = {f"move {number}": each for number, each in enumerate(self._moves)}
        found |= {f"change {number}": each for number, each in enumerate(self._changes)}
        if self._before is not None:
            found |= {"image": self._before[0], "gradient": self._before[1]}
        return found

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a `state`."""
        count = sum(name.startswith("move ") for name in state)
        self._moves = [state[f"move {number}"].clone() for number in range(count)]
        self._changes = [state[f"change {number}"].clone() for number in range(count)]
        self._before = (state["image"].clone(), state["gradient"].clone()) if "image" in state else None


def _size(flat: Tensor) -> float:
    """Return the root mean square."""
    return max(float(flat.square().mean().sqrt()), 1e-30)
