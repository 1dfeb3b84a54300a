"""The number that trials are compared by: how far their samples are from real pictures."""

from statistics import fmean
from typing import final

import numpy as np
import torch

from components.evaluation import to_bytes
from components.networks.latents import draw_latents
from components.networks.sliced_wasserstein import patches, sliced_distance
from interfaces.errors import DataError
from interfaces.ipdt import IPDT
from interfaces.ports import LatentView
from pipeline.sweep.settings import MetricSettings

__all__ = ["SampleDistance"]

_BATCH = 64


@final
class SampleDistance:
    """Sliced Wasserstein distance of samples from one fixed noise to training pictures, x1000.

    The mean over the scales, as ``swd_mean`` of `components.evaluation.SlicedWasserstein`. The test split is
    left for judging what was chosen. Noise and real pictures are the sweep's own, so that no setting of a trial
    changes how it is judged.

    Args:
        pack: the data.
        settings: how many pictures, patches and directions.

    Raises:
        DataError: there are fewer than two training pictures.
    """

    def __init__(self, pack: IPDT, settings: MetricSettings) -> None:
        rows = np.flatnonzero(np.asarray(pack.is_test) == 0)
        count = min(settings.pictures, len(rows) // 2)
        if not count:
            raise DataError(f"{pack.dataset}: wanted two training pictures at least, got {len(rows)}")
        order = np.random.default_rng(settings.seed).permutation(rows)
        real, other = np.sort(order[:count]), np.sort(order[count : 2 * count])
        self._settings = settings
        self._labels = torch.from_numpy(np.asarray(pack.labels, dtype=np.int64)[real])
        self._real = self._patches(_pictures(pack, real), 1)
        self.floor = self._distance(self._patches(_pictures(pack, other), 2))
        """The distance of other real pictures: none can be expected to beat it."""

    def __call__(self, view: LatentView) -> float:
        """Return the distance of the model's samples as it is now."""
        rng = torch.Generator().manual_seed(self._settings.seed)
        latents = draw_latents(len(self._labels), view.takes, rng)
        labels = self._labels if view.labels else None
        batches = [
            view.sample(
                latents[start : start + _BATCH], None if labels is None else labels[start : start + _BATCH]
            )
            for start in range(0, len(latents), _BATCH)
        ]
        return self._distance(self._patches(to_bytes(torch.cat(batches)), 0))

    def _patches(self, images: torch.Tensor, lot: int) -> dict[int, torch.Tensor]:
        return dict(patches(images, self._settings.patches, self._settings.seed + lot))

    def _distance(self, sample: dict[int, torch.Tensor]) -> float:
        directions, seed = self._settings.directions, self._settings.seed
        return fmean(
            1000 * sliced_distance(sample[side], real, directions, seed) for side, real in self._real.items()
        )


def _pictures(pack: IPDT, rows: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(pack.images[rows])).permute(0, 3, 1, 2)  # (N, C, H, W)
