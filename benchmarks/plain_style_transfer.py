"""Style transfer as one would write it first in PyTorch: what ours is measured against."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, final

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn

__all__ = ["Peer", "gram"]

_WIDTHS = ((64, 64), (128, 128), (256,))
"""Channels of the five convolutions, pooled between the groups."""
_CONTENT, _STYLES = 4, (1, 2, 3, 4, 5)


def gram(maps: Tensor) -> Tensor:
    """Return the Gram matrix of maps (1, C, h, w) divided by the count of their values."""
    flat = maps.flatten(2)[0]
    return flat @ flat.T / maps.numel()


@final
class Peer:
    """The way of PyTorch's tutorial after Gatys et al. 2016: one size, float32, torch's L-BFGS with its own settings.

    Args:
        weights: file of VGG19 with torchvision's keys.
        content: float32 (1, 3, H, W) in [-1, 1].
        style: the same, of any size.
    """

    STYLE_WEIGHT: ClassVar[float] = 1e6

    def __init__(self, weights: Path, content: Tensor, style: Tensor) -> None:
        self._layers = _network(weights)
        self._start = content * 0.5 + 0.5
        with torch.no_grad():
            self.content = self._maps(self._start)[_CONTENT].detach()
            found = self._maps(style * 0.5 + 0.5)
            self.grams = {number: gram(found[number]).detach() for number in _STYLES}

    def loss(self, image: Tensor) -> Tensor:
        """Return the loss of ``image`` (1, 3, H, W) in [0, 1]."""
        maps = self._maps(image)
        style = sum(F.mse_loss(gram(maps[number]), self.grams[number]) for number in _STYLES)
        return F.mse_loss(maps[_CONTENT], self.content) + self.STYLE_WEIGHT * style

    def run(self, evaluations: int) -> Tensor:
        """Return the image, float32 (1, 3, H, W) in [-1, 1], after so many evaluations of the loss."""
        image = self._start.clone().requires_grad_()
        optimizer = torch.optim.LBFGS([image])
        done = 0

        def closure() -> Tensor:
            nonlocal done
            with torch.no_grad():
                image.clamp_(0, 1)
            optimizer.zero_grad()
            loss = self.loss(image)
            loss.backward()
            done += 1
            return loss

        while done < evaluations:
            optimizer.param_groups[0]["max_iter"] = min(20, evaluations - done)
            optimizer.step(closure)
        return image.detach().clamp(0, 1) * 2 - 1

    def _maps(self, image: Tensor) -> dict[int, Tensor]:
        mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
        maps = (image - mean.view(3, 1, 1)) / std.view(3, 1, 1)
        found: dict[int, Tensor] = {}
        for layer in self._layers:
            maps = layer(maps)
            if isinstance(layer, nn.Conv2d):
                found[len(found) + 1] = maps
        return found


def _network(weights: Path) -> Sequence[nn.Module]:
    found = load_file(weights)
    layers: list[nn.Module] = []
    before = 3
    for block, widths in enumerate(_WIDTHS):
        if block:
            layers.append(nn.MaxPool2d(2, 2))
        for width in widths:
            convolution = nn.Conv2d(before, width, 3, padding=1)
            for name in ("weight", "bias"):
                getattr(convolution, name).data = found[f"features.{len(layers)}.{name}"].float()
            layers += [convolution.requires_grad_(False), nn.ReLU()]
            before = width
    return layers[:-1]
