"""Small samples of everything that components take: they cost milliseconds and need no network."""

import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import numpy as np
import safetensors.torch
import torch
from PIL import Image
from pydantic import BaseModel
from torch import Tensor

from components.networks.build import build_generator
from interfaces.iedt import IEDT, SizedImages
from interfaces.igdt import IGDT
from interfaces.igme import IGME, ConvGenerator, GenerativeNetwork
from interfaces.ipdt import IPDT
from interfaces.itdt import ITDT, TrainingImage
from interfaces.marks import file_marks, with_values
from interfaces.provenance import Origin, StageRecord

__all__ = [
    "ARCHITECTURE",
    "STYLES",
    "described",
    "enlarged",
    "generated",
    "only",
    "opacity",
    "pack",
    "picture",
    "pictures",
    "random_model",
    "random_weights",
    "smooth_images",
    "style_pictures",
    "tree",
    "with_pictures",
]

DataT = TypeVar("DataT", IGDT, IEDT)
SettingsT = TypeVar("SettingsT", bound=BaseModel)

ARCHITECTURE = ConvGenerator(side=8, latent=4, width=4, max_width=8)
"""The smallest generator: 8x8 images from 4 numbers."""

STYLES = ("cool", "warm")
COLOURS: Mapping[str, tuple[int, int, int]] = {"cool": (20, 40, 220), "warm": (220, 60, 20)}
"""Styles that can be told apart by one pixel."""


def smooth_images(count: int, width: int, height: int) -> Tensor:
    """Return ``count`` different images without hard edges, float32 (N, 3, height, width) in [-0.9, 0.9]."""
    rng = torch.Generator().manual_seed(7)
    coarse = torch.rand(count, 3, 4, 4, generator=rng) * 1.8 - 0.9
    return torch.nn.functional.interpolate(coarse, (height, width), mode="bilinear").contiguous()


