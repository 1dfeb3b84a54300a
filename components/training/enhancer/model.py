"""The finished enhancement network, and what an observer sees of the unfinished one."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
from pydantic import JsonValue
from torch import Tensor

from components.networks.build import count_parameters
from components.training.checkpoints.final_weights import describe, write_weights
from components.training.engine.provenance import provenance
from components.training.engine.recorder import Recorder
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
    pack: IPDT
    _validation: Validation

    @property
    def step(self) -> int:
        """Steps so far."""
        return self.state.step

    @property
    def steps(self) -> int:
        """Steps in all."""
        return self.settings.steps

    @property
    def epoch(self) -> int:
        """How often the data were gone through so far."""
        return self.state.epoch

    def preview(self, count: int) -> Tensor:
        """Return pictures that were held out, by fours: see `Validation.show`."""
        return self._validation.show(self.state.average, count)


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
    state: EnhancerState, settings: EnhancerSettings, data: IPDT, rows: np.ndarray, recorder: Recorder
) -> dict[str, JsonValue]:
    """Return the provenance of a network that learnt from ``rows`` of the ``data``."""
    pictures = len(rows if data.pictures is None else np.unique(data.pictures[rows]))
    return provenance(
        state,
        settings,
        data,
        recorder,
        images=len(rows),
        pictures=pictures,
        held_out=len(data.images) - len(rows),
        parameters=count_parameters(state.network),
    )
