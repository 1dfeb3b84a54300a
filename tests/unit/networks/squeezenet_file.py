"""A file with the shapes of SqueezeNet 1.1 and random numbers in it."""

from pathlib import Path

import safetensors.torch
import torch

from components.networks.squeezenet import squeezenet_shapes

__all__ = ["write_squeezenet"]


def write_squeezenet(path: Path, seed: int = 0) -> Path:
    rng = torch.Generator().manual_seed(seed)
    weights = {}
    for key, shape in squeezenet_shapes().items():
        scale = (2 / torch.Size(shape[1:]).numel()) ** 0.5 if len(shape) == 4 else 0.0
        weights[key] = (scale * torch.randn(shape, generator=rng)).half()
    weights["features.0.bias"] += 1
    safetensors.torch.save_file(weights, path)
    return path
