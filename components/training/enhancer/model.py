"""The finished enhancement network."""

from collections.abc import Mapping

import numpy as np
from pydantic import JsonValue

from components.networks.build import count_parameters
from components.training.checkpoints.final_weights import describe, described_in, write_weights
from components.training.engine.provenance import provenance
from components.training.engine.recorder import Recorder
from components.training.enhancer.settings import EnhancerSettings
from components.training.enhancer.state import EnhancerState
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder
from interfaces.trained_enhancer import TrainedEnhancer

__all__ = ["ENHANCER_FILE", "describe_training", "write_enhancer"]

ENHANCER_FILE = "enhancer.json"


def write_enhancer(
    state: EnhancerState,
    settings: EnhancerSettings,
    folder: RunFolder,
    training: dict[str, JsonValue],
    metrics: Mapping[str, float],
) -> TrainedEnhancer:
    """Write ``model.safetensors`` and ``enhancer.json``; equal states give equal bytes of the former."""
    name = settings.name or str(training["dataset"])
    note = described_in(settings, name, settings.network)
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
