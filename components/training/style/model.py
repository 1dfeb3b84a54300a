"""The finished network of one style."""

from collections.abc import Mapping

from components.networks.build import count_parameters
from components.training.checkpoints.final_weights import described_in, write_generator
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
    note = described_in(
        settings, settings.name or data.dataset, settings.network, style_sha256=recorder.digests["style"]
    )
    return write_generator(
        state.average,
        settings,
        data,
        folder,
        architecture=settings.network,
        note=note,
        training=provenance(state, settings, data, recorder, parameters=count_parameters(state.network)),
        metrics=metrics,
    )
