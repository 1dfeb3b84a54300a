"""Keeps the best model of a training by a number that needs no weights."""

import math
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import final

import numpy as np
import safetensors.torch
import torch
from pydantic import Field, JsonValue, ValidationError
from torch import Tensor

from components.networks.latents import draw_latents
from components.networks.sliced_wasserstein import patches, sliced_distance
from components.training.gan.diversity import DiversityProbe
from components.training.gan.model import StateView
from components.training.gan.settings import GanSettings
from components.training.gan.state import draw_labels
from components.training.settings.random_sources import random_source
from interfaces.contract import Contract, Sha256
from interfaces.errors import StorageError
from interfaces.events import Listener, Notice
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder

__all__ = ["BestModel", "BestNote"]

_LOGGED = {"swd": "swd", "diversity": "average_diversity"}
"""Names in the log, which holds the diversity of the weights that are not averaged, too."""
_NOTE, _TENSORS = "checkpoints/best.json", "checkpoints/best.safetensors"
_PICTURES = 256
_PER_PICTURE = 64
_DIRECTIONS = 128


class BestNote(Contract):
    """What the best model so far is."""

    step: int = Field(ge=0)
    metric: str
    value: float
    distance: float = Field(ge=0)
    """From what the value would be at best."""
    sha256: Sha256
    """Of the safetensors file."""


@final
class BestModel:
    """``checkpoints/best.safetensors``, the averaged weights, and the note ``best.json`` that makes them count."""

    def __init__(self, settings: GanSettings, data: IPDT, folder: RunFolder, probe: DiversityProbe) -> None:
        self._settings = settings
        self._folder = folder
        self._measure: Callable[[StateView], float | None] = (
            (lambda view: probe.measure(view.sample))
            if settings.best_by == "diversity"
            else _SlicedDistance(settings, data)
        )

    def open(self, step: int) -> None:
        """Remove what another training left, where this one begins at ``step`` 0."""
        for name in (_NOTE, _TENSORS) if step == 0 else ():
            self._folder.delete(name)

    def consider(self, view: StateView, values: dict[str, float]) -> None:
        """If it is time, measure the averaged weights, add the number to ``values``, and keep the best.

        Those of a training about to collapse are measured, and not kept.
        """
        settings = self._settings
        due = view.step % settings.best_every == 0 or view.step == view.steps
        if settings.best_by == "none" or not due:
            return
        value = self._measure(view)
        if value is None or not math.isfinite(value):
            return
        values[_LOGGED[settings.best_by]] = value
        before = self.note()
        distance = value if settings.best_by == "swd" else abs(math.log(max(value, 1e-9)))
        if view.state.health.good and (before is None or distance < before.distance):
            self._write(view, value, distance)

    def note(self) -> BestNote | None:
        """Return what is kept, or None where nothing whole is, or it was chosen by another metric."""
        try:
            note = BestNote.model_validate_json(self._folder.read(_NOTE))
            content = self._folder.read(_TENSORS)
        except (StorageError, ValidationError):
            return None
        whole = sha256(content).hexdigest() == note.sha256
        return note if whole and note.metric == self._settings.best_by else None

    def restore(self, average: torch.nn.Module, listener: Listener | None) -> Mapping[str, JsonValue] | None:
        """Give ``average`` the best weights, where they are wanted, and return what they are.

        None where the last ones are wanted, or no whole best model is there, which the listener is told.
        """
        if self._settings.final == "last":
            return None
        note = self.note()
        if note is None:
            if listener is not None:
                text = (
                    f"final is best, but no whole best model by {self._settings.best_by} lies in "
                    f"{self._folder.path / _TENSORS}: the model is the last one"
                )
                listener(Notice(level="warning", text=text))
            return None
        average.load_state_dict(safetensors.torch.load(self._folder.read(_TENSORS)))
        return {"best_by": note.metric, "value": note.value, "step": note.step}

    def _write(self, view: StateView, value: float, distance: float) -> None:
        weights = view.state.average.state_dict()
        content = safetensors.torch.save({key: t.detach().cpu().contiguous() for key, t in weights.items()})
        self._folder.write(_TENSORS, content)
        note = BestNote(
            step=view.step,
            metric=self._settings.best_by,
            value=value,
            distance=distance,
            sha256=sha256(content).hexdigest(),
        )
        self._folder.write(_NOTE, (note.model_dump_json(indent=1) + "\n").encode())


@final
class _SlicedDistance:
    """Sliced Wasserstein distance of images from one noise to real ones, mean of the scales, times 1000."""

    def __init__(self, settings: GanSettings, data: IPDT) -> None:
        self._settings = settings
        self._data = data
        self._real: Mapping[int, Tensor] | None = None

    def __call__(self, view: StateView) -> float | None:
        rng = random_source(self._settings.seed, "sliced distance")
        rows = np.flatnonzero(np.asarray(self._data.is_test) == 0)
        rows = rows[torch.randperm(len(rows), generator=rng)[:_PICTURES].numpy()]
        if self._real is None:
            images = torch.from_numpy(self._data.images[np.sort(rows)]).permute(0, 3, 1, 2)
            self._real = patches(images, _PER_PICTURE, seed=0)
        latents = draw_latents(len(rows), view.takes, rng)
        pool = view.state.label_pool
        labels = draw_labels(None if pool is None else pool.cpu(), len(rows), rng)
        pixels = view.sample(latents, labels).add(1).mul(127.5).round().clamp(0, 255).byte()
        made = patches(pixels, _PER_PICTURE, seed=1)
        found = [sliced_distance(made[side], real, _DIRECTIONS, seed=0) for side, real in self._real.items()]
        return 1000 * sum(found) / len(found)
