"""What an observer sees of a training."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from components.training.checkpoints.state import Parts
from interfaces.ipdt import IPDT

__all__ = ["PictureView"]


@dataclass
class PictureView:
    """A `CaptionedView` of a training whose pictures come from no noise.

    Args:
        state: of the training.
        steps: in all.
        values: what the step measured.
        pack: what is learnt from.
        preview: makes that many pictures, float32 (count, C, H, W) in [-1, 1], on the CPU.
        captions: what they are, in turn.
    """

    state: Parts
    steps: int
    values: Mapping[str, float]
    pack: IPDT
    preview: Callable[[int], Tensor]
    captions: Sequence[str] = ()

    @property
    def step(self) -> int:
        """Steps so far."""
        return self.state.step

    @property
    def epoch(self) -> int:
        """How often the data were gone through so far."""
        return self.state.epoch
