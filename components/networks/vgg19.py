"""Features of VGG19 (Simonyan & Zisserman 2015), trained on ImageNet, which nothing here trains further."""

from pathlib import Path
from typing import final

import torch
from torch import Tensor, nn

from components.networks.features_file import read_features
from interfaces.errors import WeightsError

__all__ = ["VGG19Features", "blank_vgg19"]

_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@final
class VGG19Features(nn.Module):
    """The convolutions of VGG19, as torchvision's ``features`` builds them, frozen.

    Args:
        path: torchvision's own file, or a safetensors file with its keys (``features.0.weight`` …); a classifier in it
            is not looked at.

    Raises:
        WeightsError: the file cannot be read, or holds another network.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        found = read_features(path)
        layers = blank_vgg19()
        weights = {}
        for key, wanted in layers.state_dict().items():
            name = f"features.{key}"
            got = tuple(found[name].shape) if name in found else "nothing"
            if got != tuple(wanted.shape):
                raise WeightsError(
                    f"{path}: wanted VGG19 with torchvision's keys, {name} of shape {tuple(wanted.shape)}, got {got}"
                )
            weights[key] = found[name].float()
        layers.load_state_dict(weights, assign=True)
        self.layers = layers.eval().requires_grad_(False)
        self.register_buffer("mean", torch.tensor(_MEAN).view(3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(_STD).view(3, 1, 1), persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """Return the rectified last convolution, (N, 512, H/16, W/16), for ``images`` (N, 3, H, W) in [-1, 1]."""
        mean, std = self.get_buffer("mean"), self.get_buffer("std")
        features: Tensor = self.layers((images * 0.5 + 0.5 - mean) / std)
        return features


def blank_vgg19() -> nn.Sequential:
    """Return the convolutions of VGG19 without weights (on the device ``meta``), up to the last rectification."""
    from components.networks._compat import enable

    enable()
    from torchvision.models import vgg19

    with torch.device("meta"):  # its classifier of 120 million weights is never made
        features: nn.Sequential = vgg19(weights=None).features
    return nn.Sequential(*list(features)[:-1])  # without the last pooling
