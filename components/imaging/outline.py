"""Line drawings of pictures, as a pencil would draw their edges."""

import numpy as np
import torch
from torch import Tensor

__all__ = ["outline"]

_STRONGEST = 98
"""Percentile of the edges that is drawn black: a few of them are far stronger than all others."""
_PAPER = 0.15
"""Share of that below which nothing is drawn: the grain of paper and paint."""
_FAINTEST = 1e-3
"""Change of lightness, as a share of its range, from one pixel to the next, that nobody sees."""
_PRESSURE = 0.8
"""Exponent by which faint lines come out stronger."""


def outline(image: Tensor, width: float | None = None) -> Tensor:
    """Return a line drawing of ``image``: dark lines on white where its lightness changes.

    The edges are those of Farid & Simoncelli (2004) in the smoothed lightness of CIELAB, so that equal steps to the eye are equal
    lines. The strongest are black, whatever the contrast of the picture.

    Args:
        image: float32 (1, 3, H, W) in [-1, 1], sRGB.
        width: of a line, in pixels: the deviation of the Gaussian that smooths first; a hundred-and-fiftieth of the longer
            side where it is None. What is finer leaves no line.

    Returns:
        float32 (1, 3, H, W) in [-1, 1], grey.
    """
    from skimage.color import rgb2lab
    from skimage.filters import farid, gaussian

    height, across = image.shape[2:]
    sigma = max(height, across) / 150 if width is None else width
    pixels = (image[0].permute(1, 2, 0).double().numpy() + 1) / 2  # (1, 3, H, W) -> (H, W, 3)
    lightness = rgb2lab(pixels)[..., 0] / 100
    edges = farid(gaussian(lightness, sigma))  # type: ignore[no-untyped-call]  # scikit-image's
    strongest = float(np.percentile(edges, _STRONGEST))
    if strongest < _FAINTEST:  # of an even area there is nothing to draw
        return torch.ones_like(image)
    lines = np.clip((edges / strongest - _PAPER) / (1 - _PAPER), 0, 1) ** _PRESSURE
    drawn = torch.from_numpy(1 - 2 * lines).float()
    return drawn.expand(1, 3, -1, -1).contiguous()
