"""The finished network of one style."""

from collections.abc import Mapping
from importlib.metadata import version

from pydantic import JsonValue

from components.networks.build import count_parameters
from components.training.checkpoints.final_weights import describe, write_weights
from components.training.engine.provenance import provenance
from components.training.engine.recorder import Recorder
from components.training.style.settings import StyleSettings
from components.training.style.state import StyleState
from interfaces.igme import IGME
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder

__all__ = ["write_style"]


def write_style(
    state: StyleState,
    settings: StyleSettings,
    data: IPDT,
    folder: RunFolder,
    recorder: Recorder,
    metrics: Mapping[str, float],
) -> IGME:
    """Write ``model.safetensors`` and ``model.json``; equal states give equal bytes of the former.

    Both say by name and digest whose style it is.
    """
    training = provenance(state, settings, data, recorder, parameters=count_parameters(state.network))
    name = settings.name or data.dataset
    note: dict[str, JsonValue] = {
        "artgen": version("artgen"),
        "name": name,
        "licence": settings.licence,
        "architecture": settings.network.model_dump(),
        "style_sha256": recorder.digests["style"],
    }
    path, digest = write_weights(state.average, folder, note, half=settings.store_half)
    model = IGME(
        name=name,
        architecture=settings.network,
        weights_path=path,
        weights_sha256=digest,
        styles=data.styles,
        licence=settings.licence,
        training=training,
        metrics=dict(metrics),
    )
    describe(model, folder, "model.json")
    return model
