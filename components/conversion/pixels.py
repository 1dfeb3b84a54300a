"""From [-1, 1] to the 256 steps of a picture file."""

import torch
from PIL import Image
from torch import Tensor

__all__ = ["to_picture"]


def to_picture(image: Tensor, alpha: Tensor | None) -> Image.Image:
    """Return one image as a picture of eight bits a channel.

    A value x becomes (x + 1) · 127.5, rounded to the nearest whole number, and to the even one in the middle;
    opacity becomes 255 · alpha likewise. A picture that was read as v / 127.5 - 1 gives v back for all 256
    values.

    Args:
        image: (3, H, W) float32 in [-1, 1].
        alpha: (1, H, W) float32 in [0, 1], or None.

    Returns:
        An RGB picture, with alpha an RGBA one.
    """
    channels = image.detach().cpu().add(1.0).mul_(127.5).round_()
    if alpha is not None:
        channels = torch.cat([channels, alpha.detach().cpu().mul(255.0).round_()])
    return Image.fromarray(channels.to(torch.uint8).permute(1, 2, 0).contiguous().numpy())
