"""Gives pixels that nobody sees the colour of their neighbours, so that it does not bleed into those that are seen."""

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["fill_clear"]

_NONE = 1e-6


def fill_clear(images: Tensor, alpha: Tensor | None) -> Tensor:
    """Return ``images`` with the colours around them under what is wholly clear.

    Files have any colour there, mostly black, and every enlargement mixes it into the edge: a dark fringe around what
    was cut out. Means of the seen pixels over squares of 2, 4, 8, … pixels are put in, the smallest square that holds
    one first (push-pull; Gortler et al., 1996, "The lumigraph", section 3.4).

    Args:
        images: (N, 3, H, W) float32; never modified.
        alpha: (N, 1, H, W) float32 in [0, 1], or None where every pixel is opaque.

    Returns:
        (N, 3, H, W) float32; ``images`` itself where nothing is clear.
    """
    if alpha is None or bool((alpha > 0).all()):
        return images
    filled = torch.where(alpha > 0, images, _mean_nearby(images * alpha, alpha))
    # a picture of which nothing is seen stays what it is
    return torch.where(alpha.amax(dim=(1, 2, 3), keepdim=True) > _NONE, filled, images)


def _mean_nearby(colours: Tensor, weight: Tensor) -> Tensor:
    """Return the weighted mean where there is weight, and the mean over squares twice as large elsewhere."""
    own = colours / weight.clamp(min=_NONE)
    height, width = weight.shape[2:]
    if height == width == 1:
        return own
    coarse = _mean_nearby(*(F.avg_pool2d(each, 2, ceil_mode=True) for each in (colours, weight)))
    around = F.interpolate(coarse, (height, width), mode="bilinear")
    return torch.where(weight > _NONE, own, around)
