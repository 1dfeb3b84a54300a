"""Small pictures for style transfer, as files and as they are read."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from components.imaging.picture_file import PictureFile, read_picture
from interfaces.igs import Stylize

__all__ = ["picture_of", "settings_of", "waves", "write_picture"]


def waves(width: int, height: int, seed: int = 0) -> Tensor:
    """Return a picture of waves, different in every channel: float32 (1, 3, height, width) in [-0.9, 0.9]."""
    rng = torch.Generator().manual_seed(seed)
    slopes, phases = torch.rand(2, 3, 1, 1, generator=rng) * 0.4 + 0.1, torch.rand(3, 1, 1, generator=rng) * 6
    down, across = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return (torch.sin(slopes[0] * across + slopes[1] * down + phases) * 0.9)[None]


def picture_of(image: Tensor, alpha: Tensor | None = None) -> PictureFile:
    """Return the picture that a PNG of ``image`` (1, 3, H, W) in [-1, 1] is read as."""
    return read_picture(_png(image, alpha))


def write_picture(path: Path, image: Tensor, alpha: Tensor | None = None) -> Path:
    """Write a PNG."""
    path.write_bytes(_png(image, alpha))
    return path


def settings_of(style_count: int = 1, **values: Any) -> Stylize:
    """Return settings with paths that nobody reads."""
    paths: Sequence[str] = [f"style-{number}.png" for number in range(1, style_count + 1)]
    return Stylize.model_validate(
        {"paths": ["content.png"], "styles": paths, "algorithm": "reinhard", "size": 32} | values
    )


def _png(image: Tensor, alpha: Tensor | None) -> bytes:
    values = (image[0] + 1) / 2 if alpha is None else torch.cat([(image[0] + 1) / 2, alpha[0]])
    pixels = (values * 255).round().permute(1, 2, 0).numpy().astype(np.uint8)  # (H, W, C)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()
