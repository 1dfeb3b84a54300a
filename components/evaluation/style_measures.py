"""How near a stylized picture is to its content and to its styles: a few numbers for a table, on no pair of which all agree."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from components.evaluation.ssim import similarity
from components.networks.squeezenet import SqueezeNetFeatures
from components.networks.vgg19_taps import VGG19Taps
from interfaces.errors import DataError

__all__ = ["GRAM_LAYERS", "StyleMeasures", "load_judge", "measure_style"]

GRAM_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
"""Layers at which Gram matrices are compared, where none are named."""
_SMALLEST = 16
_TINY = 1e-10


class StyleMeasures(NamedTuple):
    """Of one picture. All are 0 for a perfect match, but for ``ssim``, which is 1."""

    mse: float
    """Mean squared error against the content, of values in [0, 1]."""
    ssim: float
    """Structural similarity to the content, -1 to 1 (Wang et al. 2004): windows of a Gaussian of 1.5 px, the mean of the channels."""
    gram: float | None
    """Distance of the Gram matrices from those of the styles, as a share of these (Frobenius norms), the mean over the layers: what
    algorithms in the way of Gatys optimise. None without their network.
    """
    content_distance: float | None
    """Distance of SqueezeNet's features from the content's, place by place, each place of length 1: LPIPS without what that has learnt (Zhang
    et al. 2018, equation 1), the mean over four depths. No algorithm here optimises it. None without that network.
    """
    style_distance: float | None
    """Distance of mean and deviation of SqueezeNet's features from those of the styles, as a share of these, the mean over four depths,
    wherever they are in the picture. No algorithm here optimises it. None without that network.
    """


def load_judge(path: Path | None) -> SqueezeNetFeatures | None:
    """Return SqueezeNet 1.1 with the weights at ``path``, for `measure_style`; None where there are none.

    Raises:
        WeightsError: the file cannot be read, or holds another network.
    """
    if path is None:
        return None
    network = SqueezeNetFeatures()
    network.load(path)
    return network.eval()


def measure_style(
    image: Tensor,
    content: Tensor,
    styles: Sequence[Tensor],
    *,
    blend: Sequence[float] = (),
    features: VGG19Taps | None = None,
    layers: Sequence[str] = GRAM_LAYERS,
    judge: SqueezeNetFeatures | None = None,
) -> StyleMeasures:
    """Return how near ``image`` is to its content and to its styles.

    Args:
        image: float32 (1, 3, H, W) in [-1, 1], at least 16 px each way.
        content: what it was made of, as it went into the algorithm: of the same size.
        styles: float32 (1, 3, h, w) in [-1, 1] each, at the size at which the algorithm saw them; at least one.
        blend: how much each style counts; none: all alike. The image is compared with the blend of what is measured of each.
        features: the network of the Gram matrices, with trained or with random weights: say which beside the number.
        layers: where they are compared.
        judge: the network that no algorithm has seen (`load_judge`).

    Raises:
        DataError: sizes differ, a picture is too small, or there is no style.
        SettingsError: a layer is unknown.
    """
    _check(image, content, styles)
    shares = tuple(blend) or (1.0,) * len(styles)
    weights = [share / sum(shares) for share in shares]
    with torch.inference_mode():
        gram = near = alike = None
        if features is not None:
            gram = _distance(image, styles, weights, lambda each: _grams(features(each, layers), layers))
        if judge is not None:
            near = _place_by_place(judge(image), judge(content))
            alike = _distance(image, styles, weights, lambda each: _moments(judge(each)))
        error = float((image - content).mul(0.5).square().mean())
        return StyleMeasures(error, similarity(image, content), gram, near, alike)


def _check(image: Tensor, content: Tensor, styles: Sequence[Tensor]) -> None:
    if image.shape != content.shape:
        raise DataError(
            f"measures: wanted a content as large as the image, {_size(image)}, got {_size(content)}"
        )
    if not styles:
        raise DataError("measures: wanted at least 1 style, got none")
    for each in (image, *styles):
        if min(each.shape[2:]) < _SMALLEST:
            raise DataError(f"measures: wanted at least {_SMALLEST} px each way, got {_size(each)}")


def _size(image: Tensor) -> str:
    height, width = image.shape[2:]
    return f"{width}x{height}"


def _distance(
    image: Tensor,
    styles: Sequence[Tensor],
    weights: Sequence[float],
    describe: Callable[[Tensor], Sequence[Tensor]],
) -> float:
    """Return the distance of what describes the image from the blend of what describes the styles: the mean over its parts, relative."""
    wanted: list[Tensor] = []
    for style, weight in zip(styles, weights, strict=True):
        parts = [part * weight for part in describe(style)]
        wanted = [one + other for one, other in zip(wanted, parts, strict=True)] if wanted else parts
    shares = [
        float((part - goal).norm() / goal.norm().clamp(min=_TINY))
        for part, goal in zip(describe(image), wanted, strict=True)
    ]
    return sum(shares) / len(shares)


def _grams(maps: dict[str, Tensor], layers: Sequence[str]) -> list[Tensor]:
    """Return the Gram matrix (C, C) of each layer, the mean over its places."""
    flat = (maps[layer][0].flatten(1) for layer in layers)
    return [each @ each.T / each.shape[1] for each in flat]


def _moments(taps: Sequence[Tensor]) -> list[Tensor]:
    """Return mean and deviation of every channel of each depth, (2, C)."""
    return [torch.stack(torch.std_mean(tap[0].flatten(1), dim=1, correction=0)) for tap in taps]


def _place_by_place(taps: Sequence[Tensor], others: Sequence[Tensor]) -> float:
    unit = torch.nn.functional.normalize
    gaps = [
        float((unit(one, dim=1) - unit(other, dim=1)).square().sum(1).mean())
        for one, other in zip(taps, others, strict=True)
    ]
    return sum(gaps) / len(gaps)
