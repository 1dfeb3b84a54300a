"""What happens to the picture in the middle of a cycle, so that nothing can be hidden there (Chu et al. 2017)."""

from math import ceil

import torch
import torch.nn.functional as F
from torch import Tensor

from components.training.translation.settings import TranslationSettings

__all__ = ["blurred", "changed_between", "rounded"]

_STEP = 2 / 255
"""Of 8 bits, in [-1, 1]."""


def changed_between(images: Tensor, settings: TranslationSettings, rng: torch.Generator) -> Tensor:
    """Return what the way back is given of ``images`` (N, C, H, W) in [-1, 1]: blurred, with noise, rounded, as the settings say.

    Args:
        images: what a generator made.
        settings: of the training.
        rng: draws the noise, on the device of ``images``.
    """
    if settings.between_blur:
        images = blurred(images, settings.between_blur)
    if settings.between_noise:
        noise = torch.randn(images.shape, generator=rng, device=images.device)
        images = images + settings.between_noise * _STEP * noise
    return rounded(images) if settings.between_bits else images


def rounded(images: Tensor) -> Tensor:
    """Return ``images`` in [-1, 1] as 8 bits hold them; the gradient passes as if nothing had happened (Bengio et al. 2013).

    >>> rounded(torch.tensor([-2.0, 0.1, 1.0]))
    tensor([-1.0000,  0.0980,  1.0000])
    """
    values = (images.detach().clamp(-1, 1) + 1).div(_STEP).round() * _STEP - 1
    return images + (values - images.detach())


def blurred(images: Tensor, sigma: float) -> Tensor:
    """Return ``images`` (N, C, H, W) convolved with a Gaussian of so many pixels, mirrored at the borders."""
    reach = min(ceil(3 * sigma), min(images.shape[2:]) - 1)
    at = torch.arange(-reach, reach + 1, dtype=torch.float32, device=images.device)
    kernel = torch.exp(-0.5 * (at / sigma) ** 2)
    kernel = (kernel / kernel.sum()).to(images.dtype)
    channels = images.shape[1]
    images = F.pad(images, (reach, reach, reach, reach), "reflect")
    down = kernel.view(1, 1, -1, 1).expand(channels, 1, -1, 1)
    across = kernel.view(1, 1, 1, -1).expand(channels, 1, 1, -1)
    return F.conv2d(F.conv2d(images, down, groups=channels), across, groups=channels)
