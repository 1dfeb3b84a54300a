"""A tiny pack and tiny settings, so that a training takes a moment, and an observer that ends one."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from components.training import GanSettings
from interfaces.ipdt import IPDT
from interfaces.ports import LatentView, RunFolder, TrainingView

TINY = {
    "generator": {"side": 8, "width": 4, "latent": 5},
    "critic": {"width": 4},
    "batch": 4,
    "critic_steps": 2,
    "steps": 6,
    "device": "cpu",
}


PROJECTED = {
    "generator": {"kind": "skip", "side": 8, "width": 4, "max_width": 8, "latent": 5},
    "critic": {"kind": "projected", "view_side": 32, "width": 4},
    "loss": "hinge",
    "correction": "none",
    "critic_steps": 1,
    "augment": ("colour", "shift"),
    "conditional": True,
}


RESIDUAL = {
    "generator": {"kind": "residual", "side": 8, "width": 4, "max_width": 8, "latent": 5},
    "critic": {"kind": "residual", "width": 4, "max_width": 8},
    "initialisation": "lecun-normal",
    "loss": "relativistic",
    "correction": "zero-centred",
    "penalty_weight": 1.0,
    "critic_steps": 1,
}


def tiny_projected(features: Path, **changes: Any) -> GanSettings:
    critic = {**PROJECTED["critic"], "features": str(features)}  # type: ignore[dict-item]  # a dict
    return GanSettings.model_validate(TINY | PROJECTED | {"critic": critic} | changes)


def tiny_settings(**changes: Any) -> GanSettings:
    return GanSettings.model_validate(TINY | changes)


def make_pack(folder: Path, *, images: int = 20, test: int = 3, fingerprint: str = "a" * 64) -> IPDT:
    pixels = np.random.default_rng(0).integers(0, 256, (images, 8, 8, 3), np.uint8)
    is_test = np.zeros(images, np.uint8)
    is_test[:test] = 1
    np.save(folder / "images.npy", pixels)
    return IPDT(
        dataset="tiny",
        fingerprint=fingerprint,
        folder=folder,
        images=np.load(folder / "images.npy", mmap_mode="r"),
        labels=np.arange(images) % 2,
        is_test=is_test,
        styles=("baroque", "realism"),
    )


def make_colours(folder: Path, *, images: int = 64, side: int = 8) -> IPDT:
    """Return a pack of pictures of four flat colours, which a tiny generator learns in no time."""
    corners = np.random.default_rng(0).integers(0, 256, (images, 2, 2, 3)).astype(np.uint8)
    np.save(folder / "colours.npy", corners.repeat(side // 2, 1).repeat(side // 2, 2))
    return IPDT(
        dataset="colours",
        fingerprint="c" * 64,
        folder=folder,
        images=np.load(folder / "colours.npy", mmap_mode="r"),
        labels=np.arange(images) % 2,
        is_test=np.zeros(images, np.uint8),
        styles=("baroque", "realism"),
    )


class First:
    """Keeps what the averaged generator paints after the first step."""

    def __init__(self) -> None:
        self.images = torch.empty(0)

    def observe(self, view: TrainingView, folder: RunFolder) -> bool:
        assert isinstance(view, LatentView)
        latents = torch.randn(3, view.latent, generator=torch.Generator().manual_seed(1))
        self.images = view.sample(latents, torch.tensor([0, 1, 0]) if view.labels else None)
        return False

    def finish(self, folder: RunFolder) -> None:
        pass
