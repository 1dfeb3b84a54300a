"""The finished networks of a translation."""

from collections.abc import Mapping
from importlib.metadata import version

from pydantic import JsonValue

from components.networks.build import count_parameters
from components.training.checkpoints.final_weights import describe, write_weights
from components.training.engine.provenance import provenance
from components.training.engine.recorder import Recorder
from components.training.translation.settings import TranslationSettings
from components.training.translation.state import TranslationState
from interfaces.igme import IGME
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder

__all__ = ["write_translation"]


def write_translation(
    state: TranslationState,
    settings: TranslationSettings,
    data: IPDT,
    folder: RunFolder,
    recorder: Recorder,
    metrics: Mapping[str, float],
) -> IGME:
    """Write ``model.safetensors`` and ``model.json``, with both directions; equal states give equal bytes of the former."""
    name = settings.name or data.dataset
    note: dict[str, JsonValue] = {
        "artgen": version("artgen"),
        "name": name,
        "licence": settings.licence,
        "architecture": settings.generator.model_dump(),
        "domains": list(data.styles),
    }
    path, digest = write_weights(state.average, folder, note, half=settings.store_half)
    training = provenance(
        state,
        settings,
        data,
        recorder,
        generator_parameters=count_parameters(state.network),
        critic_parameters=count_parameters(state.critics) + count_parameters(state.frozen_critics),
    )
    model = IGME(
        name=name,
        architecture=settings.generator,
        weights_path=path,
        weights_sha256=digest,
        styles=data.styles,
        licence=settings.licence,
        training=training,
        metrics=dict(metrics),
    )
    describe(model, folder, "model.json")
    return model
