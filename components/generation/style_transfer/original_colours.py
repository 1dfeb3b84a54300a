"""The content's own colours for the image: the style gives its brightness alone."""

from collections.abc import Sequence

import torch
from torch import Tensor

__all__ = ["grey_pictures", "with_colours"]

_LUMA = (0.299, 0.587, 0.114)
"""Shares of red, green and blue in Y of YIQ (ITU-R BT.601)."""
_EVEN = 1e-6


def grey_pictures(content: Tensor, styles: Sequence[Tensor]) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Return content and styles without their colours; those of the styles with the mean and the deviation of the content's brightness.

    Gatys et al. 2016, "Preserving color in neural artistic style transfer", section 4, equation 10.

    Args:
        content: float32 (1, 3, H, W) in [-1, 1].
        styles: float32 (1, 3, h, w) in [-1, 1] each.

    Returns:
        The same sizes, three equal channels each.
    """
    brightness = _luma(content)
    wanted_spread, wanted_mean = torch.std_mean(brightness, correction=0)
    matched = []
    for style in styles:
        own = _luma(style)
        spread, mean = torch.std_mean(own, correction=0)
        matched.append((own - mean) * (wanted_spread / spread.clamp(min=_EVEN)) + wanted_mean)
    grey, *greys = (each.clamp(-1, 1).expand(-1, 3, -1, -1).contiguous() for each in (brightness, *matched))
    return grey, tuple(greys)


def with_colours(image: Tensor, content: Tensor) -> Tensor:
    """Return the brightness of ``image`` in the colours of ``content``: its I and Q of YIQ, both float32 (1, 3, H, W) in [-1, 1].

    A colour that would leave the range is paled towards its grey until it is within: cut off, it would have another brightness.
    """
    brightness = _luma(image).clamp(-1, 1)
    chroma = content - _luma(content)
    room = torch.where(chroma > 0, 1 - brightness, 1 + brightness)
    share = (room / chroma.abs().clamp(min=_EVEN)).amin(dim=1, keepdim=True).clamp(max=1)
    return (brightness + chroma * share).clamp(-1, 1)


def _luma(image: Tensor) -> Tensor:
    """Return the brightness, (N, 1, H, W)."""
    return (image * image.new_tensor(_LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)
