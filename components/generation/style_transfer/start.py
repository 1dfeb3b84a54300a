"""What an image begins as."""

import torch
from torch import Tensor

from components.generation.style_transfer.algorithm import Task
from components.generation.style_transfer.scales import resized, side_at

__all__ = ["start"]

_COLOUR_SPREAD = 0.3
"""Standard deviation of noise to start from."""


def start(task: Task, factor: float) -> Tensor:
    """Return the image at the first scale."""
    side = side_at(task.content, factor)
    if task.settings.start == "content":
        return resized(task.content, side).clamp(-1, 1)
    noise = torch.randn((1, 3, *side), generator=torch.Generator().manual_seed(task.seed))
    if task.settings.start == "noise":
        return noise * _COLOUR_SPREAD
    pairs = list(zip(task.blend, task.styles, strict=True))
    mean = sum(share * style.mean((2, 3), keepdim=True) for share, style in pairs)
    spread = sum(share * style.std((2, 3), keepdim=True, correction=0) for share, style in pairs)
    return (noise * spread + mean).clamp(-1, 1)
