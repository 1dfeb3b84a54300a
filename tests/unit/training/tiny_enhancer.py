"""A tiny pack of painted squares, tiny settings of an enhancement network's training, and ways to look at it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load, save_file

from components.networks.srvgg import SRVGGNetCompact
from components.training import EnhancerSettings
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder, TrainingView
from interfaces.trained_enhancer import CompactNetwork
from storage.run_folder import DirectoryFolder
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


def write_teacher(path: Path, *, scale: int = 4, seed: int = 7) -> Path:
    """Write the weights of a network that enlarges as nobody else does."""
    network = SRVGGNetCompact(
        CompactNetwork.model_validate({"features": 4, "depth": 1, "scale": scale}),
        torch.Generator().manual_seed(seed),
    )
    save_file({name: weight.contiguous() for name, weight in network.state_dict().items()}, path)
    return path


def taught(data: IPDT, scale: int = 4) -> IPDT:
    """Return ``data`` with somebody's word of what shall become of each image: its negative, in blocks."""
    large = (255 - np.asarray(data.images)).repeat(scale, 1).repeat(scale, 2)
    return IPDT(**{**dict(data), "targets": large})


class Watch:
    """Looks at pictures after every step, and asks for the end after one."""

    def __init__(self, last: int = 10**9) -> None:
        self._last = last
        self.values: list[Mapping[str, float]] = []
        self.pictures = torch.zeros(0)

    def observe(self, view: TrainingView, folder: RunFolder) -> bool:
        self.values.append(dict(view.values))
        self.pictures = view.preview(8)
        return view.step < self._last

    def finish(self, folder: RunFolder) -> None:
        pass


def critic_of(folder: DirectoryFolder, step: int) -> dict[str, bytes]:
    """Return the critic and its optimiser after ``step``."""
    tensors = load(folder.read(f"checkpoints/step-{step:09d}.safetensors"))
    found = {key: t for key, t in tensors.items() if key.startswith("critic")}
    # as bytes, which numpy has for every type
    return {key: t.flatten().view(torch.uint8).numpy().tobytes() for key, t in found.items()}
