"""The finished networks of a translation."""

from collections.abc import Mapping

from components.networks.build import count_parameters
from components.training.checkpoints.final_weights import described_in, write_generator
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
    training = provenance(
        state,
        settings,
        data,
        recorder,
        generator_parameters=count_parameters(state.network),
        critic_parameters=count_parameters(state.critics) + count_parameters(state.frozen_critics),
    )
    note = described_in(
        settings, settings.name or data.dataset, settings.generator, domains=list(data.styles)
    )
    return write_generator(
        state.average,
        settings,
        data,
        folder,
        architecture=settings.generator,
        note=note,
        training=training,
        metrics=metrics,
    )
