"""How far pictures are from a style, and from what they show: on the features of a frozen network."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, final

import torch
import torch.nn.functional as F
from torch import Tensor

from components.imaging.picture_file import read_picture
from components.networks.vgg19_taps import VGG19Taps
from components.training.style.settings import RANDOM, StyleSettings
from interfaces.errors import DataError, SettingsError

__all__ = ["PerceptualLoss", "StyleLosses", "gram", "load_features", "read_style", "roughness"]

_LEAST_SIDE = 32
"""Pixels; of less, the deepest maps have nothing in them."""
_OF_STYLE, _OF_ROUGHNESS = 20.0, 2.0
"""Weights beside that of the content (1), where the settings say 1 of all. The network begins with the content, so that the style has
to pull: with 10, a hundred steps left a photograph."""


class StyleLosses(NamedTuple):
    """What pictures are judged by; scalars."""

    total: Tensor
    style: Tensor
    """Squared distance of Gram matrices over the squared length of those of the style, a mean of layers and pictures; 1 for black."""
    content: Tensor
    """Squared distance of maps over the squared length of those of the content, a mean of layers."""
    smoothness: Tensor
    """`roughness`."""


@final
class PerceptualLoss:
    """Judges pictures by the statistics of one style picture and the maps of what they shall show (Johnson et al. 2016, section 3).

    Every distance is a share of what there is to lose, so that a weight means the same for every layer and every features.

    Args:
        features: frozen.
        style: float32 (1, 3, H, W) in [-1, 1].
        settings: weights and layers.
    """

    def __init__(self, features: VGG19Taps, style: Tensor, settings: StyleSettings) -> None:
        self._features = features
        self._settings = settings
        with torch.no_grad():
            maps = features(style, settings.style_layers)
        self._grams = {layer: gram(found.float()) for layer, found in maps.items()}

    def __call__(self, made: Tensor, pictures: Tensor) -> StyleLosses:
        """Return the losses of ``made`` beside ``pictures``, float32 (N, 3, H, W) in [-1, 1] both."""
        settings = self._settings
        layers = (*settings.style_layers, *settings.content_layers)
        with torch.no_grad():
            wanted = self._features(pictures, settings.content_layers)
        found = {name: maps.float() for name, maps in self._features(made, layers).items()}
        style = _mean(
            (gram(found[layer]) - target).square().sum((1, 2)).mean() / target.square().sum()
            for layer, target in self._grams.items()
        )
        content = _mean(
            F.mse_loss(found[layer], wanted[layer].float())
            / wanted[layer].float().square().mean().clamp(min=1e-8)
            for layer in settings.content_layers
        )
        rough = roughness(made)
        total = (
            settings.style_weight * _OF_STYLE * style
            + settings.content_weight * content
            + settings.smoothness * _OF_ROUGHNESS * rough
        )
        return StyleLosses(total, style, content, rough)


def gram(maps: Tensor) -> Tensor:
    """Return the Gram matrices (N, C, C) of ``maps`` (N, C, H, W): mean products of channels (Gatys et al. 2016, equation 3).

    >>> gram(torch.tensor([[[[1.0, 3.0]], [[2.0, 0.0]]]]))
    tensor([[[5., 1.],
             [1., 2.]]])
    """
    rows = maps.flatten(2)  # (N, C, H, W) -> (N, C, H*W)
    return rows @ rows.mT / rows.shape[2]


def roughness(images: Tensor) -> Tensor:
    """Return the mean squared difference of neighbouring pixels of ``images`` (N, C, H, W), to the right and below."""
    return images.diff(dim=2).square().mean() + images.diff(dim=3).square().mean()


def read_style(settings: StyleSettings, device: torch.device) -> Tensor:
    """Return the style picture at the size at which it is seen, float32 (1, 3, H, W) in [-1, 1].

    Raises:
        SettingsError: it cannot be read as a picture, or is too small.
    """
    path = Path(str(settings.style))
    try:
        image = read_picture(path.read_bytes()).image
    except (OSError, DataError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise SettingsError(f"style: {path.name}: {reason}") from error
    height, width = image.shape[2:]
    if min(height, width) < _LEAST_SIDE:
        raise SettingsError(
            f"style: {path.name}: wanted a picture of at least {_LEAST_SIDE} px each way, got {width}x{height}"
        )
    scale = settings.style_size / max(height, width)
    side = [max(_LEAST_SIDE, round(each * scale)) for each in (height, width)]
    return F.interpolate(image, side, mode="bicubic", antialias=True).clamp(-1, 1).to(device)


def load_features(settings: StyleSettings, device: torch.device) -> VGG19Taps:
    """Return VGG19.

    Raises:
        WeightsError: its file cannot be read, or is of another network.
    """
    path = None if settings.features == RANDOM else Path(settings.features)
    return VGG19Taps(path, upto=(*settings.style_layers, *settings.content_layers)).to(device)


def _mean(values: Iterable[Tensor]) -> Tensor:
    return torch.stack(list(values)).mean()
