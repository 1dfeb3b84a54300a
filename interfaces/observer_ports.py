"""Ports of what looks on while a model is trained: what it is shown, and what it does."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from interfaces.igme import Latent
from interfaces.run_ports import RunFolder

if TYPE_CHECKING:  # these bring torch, which the command line must not wait for
    from torch import Tensor

    from interfaces.ipdt import IPDT

__all__ = ["CaptionedView", "LatentObserver", "LatentView", "SaysWhy", "TrainingObserver", "TrainingView"]


class TrainingView(Protocol):
    """What an observer sees of a training between two steps. Looking changes nothing."""

    @property
    def step(self) -> int:
        """Steps of the generator so far; fewer than the last time where a collapsed training went back."""
        ...

    @property
    def steps(self) -> int:
        """Steps of the generator in all."""
        ...

    @property
    def values(self) -> Mapping[str, float]:
        """What the step measured, by name."""
        ...

    @property
    def epoch(self) -> int:
        """How often the data were gone through so far, from 0."""
        ...

    @property
    def pack(self) -> "IPDT":
        """What is learnt from; never modified."""
        ...

    def preview(self, count: int) -> "Tensor":
        """Return ``count`` pictures that show what was learnt, float32 (count, C, H, W) in [-1, 1] on the CPU.

        They show the same things every time: a generator, what it makes of the same noise; a network that enlarges, pictures
        that were held out, by fours: one that is small, its pixels as squares; its enlargement by bicubic; by the network;
        and the truth.
        """
        ...


@runtime_checkable
class CaptionedView(TrainingView, Protocol):
    """What an observer sees of a training whose pictures are of several kinds."""

    @property
    def captions(self) -> Sequence[str]:
        """What the pictures of `preview` are, in turn."""
        ...


@runtime_checkable
class LatentView(TrainingView, Protocol):
    """What an observer sees of a training whose model makes pictures of latent vectors."""

    @property
    def takes(self) -> Latent:
        """How latent vectors are drawn."""
        ...

    @property
    def latent(self) -> int:
        """Length of a latent vector."""
        ...

    @property
    def labels(self) -> int:
        """Number of styles that the model can be asked for; 0 where it learns them together."""
        ...

    def sample(self, latents: "Tensor", labels: "Tensor | None" = None) -> "Tensor":
        """Return images float32 (N, C, side, side) in [-1, 1] on the CPU, as the final model would make them.

        Args:
            latents: float32 (N, latent), on any device; never modified.
            labels: int64 (N,), below ``labels``; None takes each style in turn. Of no effect where that is 0.
        """
        ...


class TrainingObserver(Protocol):
    """Looks on while a model is trained. Measures, draws, and can ask for the end."""

    def observe(self, view: TrainingView, folder: RunFolder) -> bool:
        """Take note of a finished step.

        Args:
            view: the state of the training; valid only during the call.
            folder: the training's own folder, with ``log.jsonl``, for whatever the observer writes.

        Returns:
            True to go on, False to save and stop here (the training can be resumed).
        """
        ...

    def finish(self, folder: RunFolder) -> None:
        """Write what is left to write: the training has ended, or stops here, and is saved.

        It comes once, also where no step was observed; not after an error.

        Args:
            folder: as in `observe`.
        """
        ...


@runtime_checkable
class LatentObserver(TrainingObserver, Protocol):
    """An observer that is shown a `LatentView`; where there is none, it is left out, and the listener is told."""

    needs_latents: Literal[True]


@runtime_checkable
class SaysWhy(Protocol):
    """An observer that can say why it has asked for the end."""

    @property
    def why_stopped(self) -> str:
        """The reason, as a part of a sentence; empty where it has not asked."""
        ...
