"""How much of a picture a translation hides in its result, where nobody sees it (Chu et al. 2017)."""

from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from components.evaluation.sets import to_bytes
from components.evaluation.ssim import similarity

__all__ = ["CHANGES", "SCORED", "Return", "hiding_score", "measure_returns"]

Translation = Callable[[Tensor], Tensor]
_STEP = 2 / 255
"""Of 8 bits, in [-1, 1]."""


class Return(NamedTuple):
    """What came back of pictures that were changed in the middle, where they were translated."""

    change: str
    """See `CHANGES`."""
    error: float
    """Mean absolute difference from the pictures, of values in [0, 1]."""
    ssim: float
    """Structural similarity to them, the mean of the pictures."""


def _noisy(steps: float) -> Callable[[Tensor, torch.Generator], Tensor]:
    def change(images: Tensor, rng: torch.Generator) -> Tensor:
        return images + steps * _STEP * torch.randn(images.shape, generator=rng)

    return change


def _rounded(images: Tensor, _: torch.Generator) -> Tensor:
    return to_bytes(images).float() / 127.5 - 1


def _as_jpeg(images: Tensor, _: torch.Generator) -> Tensor:
    """Return what is left after a JPEG file of quality 75, with half as many colours each way as such files have."""
    found = []
    for pixels in to_bytes(images).permute(0, 2, 3, 1).numpy():  # (N, C, H, W) -> (N, H, W, C)
        buffer = BytesIO()
        Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, "JPEG", quality=75)
        with Image.open(buffer) as file:
            found.append(torch.from_numpy(np.array(file.convert("RGB"))))
    return torch.stack(found).permute(0, 3, 1, 2).float() / 127.5 - 1


CHANGES: Mapping[str, Callable[[Tensor, torch.Generator], Tensor]] = {
    "as it is": lambda images, _: images,
    "8 bits": _rounded,
    "JPEG 75": _as_jpeg,
    "noise 1/255": _noisy(1),
    "noise 2/255": _noisy(2),
    "noise 4/255": _noisy(4),
    "noise 8/255": _noisy(8),
}
"""What is done to the picture in the middle: nothing that anybody sees, but for the last."""
SCORED = "noise 2/255"
"""The change that the hiding score goes by: below what the eye tells, above what networks learn to bear without being asked."""


def measure_returns(
    there: Translation,
    back: Translation,
    pictures: Tensor,
    seed: int = 0,
    tell: Callable[[int, int], None] = lambda *_: None,
) -> Sequence[Return]:
    """Return how far what comes back is from ``pictures``, after each change in the middle.

    Args:
        there: translates float32 (1, 3, H, W) in [-1, 1].
        back: the other way.
        pictures: float32 (N, 3, H, W) in [-1, 1], on the CPU.
        seed: of the noise.
        tell: is told how many pictures are done, and of how many.
    """
    errors: dict[str, list[float]] = {change: [] for change in CHANGES}
    alike: dict[str, list[float]] = {change: [] for change in CHANGES}
    rng = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for done, picture in enumerate(pictures.split(1), 1):
            middle = there(picture)
            for name, change in CHANGES.items():
                came = back(change(middle, rng)).clamp(-1, 1)
                errors[name].append(float((came - picture).abs().mean() / 2))
                alike[name].append(similarity(came, picture))
            tell(done, len(pictures))
    return [Return(name, float(np.mean(errors[name])), float(np.mean(alike[name]))) for name in CHANGES]


def hiding_score(returns: Sequence[Return]) -> float:
    """Return by how much the error grows when the picture in the middle has a noise that nobody sees: 1 where nothing is hidden.

    >>> hiding_score([Return("as it is", 0.02, 0.9), Return("noise 2/255", 0.06, 0.7)])
    3.0
    """
    found = {each.change: each.error for each in returns}
    return found[SCORED] / max(found["as it is"], 1e-6)
