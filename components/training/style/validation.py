"""What a network of one style makes of pictures that stay the same, and how good that is."""

from collections.abc import Mapping
from typing import final

import numpy as np
import torch
from torch import Tensor, nn

from components.training.style.losses import PerceptualLoss
from interfaces.ipdt import IPDT

__all__ = ["Validation"]

_MOST = 16


@final
class Validation:
    """Up to 16 pictures of the test split, evenly chosen; of the training pictures where there is none.

    Args:
        data: RGB squares.
        judge: by which they are measured.
        device: of the network.
    """

    def __init__(self, data: IPDT, judge: PerceptualLoss, device: torch.device) -> None:
        held = np.flatnonzero(np.asarray(data.is_test) == 1)
        rows = held if len(held) else np.arange(len(data.images))
        chosen = rows[np.linspace(0, len(rows) - 1, min(_MOST, len(rows))).round().astype(int)]
        pixels = torch.from_numpy(np.asarray(data.images[chosen]))
        # (N, H, W, C) -> (N, C, H, W)
        self._pictures = pixels.permute(0, 3, 1, 2).float().div_(127.5).sub_(1).contiguous().to(device)
        self._judge = judge

    @torch.no_grad()
    def measure(self, network: nn.Module) -> Mapping[str, float]:
        """Return the losses, means of the pictures; see `StyleLosses`."""
        found = [self._judge(network(each), each) for each in self._pictures.split(1)]
        return {
            f"{name}_loss": float(torch.stack([getattr(one, name) for one in found]).mean())
            for name in ("style", "content")
        }

    @torch.no_grad()
    def show(self, network: nn.Module, count: int) -> Tensor:
        """Return ``count`` pictures, float32 (count, 3, side, side) in [-1, 1], by twos: one, and the network's; then the next."""
        wanted = -(-count // 2)
        pairs = [torch.cat([each, network(each)]) for each in self._pictures[:wanted].split(1)]
        shown = [pairs[index % len(pairs)] for index in range(wanted)]
        return torch.cat(shown)[:count].cpu()
