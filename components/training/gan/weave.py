"""Weave of generated images while a model is trained: whether the generator prints a pattern into all of them."""

from collections.abc import Iterator
from typing import final

import numpy as np
import torch
from torch import Tensor

from components.networks.latents import draw_latents
from components.networks.spectrum import mean_spectrum, weave
from components.training.gan.diversity import pixels_of
from components.training.gan.model import StateView
from components.training.gan.settings import GanSettings
from components.training.gan.state import draw_labels
from components.training.settings.random_sources import random_source
from interfaces.events import Listener, Notice
from interfaces.ipdt import IPDT

__all__ = ["WeaveWatch"]

_LOOKS = 10
"""Looks at the diversity for each at the weave: with the batch statistics of the averaged weights, which it wants anew,
one costs as much as about six steps of `projected`, so a good hundredth of the time."""
_GENERATED = 256
"""Fewer leave too much to chance: of 60 draws of real paintings of 64 px, against 2,048 others, the greatest ratio was
2.9 with 64, 1.9 with 256 and 1.6 with 512; three in 60 were above 2.0, 1.5 and 1.4."""
_REAL = 2048
_CHUNK = 64
_MUCH = 3.0
_GRACE_LOOKS = 2
_PATIENCE_LOOKS = 2


@final
class WeaveWatch:
    """Measures the weave of the averaged weights now and then, and warns once when it stays.

    It is no collapse, and the training does not go back for it: the same game would print the same pattern again.
    The averaged weights are what becomes the model, and those of one step may weave less: 2.8 and 4.4 in one training.

    Args:
        settings: of the training.
        data: its pack; 2,048 of the training images at the most are compared with.
        listener: is warned.
    """

    def __init__(self, settings: GanSettings, data: IPDT, listener: Listener | None) -> None:
        self._settings = settings
        self._data = data
        self._listener = listener
        self._every = _LOOKS * settings.watch_every
        self._real: Tensor | None = None
        self._strong = 0
        self._told = False

    def consider(self, view: StateView, values: dict[str, float]) -> None:
        """If it is time, or the training ends, add the ``weave`` to ``values``: the ratio at a period of two pixels."""
        if view.step % self._every and view.step != view.steps:
            return
        if self._real is None:
            self._real = self._spectrum_of_real()
        values["weave"] = weave(mean_spectrum(self._generated(view)), self._real).two_pixel
        # images from random weights weave, too, and one look may err
        judged = view.step > _GRACE_LOOKS * self._every
        self._strong = self._strong + 1 if judged and values["weave"] > _MUCH else 0
        if self._strong == _PATIENCE_LOOKS and not self._told and self._listener is not None:
            self._told = True
            self._listener(Notice(level="warning", text=self._advice(view.step, values["weave"])))

    def _generated(self, view: StateView) -> Iterator[Tensor]:
        rng = random_source(self._settings.seed, "weave")
        pool = view.state.label_pool
        for _ in range(_GENERATED // _CHUNK):
            latents = draw_latents(_CHUNK, view.takes, rng)
            yield view.sample(latents, draw_labels(None if pool is None else pool.cpu(), _CHUNK, rng))

    def _spectrum_of_real(self) -> Tensor:
        rng = random_source(self._settings.seed, "weave of real images")
        rows = np.flatnonzero(np.asarray(self._data.is_test) == 0)
        rows = np.sort(rows[torch.randperm(len(rows), generator=rng)[:_REAL].numpy()])
        chunks = np.array_split(rows, range(_CHUNK, len(rows), _CHUNK))
        return mean_spectrum((pixels_of(self._data, some) for some in chunks), mirrored=self._settings.flip)

    def _advice(self, step: int, found: float) -> str:
        way = (
            "a greater spectral_weight"
            if self._settings.spectral_weight
            else "spectral_weight=2, which lets the generator answer for its spectrum,"
        )
        return (
            f"the generator weaves: in step {step} its images have {found:.1f} times the power of real ones at a "
            "period of two pixels (1 is right), and every enlargement makes texture of it. It is no collapse, and the "
            f"training goes on; more steps may cure it, or another training with {way} that begins with this one's "
            "weights (start=FOLDER)"
        )
