"""A tiny pack of painted squares and tiny settings of an enhancement network's training."""

from pathlib import Path
from typing import Any

import numpy as np

from components.training import EnhancerSettings
from interfaces.ipdt import IPDT
from tests.samples import paint

TINY = {
    "network": {"features": 4, "depth": 1},
    "side": 16,
    "crop": 8,
    "batch": 4,
    "steps": 6,
    "validate_every": 3,
    "device": "cpu",
}


def tiny_enhancer(**changes: Any) -> EnhancerSettings:
    return EnhancerSettings.model_validate(TINY | changes)


def make_squares(folder: Path, *, images: int = 12, test: int = 3, side: int = 16) -> IPDT:
    np.save(folder / "squares.npy", np.stack([np.asarray(paint(side, side, seed=s)) for s in range(images)]))
    is_test = np.zeros(images, np.uint8)
    is_test[:test] = 1
    return IPDT(
        dataset="squares",
        fingerprint="b" * 64,
        folder=folder,
        images=np.load(folder / "squares.npy", mmap_mode="r"),
        labels=np.zeros(images, np.uint8),
        is_test=is_test,
        styles=("painted",),
    )
