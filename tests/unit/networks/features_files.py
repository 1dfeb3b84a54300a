"""Files with the shapes of the frozen feature networks and random numbers in them."""

from pathlib import Path

import safetensors.torch
import torch

from components.networks.efficientnet_lite import efficientnet_shapes
from components.networks.squeezenet import squeezenet_shapes

__all__ = ["write_efficientnet", "write_squeezenet"]


def write_squeezenet(path: Path, seed: int = 0) -> Path:
    rng = torch.Generator().manual_seed(seed)
    weights = {}
    for key, shape in squeezenet_shapes().items():
        scale = (2 / torch.Size(shape[1:]).numel()) ** 0.5 if len(shape) == 4 else 0.0
        weights[key] = (scale * torch.randn(shape, generator=rng)).half()
    weights["features.0.bias"] += 1
    safetensors.torch.save_file(weights, path)
    return path


def write_efficientnet(path: Path, seed: int = 0) -> Path:
    rng = torch.Generator().manual_seed(seed)
    weights = {}
    for key, shape in efficientnet_shapes().items():
        if len(shape) == 4:
            weight = (2 / torch.Size(shape[1:]).numel()) ** 0.5 * torch.randn(shape, generator=rng)
        elif key.endswith(("running_var", ".weight")):
            weight = 0.5 + torch.rand(shape, generator=rng)
        else:
            weight = 0.2 * torch.randn(shape, generator=rng)
        weights[key] = weight.half()
    safetensors.torch.save_file(weights, path)
    return path
