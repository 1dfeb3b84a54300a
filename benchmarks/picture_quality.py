"""How near an enlarged picture comes to the true one: PSNR, SSIM, a distance of features, sharpness."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from components.networks._compat import enable
from components.networks.squeezenet import SqueezeNetFeatures
from components.networks.vgg19 import VGG19Features
from components.training.enhancer.validation import ratio_db

BORDER_PX = 4
"""Left out on each side, as is usual: what lies beyond the edge is nobody's to know."""
MEASURES = {
    "psnr": "PSNR, dB (higher is better)",
    "ssim": "SSIM (higher)",
    "vgg19": "VGG19 distance (lower)",
    "sharpness": "sharpness (truth: 1)",
}

_TAPS = (3, 8, 17)  # relu1_2, relu2_2, relu3_4 of torchvision's vgg19().features
_FEATURE_SIDE = 128


@dataclass(frozen=True)
class Quality:
    """Of one picture."""

    psnr: float
    """dB, over the three channels, eight bits."""
    ssim: float
    """Wang et al. 2004, by torchmetrics: mean over the three channels, Gaussian window of 11 pixels."""
    vgg19: float | None
    """Distance of unit features as in LPIPS (Zhang et al. 2018, eq. 1) without its learnt weights, of VGG19."""
    sharpness: float
    """Mean step of the brightness from pixel to pixel, over that of the true picture."""
    squeezenet: float | None = None
    """Mean absolute difference of SqueezeNet's features at its four depths, each of order 1."""


@final
class Judge:
    """Measures pictures.

    Args:
        vgg19: file of VGG19's features; None leaves the distance out.
        squeezenet: file of SqueezeNet 1.1; None leaves the difference out.
    """

    def __init__(self, vgg19: Path | None, squeezenet: Path | None = None) -> None:
        enable()  # torchmetrics imports torchvision
        self._layers = None if vgg19 is None else VGG19Features(vgg19)
        self._squeezenet = None
        if squeezenet is not None:
            self._squeezenet = SqueezeNetFeatures()
            self._squeezenet.load(squeezenet)

    def measure(self, made: np.ndarray, truth: np.ndarray) -> Quality:
        """Return the quality of ``made``; both uint8 (H, W, 3)."""
        made, truth = (picture[BORDER_PX:-BORDER_PX, BORDER_PX:-BORDER_PX] for picture in (made, truth))
        return Quality(
            ratio_db(made[None], truth[None]),
            _ssim(made, truth),
            None if self._layers is None else self._distance(made, truth),
            _steps(made) / max(_steps(truth), 1e-9),
            None if self._squeezenet is None else self._difference(self._squeezenet, made, truth),
        )

    @torch.no_grad()
    def _difference(self, network: SqueezeNetFeatures, made: np.ndarray, truth: np.ndarray) -> float:
        one, other = (network(_tensor(picture) * 2 - 1) for picture in (made, truth))
        return float(torch.stack([F.l1_loss(a, b) for a, b in zip(one, other, strict=True)]).mean())

    @torch.no_grad()
    def _distance(self, made: np.ndarray, truth: np.ndarray) -> float:
        one, other = (self._features(_middle(picture)) for picture in (made, truth))
        parts = [(a - b).square().sum(1).mean() for a, b in zip(one, other, strict=True)]
        return float(torch.stack(parts).sum())

    def _features(self, picture: np.ndarray) -> Sequence[Tensor]:
        """Return features (1, C, h, w) of length 1 at each place."""
        vgg19 = self._layers
        assert vgg19 is not None, "asked for where there is a file"  # noqa: S101  # see `measure`
        x = (_tensor(picture) - vgg19.get_buffer("mean")) / vgg19.get_buffer("std")
        found = []
        for index, layer in enumerate(vgg19.layers.children()):
            if index > _TAPS[-1]:
                break
            x = layer(x)
            if index in _TAPS:
                found.append(F.normalize(x.clone(), dim=1))  # the next layer may write in place
        return found


def _ssim(made: np.ndarray, truth: np.ndarray) -> float:
    from torchmetrics.image import StructuralSimilarityIndexMeasure

    return float(StructuralSimilarityIndexMeasure(data_range=1.0)(_tensor(made), _tensor(truth)))


def _steps(picture: np.ndarray) -> float:
    grey = picture.astype(np.float64) @ (0.299, 0.587, 0.114)
    return float(np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean())


def _middle(picture: np.ndarray) -> np.ndarray:
    top, left = (max(0, (length - _FEATURE_SIDE) // 2) for length in picture.shape[:2])
    return picture[top : top + _FEATURE_SIDE, left : left + _FEATURE_SIDE]


def _tensor(picture: np.ndarray) -> Tensor:
    """Return uint8 (H, W, 3) as float32 (1, 3, H, W) in [0, 1]."""
    return torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None].float().div_(255)
