"""Diversity of generated images while a model is trained: a number that needs no weights and next to no time."""

from collections.abc import Callable
from typing import NamedTuple, final

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from components.networks.latents import draw_latents
from components.training.gan.settings import GanSettings
from components.training.settings.random_sources import random_source
from interfaces.ipdt import IPDT

__all__ = ["DiversityProbe", "images_of", "mean_distance", "pixels_of"]

_POOLED = 8
_GENERATED = 64
_FEWEST = 4
_REAL = 256


class _Group(NamedTuple):
    """Images that are compared with each other."""

    label: int | None
    real: float
    """Mean distance of two real ones."""
    latents: Tensor
    """float32 (N, Z), always the same."""


@final
class DiversityProbe:
    """Compares the mean distance of two generated images with that of two real ones: 1 is as diverse as these.

    Distances are those of the images pooled to 8x8 pixels. Where the model can be asked for a style, only images
    of one style are compared, and the style that fares worst counts: one image for each style is a collapse, too.

    Args:
        data: the pack; a style of which it has fewer than two different training images is left out.
        settings: of the training.
        device: where the networks are.
    """

    def __init__(self, data: IPDT, settings: GanSettings, device: torch.device) -> None:
        rng = random_source(settings.seed, "diversity")
        is_training = np.asarray(data.is_test) == 0
        labels = np.asarray(data.labels)
        chosen = [(label, labels == label) for label in range(len(data.styles))]
        groups = chosen if settings.conditional else [(None, np.ones_like(is_training))]
        count = max(_FEWEST, _GENERATED // len(groups))
        self._groups = []
        for label, belongs in groups:
            rows = np.flatnonzero(is_training & belongs)
            order = torch.randperm(len(rows), generator=rng)[:_REAL].numpy()
            latents = draw_latents(count, settings.takes, rng).to(device)
            real = mean_distance(pixels_of(data, np.sort(rows[order]))) if len(rows) > 1 else 0.0
            if real:
                self._groups.append(_Group(label, real, latents))

    def measure(self, draw: Callable[[Tensor, Tensor | None], Tensor]) -> float | None:
        """Return the diversity of what ``draw`` makes of latents and labels; None where no two real images differ.

        Args:
            draw: from float32 (N, Z) and int64 (N,), None without styles, to (N, C, S, S).
        """
        if not self._groups:
            return None
        images = draw(torch.cat([group.latents for group in self._groups]), self._labels())
        parts = images.split([len(group.latents) for group in self._groups])
        return min(mean_distance(part) / group.real for part, group in zip(parts, self._groups, strict=True))

    def _labels(self) -> Tensor | None:
        wanted = [
            torch.full((len(group.latents),), group.label, device=group.latents.device)
            for group in self._groups
            if group.label is not None
        ]
        return torch.cat(wanted) if wanted else None


def images_of(generator: nn.Module) -> Callable[[Tensor, Tensor | None], Tensor]:
    """Return what draws from ``generator`` as it is: in evaluation mode, its batch statistics stay the same."""

    @torch.no_grad()
    def draw(latents: Tensor, labels: Tensor | None) -> Tensor:
        was_training = generator.training
        generator.eval()
        try:
            images: Tensor = generator(latents) if labels is None else generator(latents, labels)
        finally:
            generator.train(was_training)
        return images

    return draw


def mean_distance(images: Tensor) -> float:
    """Return the mean Euclidean distance of two of the ``images`` (N, C, S, S), N at least 2, pooled to 8x8.

    >>> mean_distance(torch.tensor([0.0, 1.0]).view(2, 1, 1, 1).expand(2, 1, 16, 16))
    8.0
    """
    pooled = F.adaptive_avg_pool2d(images.float(), min(_POOLED, images.shape[-1]))
    return F.pdist(pooled.cpu().flatten(1)).mean().item()


def pixels_of(data: IPDT, rows: np.ndarray) -> Tensor:
    """Return these rows' images, float32 (N, C, S, S) in [-1, 1], on the CPU."""
    return torch.from_numpy(data.images[rows]).permute(0, 3, 1, 2).float().div(127.5).sub(1)
