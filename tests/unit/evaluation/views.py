"""A training as observers see it, without one."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from interfaces.igme import Latent
from interfaces.ipdt import IPDT
from storage.run_folder import DirectoryFolder


class View:
    """A training of ten steps whose images are as bright as the first latent number."""

    def __init__(self, step: int) -> None:
        self.step = step
        self.steps = 10
        self.latent = 4
        self.labels = 0
        self.takes = Latent(length=4)
        self.values: Mapping[str, float] = {}
        self.epoch = step // 4
        self.pack = IPDT(
            dataset="none",
            fingerprint="a" * 64,
            folder=Path(),
            images=np.zeros((1, 8, 8, 3), np.uint8),
            labels=np.zeros(1, np.int64),
            is_test=np.zeros(1, np.uint8),
            styles=("none",),
        )

    def preview(self, count: int) -> Tensor:
        return self.sample(torch.zeros(count, self.latent))

    def sample(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        return latents[:, :1, None, None].clamp(-1, 1).expand(-1, 3, 8, 8)


def log_step(folder: DirectoryFolder, step: int, **more: float) -> None:
    """Write a line of the log as a training would whose steps take a second each."""
    losses = {"generator_loss": step, "critic_loss": -step, "real_score": 1, "fake_score": 0}
    folder.append("log.jsonl", json.dumps({"step": step, **losses, "seconds": step, **more}))
