"""Maps of VGG19 at layers that are named: what style transfer compares pictures by."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, final

import torch
from torch import Tensor, nn

from components.networks.speed import FloatType
from components.networks.vgg19 import VGG19Features, blank_vgg19
from interfaces.errors import SettingsError, did_you_mean

__all__ = ["LAYERS", "VGG19Taps", "layer_name"]

_BLOCKS = (2, 2, 4, 4, 4)
LAYERS: tuple[str, ...] = tuple(
    name
    for block, convolutions in enumerate(_BLOCKS, 1)
    for name in (
        *(f"{kind}{block}_{number}" for number in range(1, convolutions + 1) for kind in ("conv", "relu")),
        *((f"pool{block}",) if block < len(_BLOCKS) else ()),
    )
)
"""In order: conv1_1, relu1_1, conv1_2, relu1_2, pool1, …, relu5_4."""
_COUNTED = [name for name in LAYERS if name.startswith("conv")]
_DTYPES: Mapping[FloatType, torch.dtype] = {"float32": torch.float32, "bfloat16": torch.bfloat16}
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_GAIN = 2**0.5
"""Rectifying halves the mean square, so that this keeps its order from layer to layer (He et al. 2015)."""


def layer_name(name: str) -> str:
    """Return the name of a layer as it stands in `LAYERS`; conv_4 is the fourth convolution, as tutorials count them.

    Raises:
        SettingsError: there is no such layer; the message lists them.

    >>> layer_name("conv_4"), layer_name("relu4_2")
    ('conv2_2', 'relu4_2')
    """
    number = name.removeprefix("conv_")
    if number != name and number.isdecimal() and 1 <= int(number) <= len(_COUNTED):
        return _COUNTED[int(number) - 1]
    if name not in LAYERS:
        raise SettingsError(
            f"layer: wanted one of {', '.join(LAYERS)}, or conv_1 to conv_{len(_COUNTED)}, got {name!r}."
            f"{did_you_mean(name, LAYERS)}"
        )
    return name


@final
class VGG19Taps(nn.Module):
    """VGG19 (Simonyan & Zisserman 2015), frozen, whose maps can be had at every layer.

    Args:
        path: the file of its weights, as `VGG19Features` takes it; None gives weights that were drawn: orthogonal ones, of the seed 0,
            which know no objects and tell textures apart all the same (Ulyanov et al. 2017 find the like of random features).
        pooling: how each block halves its maps (Gatys et al. 2016, section 2, prefer the average).
        precision: at which the layers compute; maps are float32 all the same.
        upto: layers that will be asked for, beyond the last of which nothing is built; None builds all.

    Raises:
        WeightsError: the file cannot be read, or holds another network.
    """

    def __init__(
        self,
        path: Path | None,
        pooling: Literal["max", "average"] = "max",
        precision: FloatType = "float32",
        upto: Sequence[str] | None = None,
    ) -> None:
        super().__init__()
        names = LAYERS[: _number_upto(LAYERS if upto is None else upto)]
        layers = _random(len(names)) if path is None else list(VGG19Features(path).layers)[: len(names)]
        self.layers = nn.ModuleDict(
            {name: _pooled(layer, pooling) for name, layer in zip(names, layers, strict=True)}
        )
        self.layers.to(_DTYPES[precision])
        self._dtype = _DTYPES[precision]
        self.requires_grad_(False)
        self.register_buffer("mean", torch.tensor(_MEAN).view(3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(_STD).view(3, 1, 1), persistent=False)

    def forward(self, images: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """Return the maps (N, C, h, w) of ``layers`` for images (N, 3, H, W) in [-1, 1]; no more is computed than the last one needs."""
        wanted = {layer_name(each) for each in layers}
        maps = (images * 0.5 + 0.5 - self.get_buffer("mean")) / self.get_buffer("std")
        maps = maps.to(self._dtype)
        found = {}
        for name in LAYERS[: _number_upto(layers)]:
            maps = self.layers[name](maps)
            if name in wanted:
                found[name] = maps.float()
        return {each: found[layer_name(each)] for each in layers}


def _number_upto(layers: Sequence[str]) -> int:
    return 1 + max((LAYERS.index(layer_name(each)) for each in layers), default=-1)


def _pooled(layer: nn.Module, pooling: str) -> nn.Module:
    if isinstance(layer, nn.MaxPool2d) and pooling == "average":
        return nn.AvgPool2d(2, 2)
    if isinstance(layer, nn.ReLU):
        return nn.ReLU()  # torchvision's writes over the convolution's map, which may be wanted
    return layer


def _random(count: int) -> list[nn.Module]:
    layers = [layer.to_empty(device="cpu") for layer in list(blank_vgg19())[:count]]
    draw = torch.Generator().manual_seed(0)
    for layer in layers:
        if isinstance(layer, nn.Conv2d):
            nn.init.orthogonal_(layer.weight, _GAIN, generator=draw)
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]  # VGG's convolutions have one
    return layers
