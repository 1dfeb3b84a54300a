"""Pictures as they are: the way into enhancement for files that no model made."""

import hashlib
import io
import warnings
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


@final
class PicturesGenerator:
    """Reads picture files of any size: 8 and 16 bit, grey, palette, CMYK, with or without alpha."""

    def generate(self, settings: IGS, model: IGME | None) -> Iterator[IGDT]:
        """Yield one image for each of the first ``settings.count`` paths, one at a time.

        Raises:
            SettingsError: the settings ask for something other than pictures.
            DataError: a file is missing, damaged or too large.
        """
        source = settings.source
        if not isinstance(source, Pictures):
            raise SettingsError(f"source: wanted pictures, got {source.kind}")
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
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error
    try:
        values = _decode(content)
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    # Pillow's readers raise nearly anything on damaged files
    except Exception as error:
        raise DataError(f"{path} cannot be read as a picture: {error}") from error
    tensor = torch.from_numpy(values).permute(2, 0, 1)[None]  # (H, W, 4) -> (1, 4, H, W)
    alpha = tensor[:, 3:].contiguous()
    images = (tensor[:, :3] * 2 - 1).clamp(-1, 1).contiguous()
    return images, None if bool((alpha == 1).all()) else alpha, hashlib.sha256(content).hexdigest()


def _decode(content: bytes) -> np.ndarray:
    """Return float32 (H, W, 4) in [0, 1]: red, green, blue, opacity."""
    with warnings.catch_warnings():
        # above 89 million pixels Pillow warns, above twice as many it raises
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(io.BytesIO(content)) as opened:
            frames = getattr(opened, "n_frames", 1)
            # a phone's JPEG may carry a second view or a depth map behind the picture: that is no animation
            if frames > 1 and opened.format != "MPO":
                raise DataError(f"wanted a still picture, got an animation of {frames} frames")
            return _values(ImageOps.exif_transpose(opened))


def _values(image: Image.Image) -> np.ndarray:
    if image.mode == "F":
        raise DataError("wanted 8 or 16 bit whole numbers, got floating-point pixels of unknown range")
    if not image.mode.startswith("I"):
        return np.asarray(image.convert("RGBA"), dtype=np.float32) / np.float32(255)
    grey = np.asarray(image, dtype=np.float32)[..., None]
    low, high = float(grey.min()), float(grey.max())
    if low < 0 or high > 65535:
        raise DataError(f"wanted 8 or 16 bit whole numbers, got pixels of {low:.0f} to {high:.0f}")
    grey = grey / np.float32(65535)
    return np.concatenate([grey, grey, grey, np.ones_like(grey)], axis=2)
