"""One step of a style's training."""

import time
from collections.abc import Mapping

import torch

from components.training.engine.autocast import Autocast
from components.training.engine.averaging import average_weights
from components.training.engine.batches import Batches
from components.training.engine.optimizer_step import Update
from components.training.style.losses import PerceptualLoss
from components.training.style.settings import StyleSettings
from components.training.style.state import StyleState

__all__ = ["advance_style"]


def advance_style(
    state: StyleState, batches: Batches, judge: PerceptualLoss, settings: StyleSettings, autocast: Autocast
) -> Mapping[str, float]:
    """Make one step; return what it measured, by the names of the log."""
    begin = time.perf_counter()
    pictures, state.position = batches.take(state.position)
    pictures = pictures.contiguous()  # a normalisation that wants channels first would turn every map around
    with autocast():
        losses = judge(state.network(pictures), pictures)
    Update(state.optimizer)(losses.total)
    average_weights(state.average, state.network, settings.ema_decay, state.step)
    # one transfer for all: each would wait for the accelerator
    total, style, content, rough = torch.stack(losses).detach().tolist()
    state.step += 1
    state.seconds += time.perf_counter() - begin
    return {"loss": total, "style_loss": style, "content_loss": content, "roughness": rough}
