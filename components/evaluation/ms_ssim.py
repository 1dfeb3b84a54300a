"""Diversity: how alike two pictures of one set are, on average (Odena et al. 2017, section 4.2)."""

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple, final

import torch
from torch import Tensor

from components.evaluation.sets import Measurement, PictureSets, Tell
from interfaces.ports import RunFolder

__all__ = ["Diversity", "Scales", "pairwise_similarity", "scales_for"]

_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # of the scales, finest first (Wang et al. 2003)
_WINDOW = 11
_CHUNK = 64


class Scales(NamedTuple):
    """How MS-SSIM looks at pictures of one size."""

    window: int
    """Side of the Gaussian window in pixels."""
    weights: tuple[float, ...]
    """One for each scale, finest first; the sum is 1."""


@final
class Diversity:
    """Mean MS-SSIM of disjoint pairs: near 1 where a generator makes one picture, as real where it is diverse.

    Args:
        pairs: most pairs to compare.
    """

    def __init__(self, *, pairs: int = 1024) -> None:
        self._pairs = pairs

    def measure(self, sets: PictureSets, folder: RunFolder, tell: Tell) -> Sequence[Measurement]:
        """Return the mean similarity within the generated and within the real pictures."""
        what = "MS-SSIM of pairs"
        scales = scales_for(sets.generated.shape[-1])
        means, errors = [], []
        for done, images in enumerate((sets.generated, sets.pictures(sets.real))):
            tell(what, done, 2)
            similarity = pairwise_similarity(images[: 2 * self._pairs], scales)
            means.append(similarity.mean().item())
            errors.append(similarity.std().item() / sqrt(len(similarity)) if len(similarity) > 1 else 0.0)
        tell(what, 2, 2)
        return [
            Measurement(
                "ms_ssim", what, means[0], "as real", errors[0], means[1], errors[1],
                details={
                    "pairs": len(similarity), "scales": len(scales.weights), "window": scales.window,
                    "error": "standard error of the mean",
                },
            )
        ]  # fmt: skip


def scales_for(side: int) -> Scales:
    """Return as many of the five scales as fit into pictures of ``side`` pixels.

    >>> len(scales_for(64).weights), len(scales_for(256).weights)
    (3, 5)
    """
    window = min(_WINDOW, (side - 1) // 2 * 2 + 1)
    # the window must fit into the smallest scale; torchmetrics asks for more than that from the fourth scale on
    fitting = [
        n
        for n in range(1, len(_WEIGHTS) + 1)
        if side >> (n - 1) >= window and side // max(1, n - 1) ** 2 > window - 1
    ]
    weights = _WEIGHTS[: fitting[-1]]
    return Scales(window, tuple(weight / sum(weights) for weight in weights))


def pairwise_similarity(images: Tensor, scales: Scales) -> Tensor:
    """Return the MS-SSIM of the first and second, third and fourth, … picture: float (N // 2,) in [0, 1].

    Args:
        images: uint8 (N, 3, S, S).
        scales: how to look at them.
    """
    from components.networks._compat import enable

    enable()
    from torchmetrics.functional.image import multiscale_structural_similarity_index_measure as ms_ssim

    pairs = images[: len(images) // 2 * 2].unflatten(0, (-1, 2))  # (N, …) -> (N/2, 2, …)
    found = []
    for some in pairs.split(_CHUNK):
        first, second = some.float().div(255).unbind(1)
        # without the rectifier, structures that are opposite give a root of a negative number
        found.append(
            ms_ssim(
                first, second, data_range=1.0, kernel_size=scales.window, betas=scales.weights,
                normalize="relu", reduction="none",
            ).reshape(-1)
        )  # fmt: skip
    return torch.cat(found)
