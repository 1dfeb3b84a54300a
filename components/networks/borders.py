"""How sharply the border of pictures stands out: a generator can leave a coloured strip there."""

import torch
from torch import Tensor

__all__ = ["border_contrast", "inner_contrast", "with_mirrored_borders"]


def border_contrast(images: Tensor) -> Tensor:
    """Return how much the outermost pixels of ``images`` (N, C, H, W) differ from those beside them.

    Returns:
        float32 (4,): the mean absolute difference at the upper, lower, left and right border.
    """
    images = images.float()
    steps = (
        images[:, :, 0] - images[:, :, 1],
        images[:, :, -1] - images[:, :, -2],
        images[..., 0] - images[..., 1],
        images[..., -1] - images[..., -2],
    )
    return torch.stack([step.abs().mean() for step in steps])


def inner_contrast(images: Tensor) -> Tensor:
    """Return the same of neighbours inside (N, C, H, W), an eighth from the border: down, down, across, across."""
    images = images.float()
    height, width = images.shape[2:]
    down = images[:, :, height // 8 : height - height // 8].diff(dim=2).abs().mean()
    across = images[..., width // 8 : width - width // 8].diff(dim=3).abs().mean()
    return torch.stack([down, down, across, across])


def with_mirrored_borders(contrast: Tensor) -> Tensor:
    """Return the mean `border_contrast` (4,) of pictures and their mirror images, from that of the pictures."""
    return (contrast + contrast[[0, 1, 3, 2]]) / 2