def opacity(count: int, width: int, height: int) -> Tensor:
    """Return opacity (N, 1, height, width): the left half is clear, the right half opaque."""
    alpha = torch.zeros(count, 1, height, width)
    alpha[..., width // 2 :] = 1
    return alpha


def generated(count: int, width: int = 16, height: int = 16, *, clear: bool = False) -> IGDT:
    """Return images as a generator hands them over; each has an input picture behind it."""
    return IGDT(
        images=smooth_images(count, width, height),
        alpha=opacity(count, width, height) if clear else None,
        seeds=tuple(range(1000, 1000 + count)),
        origins=tuple(Origin(name=f"{i}.png", sha256=f"{i:064x}") for i in range(count)),
        provenance=(_record("generation", "sample"),),
    )


def enlarged(count: int, width: int = 48, height: int = 32, *, clear: bool = False) -> IEDT:
    """Return images as an enhancer hands them over, with half the size kept."""
    sizes = ((width, height), (width // 2, height // 2))
    final, kept = (
        SizedImages(images=smooth_images(count, *size), alpha=opacity(count, *size) if clear else None)
        for size in sizes
    )
    return IEDT(
        final=final,
        kept=(kept,),
        seeds=tuple(range(1000, 1000 + count)),
        enhancer="sample",
        provenance=(_record("generation", "sample"), _record("enhancement", "sample")),
    )


def only(data: DataT, index: int) -> DataT:
    """Return image ``index`` of ``data`` alone."""
    part = slice(index, index + 1)

    def cut(value: object) -> object:
        if isinstance(value, Tensor):
            return value[part]
        if isinstance(value, SizedImages):
            return SizedImages.model_validate({name: cut(tensor) for name, tensor in value})
        return value

    values = {name: cut(value) for name, value in data}
    values |= {"seeds": data.seeds[part], "origins": data.origins[part]}
    if isinstance(data, IEDT):
        values["kept"] = tuple(map(cut, data.kept))
    return type(data).model_validate(values)


def _record(stage: str, component: str) -> StageRecord:
    return StageRecord.model_validate(
        {"stage": stage, "component": component, "settings": {"note": "é"}, "digests": {"model": "a" * 64}}
    )


def random_model(
    folder: Path, *, conditional: bool = False, architecture: GenerativeNetwork = ARCHITECTURE
) -> IGME:
    """Write ``model.safetensors`` and ``model.json`` of an untrained generator and return its model."""
    labels = len(STYLES) if conditional else 0
    network = build_generator(architecture, "glorot-normal", torch.Generator().manual_seed(0), labels)
    content = safetensors.torch.save(network.state_dict())
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "model.safetensors"
    path.write_bytes(content)
    model = IGME(
        name="sample",
        architecture=architecture,
        weights_path=path,
        weights_sha256=hashlib.sha256(content).hexdigest(),
        styles=STYLES,
        conditional=conditional,
    )
    described = {**model.model_dump(mode="json"), "weights_path": path.name}
    (folder / "model.json").write_text(json.dumps(described), encoding="utf-8")
    return model


def random_weights(folder: Path) -> Path:
    """Write untrained weights of the compact Real-ESRGAN network (SRVGGNetCompact, x4) and return the file."""
    width, rng = 8, torch.Generator().manual_seed(0)
    shapes = {
        "body.0.weight": (width, 3, 3, 3),
        "body.0.bias": (width,),
        "body.1.weight": (width,),
        "body.2.weight": (width, width, 3, 3),
        "body.2.bias": (width,),
        "body.3.weight": (width,),
        "body.4.weight": (48, width, 3, 3),
        "body.4.bias": (48,),
    }
    weights = {name: torch.randn(shape, generator=rng) * 0.05 for name, shape in shapes.items()}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "weights.pth"
    torch.save({"params": weights}, path)
    return path


def picture(width: int, height: int, colour: tuple[int, ...], ending: str = "png") -> bytes:
    """Return the bytes of a picture file of one colour, with a darker lower half."""
    pixels = np.full((height, width, len(colour)), colour, dtype=np.uint8)
    pixels[height // 2 :, :, :3] //= 2
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, {"jpg": "jpeg"}.get(ending, ending))
    return buffer.getvalue()


def pictures(folder: Path) -> tuple[Path, ...]:
    """Write three different pictures: square, wide, and half transparent."""
    folder.mkdir(parents=True, exist_ok=True)
    contents = {
        "square.png": picture(12, 12, (200, 30, 90)),
        "wide.jpg": picture(20, 10, (30, 200, 90), "jpg"),
        "clear.png": picture(10, 14, (30, 90, 200, 128)),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return tuple(folder / name for name in contents)


def style_pictures(folder: Path) -> tuple[Path, ...]:
    """Write two pictures, upright and across, in which colours and edges differ: large enough for a style."""
    folder.mkdir(parents=True, exist_ok=True)
    for index, (width, height) in enumerate(((36, 48), (52, 34))):
        pixels = smooth_images(2, width, height)[index].permute(1, 2, 0).sign() * 80 + 128  # (H, W, 3)
        Image.fromarray(pixels.to(torch.uint8).numpy()).save(folder / f"style_{index}.png")
    return folder / "style_0.png", folder / "style_1.png"


def tree(folder: Path) -> Path:
    """Write a folder for each style with three pictures each, and return the root."""
    for style, (red, green, blue) in COLOURS.items():
        (folder / style).mkdir(parents=True, exist_ok=True)
        for index in range(3):
            content = picture(24 + index, 20, (red - 3 * index, green, blue - 3 * index))
            (folder / style / f"{style}_{index}.png").write_bytes(content)
    return folder


def described(folder: Path) -> ITDT:
    """Return the description of a `tree`; the last picture of each style is for testing. URIs are plain paths."""
    images = [
        TrainingImage(
            uri=str(path),
            style=path.parent.name,
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            split="test" if path.stem.endswith("_2") else "train",
        )
        for path in sorted(folder.rglob("*.png"))
    ]
    digest = hashlib.sha256(repr(images).encode()).hexdigest()
    return ITDT(dataset="sample", source=str(folder), fingerprint=digest, styles=STYLES, images=tuple(images))


def with_pictures(settings: SettingsT, folder: Path) -> SettingsT:
    """Return ``settings`` that name pictures in ``folder``, one wherever they name any."""
    wanted = [name for name, mark in file_marks(settings).items() if mark.among == "pictures"]
    paths = {name: str(folder / f"{name}.png") for name in wanted}
    for path in paths.values():
        folder.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(picture(64, 48, (200, 30, 90)))
    return with_values(settings, paths)


def pack(folder: Path, count: int = 12, side: int = 8) -> IPDT:
    """Return a pack of ``count`` pictures in two colours, mapped from a file in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    labels = np.arange(count) % len(STYLES)
    base = np.array([COLOURS[STYLES[label]] for label in labels])[:, None, None, :]
    noise = rng.integers(-20, 20, (count, side, side, 3))
    np.save(folder / "images.npy", (base + noise).clip(0, 255).astype(np.uint8))
    return IPDT(
        dataset="sample",
        fingerprint=hashlib.sha256((folder / "images.npy").read_bytes()).hexdigest(),
        folder=folder,
        images=np.load(folder / "images.npy", mmap_mode="r"),
        labels=labels,
        is_test=(np.arange(count) >= count - 2).astype(np.uint8),
        styles=STYLES,
    )
