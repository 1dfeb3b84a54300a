"""The finished enhancement network, and what an observer sees of the unfinished one."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
from pydantic import JsonValue
from torch import Tensor

from components.networks.build import count_parameters
from components.training.checkpoints.final_weights import describe, write_weights
from components.training.engine.recorder import Journal
from components.training.enhancer.settings import EnhancerSettings
from components.training.enhancer.state import EnhancerState
from components.training.enhancer.validation import Validation
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder
from interfaces.trained_enhancer import TrainedEnhancer

__all__ = ["ENHANCER_FILE", "EnhancerView", "describe_training", "write_enhancer"]

ENHANCER_FILE = "enhancer.json"


@dataclass
class EnhancerView:
    """A `TrainingView` of the training: its pictures come from no noise, but from what is held out."""

    state: EnhancerState
    settings: EnhancerSettings
    values: Mapping[str, float]
    _validation: Validation
    latent: int = 0
    labels: int = 0

    @property
    def step(self) -> int:
        """Steps so far."""
        return self.state.step

    @property
    def steps(self) -> int:
        """Steps in all."""
        return self.settings.steps

    def sample(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return as many pictures as ``latents`` has rows, by fours: see `Validation.show`."""
        return self._validation.show(self.state.average, len(latents))


def write_enhancer(
    state: EnhancerState,
    settings: EnhancerSettings,
    folder: RunFolder,
    training: dict[str, JsonValue],
    metrics: Mapping[str, float],
) -> TrainedEnhancer:
    """Write ``model.safetensors`` and ``enhancer.json``; equal states give equal bytes of the former."""
    name = settings.name or str(training["dataset"])
    note: dict[str, JsonValue] = {
        "artgen": version("artgen"),
        "name": name,
        "licence": settings.licence,
        "architecture": settings.network.model_dump(),
    }
    path, digest = write_weights(state.average, folder, note, half=settings.store_half)
    trained = TrainedEnhancer(
        name=name,
        architecture=settings.network,
        weights_path=path,
        weights_sha256=digest,
        licence=settings.licence,
        training=training,
        metrics=dict(metrics),
    )
    describe(trained, folder, ENHANCER_FILE)
    return trained


def describe_training(
    state: EnhancerState, settings: EnhancerSettings, data: IPDT, rows: np.ndarray, journal: Journal
) -> dict[str, JsonValue]:
    """Return the provenance of a network that learnt from ``rows`` of the ``data``."""
    values: dict[str, JsonValue] = settings.model_dump(mode="json")
    for name in ("features", "start", "teacher"):  # as names: the paths are this machine's
        values[name] = values[name] and Path(str(values[name])).name
    earlier: list[JsonValue] = [each.model_dump() for each in journal.earlier_data]
    return {
        "dataset": data.dataset,
        "data_fingerprint": data.fingerprint,
        "images": len(rows),
        "pictures": len(rows if data.pictures is None else np.unique(data.pictures[rows])),
        "held_out": len(data.images) - len(rows),
        "settings": values,
        "steps": state.step,
        "epochs": state.position.epoch + 1,
        "seconds": round(state.seconds, 3),
        "parameters": count_parameters(state.network),
        **{f"{name}_sha256": digest for name, digest in journal.digests.items()},
        **({"earlier_data": earlier} if earlier else {}),
    }
