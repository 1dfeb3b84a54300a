"""The style's histograms for the content: each channel has the style's distribution of values, and nothing of its texture."""

from typing import ClassVar, final

import torch
from torch import Tensor

from components.generation.style_transfer.algorithm import Task
from components.generation.style_transfer.regions import by_style
from interfaces.ports import Attendant

__all__ = ["HistogramMatching"]


@final
class HistogramMatching:
    """Histogram matching of each channel (Gonzalez & Woods, "Digital image processing", section 3.3; scikit-image's).

    Several styles are blended pixel by pixel, each within its region. Nothing is drawn and nothing is learnt.
    """

    needs_features: ClassVar[bool] = False
    uses: ClassVar[frozenset[str]] = frozenset({"blend", "masks"})

    def transfer(self, task: Task, attendant: Attendant) -> Tensor:
        """Return the content with the styles' histograms, float32 (1, 3, H, W) in [-1, 1]."""
        image = by_style(task, _matched)
        attendant.progress(1, 1)
        return image


def _matched(content: Tensor, style: Tensor) -> Tensor:
    """Return pixels (N, 3) whose channels are distributed as those of others (M, 3)."""
    from skimage.exposure import match_histograms

    matched = match_histograms(content.numpy()[:, None], style.numpy()[:, None], channel_axis=-1)
    return torch.from_numpy(matched[:, 0]).to(content.dtype)
