"""What each style makes of the content on its own, laid together: by blend, and by region."""

from collections.abc import Callable

import torch
from torch import Tensor

from components.generation.style_transfer.algorithm import Task

__all__ = ["by_style"]


def by_style(task: Task, restyle: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """Return the content, restyled by each style within its region; where no region is, it stays.

    Args:
        task: what is to be made.
        restyle: takes the pixels (N, 3) of the content in a style's region, all of them where there are no regions, and those
            (M, 3) of the style, in [-1, 1]; returns the former in the style's colours.

    Returns:
        float32 (1, 3, H, W) in [-1, 1]. Where regions overlap, styles are blended by ``task.blend`` and by how much each covers.
    """
    height, width = task.content.shape[2:]
    pixels = task.content[0].permute(1, 2, 0).reshape(-1, 3)
    total, summed, covered = (
        torch.zeros(len(pixels), 1),
        torch.zeros_like(pixels),
        torch.zeros(len(pixels), 1),
    )
    for index, (style, share) in enumerate(zip(task.styles, task.blend, strict=True)):
        region = task.regions[index].reshape(-1, 1) if task.regions else torch.ones(len(pixels), 1)
        inside = region[:, 0] > 0
        if not (share and inside.any()):
            continue
        restyled = pixels.clone()
        restyled[inside] = restyle(pixels[inside], style[0].permute(1, 2, 0).reshape(-1, 3))
        summed += share * region * restyled
        total += share * region
        covered += region
    covered = covered.clamp(max=1)
    made = torch.where(total > 0, summed / total.clamp(min=torch.finfo(total.dtype).tiny), pixels)
    mixed = covered * made + (1 - covered) * pixels
    return mixed.reshape(1, height, width, 3).permute(0, 3, 1, 2).clamp(-1, 1).contiguous()
