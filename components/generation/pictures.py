"""Pictures as they are: the way into enhancement for files that no model made."""

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import final

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from interfaces.errors import DataError, SettingsError
from interfaces.igdt import IGDT
from interfaces.igme import IGME
from interfaces.igs import IGS, Pictures
from interfaces.provenance import Origin, StageRecord

__all__ = ["PicturesGenerator"]

MAX_PIXELS = 100_000_000
"""Larger pictures are refused before they are decoded: they are mistakes or attacks."""


@final
class PicturesGenerator:
    """Reads picture files of any size: 8 and 16 bit, grey, palette, CMYK, with or without alpha."""

    def generate(self, settings: IGS, model: IGME | None) -> Iterator[IGDT]:
        """Yield one image for each of the first ``settings.count`` paths, one at a time.

        Raises:
            SettingsError: the settings ask for something other than pictures, or for more than there are.
            DataError: a file is missing, damaged or too large.
        """
        source = settings.source
        if not isinstance(source, Pictures):
            raise SettingsError(f"source: wanted pictures, got {source.kind}")
        if settings.count > len(source.paths):
            raise SettingsError(
                f"count: wanted at most the {len(source.paths)} pictures, got {settings.count}"
            )
        for index, path in enumerate(source.paths[: settings.count]):
            images, alpha, digest = _read(path)
            record = StageRecord(
                stage="generation",
                component="pictures",
                settings={"source": {"kind": "pictures"}},
                digests={"picture": digest},
            )
            yield IGDT(
                images=images,
                alpha=alpha,
                seeds=(settings.seed + index,),
                origins=(Origin(name=path.name, sha256=digest),),
                provenance=(record,),
            )


def _read(path: Path) -> tuple[Tensor, Tensor | None, str]:
    """Return the picture (1, 3, H, W) in [-1, 1], its alpha (1, 1, H, W) or None, and the file's digest."""
    try:
        content = path.read_bytes()
        with Image.open(io.BytesIO(content)) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise DataError(f"{path}: wanted at most {MAX_PIXELS:,} pixels, got {opened.size}")
            frames = getattr(opened, "n_frames", 1)
            if frames > 1:
                raise DataError(f"{path}: wanted a still picture, got an animation of {frames} frames")
            values = _values(ImageOps.exif_transpose(opened))
    except Image.DecompressionBombError as error:
        raise DataError(f"{path}: {error}") from error
    except (OSError, SyntaxError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path} cannot be read as a picture: {error}") from error
    tensor = torch.from_numpy(values).permute(2, 0, 1)[None]  # (H, W, 4) -> (1, 4, H, W)
    alpha = tensor[:, 3:].contiguous()
    images = (tensor[:, :3] * 2 - 1).clamp(-1, 1).contiguous()
    return images, None if bool((alpha == 1).all()) else alpha, hashlib.sha256(content).hexdigest()


def _values(image: Image.Image) -> np.ndarray:
    """Return float32 (H, W, 4) in [0, 1]: red, green, blue, opacity."""
    if image.mode.startswith("I"):
        grey = np.asarray(image, dtype=np.float32)[..., None].clip(0, 65535) / np.float32(65535)
        return np.concatenate([grey, grey, grey, np.ones_like(grey)], axis=2)
    return np.asarray(image.convert("RGBA"), dtype=np.float32) / np.float32(255)
