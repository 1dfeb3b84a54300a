"""Mean and spread of the style's colours for the content: what colour alone can carry over."""

from typing import ClassVar, final

import torch
from torch import Tensor

from components.generation.style_transfer.algorithm import Task
from components.generation.style_transfer.regions import by_style
from components.imaging.linear_light import to_linear, to_srgb
from interfaces.ports import Attendant

__all__ = ["Reinhard"]

_TO_LMS = torch.tensor(
    [[0.3811, 0.5783, 0.0402], [0.1967, 0.7244, 0.0782], [0.0241, 0.1288, 0.8444]], dtype=torch.float64
)
"""Linear red, green, blue → long, medium and short cones (Reinhard et al. 2001, equation 4)."""
_TO_LAB = (
    torch.tensor([[1.0, 1.0, 1.0], [1.0, 1.0, -2.0], [1.0, -1.0, 0.0]], dtype=torch.float64)
    / torch.tensor([[3.0], [6.0], [2.0]], dtype=torch.float64).sqrt()
)
"""Logarithms of the cones → lαβ, whose axes hardly depend on each other in pictures of nature (equation 6)."""
_DARKEST = 1e-3
"""Light below it counts as this much: black has no logarithm."""
_EVEN = 1e-6


@final
class Reinhard:
    """Colour transfer of Reinhard et al. 2001, "Color transfer between images": mean and deviation of each axis of lαβ.

    Several styles are blended pixel by pixel, each within its region. Nothing is drawn and nothing is learnt.
    """

    needs_features: ClassVar[bool] = False
    uses: ClassVar[frozenset[str]] = frozenset({"blend", "masks"})

    def transfer(self, task: Task, attendant: Attendant) -> Tensor:
        """Return the content in the styles' colours, float32 (1, 3, H, W) in [-1, 1]."""
        image = by_style(task, _recoloured)
        attendant.progress(1, 1)
        return image


def _recoloured(content: Tensor, style: Tensor) -> Tensor:
    """Return pixels (N, 3) in [-1, 1] with the mean and the deviation of others (M, 3) in lαβ."""
    here, there = _opponent(content), _opponent(style)
    (spread, mean), (wanted_spread, wanted_mean) = (
        torch.std_mean(each, dim=0, correction=0) for each in (here, there)
    )
    # an even axis has nothing to stretch
    ratio = torch.where(spread > _EVEN, wanted_spread / spread.clamp(min=_EVEN), torch.zeros_like(spread))
    return _colours((here - mean) * ratio + wanted_mean).to(content.dtype)


def _opponent(pixels: Tensor) -> Tensor:
    cones = to_linear(pixels.double() * 0.5 + 0.5) @ _TO_LMS.T
    return cones.clamp(min=_DARKEST).log10() @ _TO_LAB.T


def _colours(opponent: Tensor) -> Tensor:
    cones = 10 ** (opponent @ torch.linalg.inv(_TO_LAB).T)
    return to_srgb((cones @ torch.linalg.inv(_TO_LMS).T).clamp(0, 1)) * 2 - 1
