"""One step of an enhancement network's training."""

import time
from collections.abc import Mapping
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from components.networks.squeezenet import SqueezeNetFeatures
from components.training.batches import Position
from components.training.crops import Crops, Pairs
from components.training.enhancer_settings import EnhancerSettings
from components.training.enhancer_state import EnhancerState
from components.training.steps import Autocast, average_weights
from components.training.update import Update

__all__ = ["EnhancerLosses", "advance_enhancer", "compare"]


class EnhancerLosses(NamedTuple):
    """What one step measured; scalars."""

    total: Tensor
    pixels: Tensor
    """Mean absolute difference."""
    features: Tensor
    """Mean absolute difference of features, of order 1; 0 where they do not count."""


def advance_enhancer(
    state: EnhancerState,
    crops: Crops,
    settings: EnhancerSettings,
    autocast: Autocast,
    features: SqueezeNetFeatures | None,
) -> Mapping[str, float]:
    """Make one step; return what it measured, by the names of the log."""
    begin = time.perf_counter()
    pairs = crops.take(state.step)
    counts = features is not None and state.step >= settings.perceptual_from
    with autocast():
        made = state.network(pairs.small)
        losses = compare(made, pairs, features if counts else None, settings.perceptual_weight)
    Update(state.optimizer, settings.clip_gradients)(losses.total)
    average_weights(state.average, state.network, settings.ema_decay, state.step)
    measured = {"loss": losses.total, "pixel_loss": losses.pixels}
    if counts:
        measured["perceptual_loss"] = losses.features
    numbers = torch.stack(list(measured.values())).detach().tolist()
    state.step += 1
    state.position = Position(*divmod(state.step * settings.batch, len(crops)))
    state.seconds += time.perf_counter() - begin
    return dict(zip(measured, numbers, strict=True))


def compare(made: Tensor, pairs: Pairs, features: SqueezeNetFeatures | None, weight: float) -> EnhancerLosses:
    """Return the losses of ``made`` (N, 3, H, W), about in [0, 1], beside the large crops of ``pairs``."""
    pixels = F.l1_loss(made, pairs.large)
    if features is None:
        return EnhancerLosses(pixels, pixels, torch.zeros_like(pixels))
    with torch.no_grad():
        wanted = features(pairs.large * 2 - 1)
    found = features(made * 2 - 1)
    distance = torch.stack(
        [F.l1_loss(a.float(), b.float()) for a, b in zip(found, wanted, strict=True)]
    ).mean()
    return EnhancerLosses(pixels + weight * distance, pixels, distance)
