"""How well a network enlarges pictures that it has not learnt from."""

from collections.abc import Mapping
from functools import cached_property
from typing import final

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from components.training.enhancer.crops import to_images
from components.training.enhancer.degradation import shrink
from interfaces.ipdt import IPDT

__all__ = ["Validation", "ratio_db"]

_MOST = 64
_BATCH = 8
_KINDS = 4


@final
class Validation:
    """Compares enlargements of clean small pictures with the truth and with Pillow's bicubic filter.

    The truth is what the data say shall become of their images, or the images themselves, made small here.

    Args:
        data: RGB squares.
        rows: of the pictures that are held out, of which 64 are looked at, evenly chosen.
        scale: by which they are made small, by bicubic.
        device: of the network.
    """

    def __init__(self, data: IPDT, rows: np.ndarray, scale: int, device: torch.device) -> None:
        chosen = rows[np.linspace(0, len(rows) - 1, min(_MOST, len(rows))).round().astype(int)]
        if data.targets is None:
            self._large = np.asarray(data.images[chosen])
            self._small = np.stack([shrink(picture, scale) for picture in self._large])
        else:
            self._large, self._small = np.asarray(data.targets[chosen]), np.asarray(data.images[chosen])
        self._device = device

    @torch.no_grad()
    def measure(self, network: nn.Module) -> Mapping[str, float]:
        """Return ``psnr`` of the network and ``bicubic_psnr``: dB after rounding to 8 bits, means of pictures."""
        made = np.concatenate([self._enlarge(network, start) for start in range(0, len(self._small), _BATCH)])
        return {"psnr": ratio_db(made, self._large), "bicubic_psnr": self._bicubic_psnr}

    def show(self, network: nn.Module, count: int) -> Tensor:
        """Return ``count`` pictures, float32 (count, 3, side, side) in [-1, 1], by fours.

        The small one (its pixels as squares), bicubic, the network's, the truth; then the next picture held out.
        """
        wanted = -(-count // _KINDS)
        made = [self._enlarge(network, start, 1) for start in range(min(wanted, len(self._large)))]
        side = self._large.shape[1]
        shown: list[np.ndarray] = []
        for index in range(wanted):
            index %= len(self._large)
            blocks = _resize(self._small[index], side, Image.Resampling.NEAREST)
            shown += [blocks, self._bicubic[index], made[index][0], self._large[index]]
        return to_images(np.stack(shown[:count]), torch.device("cpu")).mul_(2).sub_(1)

    @cached_property
    def _bicubic(self) -> np.ndarray:
        side = self._large.shape[1]
        return np.stack([_resize(picture, side, Image.Resampling.BICUBIC) for picture in self._small])

    @cached_property
    def _bicubic_psnr(self) -> float:
        return ratio_db(self._bicubic, self._large)

    @torch.no_grad()
    def _enlarge(self, network: nn.Module, start: int, count: int = _BATCH) -> np.ndarray:
        large: Tensor = network(to_images(self._small[start : start + count], self._device))
        return large.mul(255).round().clamp(0, 255).byte().permute(0, 2, 3, 1).cpu().numpy()


def ratio_db(made: np.ndarray, wanted: np.ndarray) -> float:
    """Return the peak signal-to-noise ratio of uint8 pictures (N, H, W, 3) in dB, the mean over them.

    >>> black, grey = np.zeros((1, 2, 2, 3), np.uint8), np.full((1, 2, 2, 3), 51, np.uint8)
    >>> round(ratio_db(black, grey), 3)  # a fifth of the range
    13.979
    """
    errors = (made.astype(np.float64) - wanted) ** 2
    # equal pictures count as if one byte differed by one: an infinite mean would say nothing of the others
    floor = 1 / errors[0].size
    return float((10 * np.log10(255**2 / np.maximum(errors.mean((1, 2, 3)), floor))).mean())


def _resize(picture: np.ndarray, side: int, method: Image.Resampling) -> np.ndarray:
    return np.asarray(Image.fromarray(picture).resize((side, side), method))
