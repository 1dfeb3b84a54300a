"""Tiny painting-like pictures, and trees and archives of them, for any test that wants some."""

import io
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

__all__ = ["make_painting", "paint", "painting_files", "write_files", "write_tar", "write_zip"]

STYLES = ("baroque", "ukiyo-e")


def paint(width: int = 16, height: int = 16, *, seed: int = 0) -> Image.Image:
    """Return an RGB picture: a sky that fades, hills, and brush strokes; another one for each seed."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width] / max(width, height)
    sky, earth = rng.uniform(60, 255, 3), rng.uniform(0, 160, 3)
    pixels = sky * (1 - 0.5 * y[..., None]) + 40 * x[..., None] * rng.uniform(-1, 1, 3)
    hills = 0.5 + 0.15 * np.sin(2 * np.pi * (x * rng.uniform(0.5, 2) + rng.uniform())) < y
    pixels[hills] = earth + 60 * y[hills][:, None]
    for _ in range(12):
        cx, cy, angle = rng.uniform(0, x.max() + 1e-9), rng.uniform(0, y.max() + 1e-9), rng.uniform(0, np.pi)
        along = (x - cx) * np.cos(angle) + (y - cy) * np.sin(angle)
        across = (y - cy) * np.cos(angle) - (x - cx) * np.sin(angle)
        stroke = np.exp(-((along / 0.15) ** 2) - (across / 0.03) ** 2)[..., None]
        pixels = pixels * (1 - stroke) + stroke * rng.uniform(0, 255, 3)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def make_painting(width: int = 16, height: int = 16, *, seed: int = 0, kind: str = "PNG") -> bytes:
    """Return the file of a painting, in one of Pillow's formats."""
    file = io.BytesIO()
    paint(width, height, seed=seed).save(file, kind)
    return file.getvalue()


def painting_files(
    styles: Sequence[str] = STYLES, per_style: int = 3, *, prefix: str = "", first_seed: int = 0
) -> dict[str, bytes]:
    """Return paintings by name, one folder for each style: ``baroque/0.png`` and so on."""
    return {
        f"{prefix}{style}/{index}.png": make_painting(20, 16, seed=first_seed + place * per_style + index)
        for place, style in enumerate(styles)
        for index in range(per_style)
    }


def write_files(root: Path, files: Mapping[str, bytes]) -> Path:
    """Write files by name below ``root`` and return it."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def write_zip(path: Path, files: Mapping[str, bytes]) -> Path:
    """Write a ZIP archive and return its path."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def write_tar(path: Path, files: Mapping[str, bytes]) -> Path:
    """Write a TAR archive, compressed as its suffix says, and return its path."""
    compression = {".gz": "w:gz", ".bz2": "w:bz2", ".xz": "w:xz"}.get(path.suffix, "w")
    with tarfile.open(path, compression) as archive:  # type: ignore[call-overload]  # the mode is one of its literals
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path
