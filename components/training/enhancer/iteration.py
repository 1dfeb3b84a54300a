"""One step of an enhancement network's training."""

import time
from collections.abc import Mapping
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from components.networks.squeezenet import SqueezeNetFeatures
from components.networks.unet_critic import UnetCriticNet
from components.training.adversarial.losses import LOSSES
from components.training.adversarial.steps import compare_scores
from components.training.checkpoints.position import Position
from components.training.engine.autocast import Autocast
from components.training.engine.averaging import average_weights
from components.training.engine.optimizer_step import Update
from components.training.enhancer.crops import Crops, Pairs
from components.training.enhancer.settings import EnhancerSettings
from components.training.enhancer.state import Adversary, EnhancerState
from components.training.settings.random_sources import random_source

__all__ = [
    "EnhancerLosses",
    "advance_enhancer",
    "compare",
    "criticise",
    "deceive",
    "feature_corner",
    "repeated_error",
]


class EnhancerLosses(NamedTuple):
    """What one step measured; scalars."""

    total: Tensor
    """Of pixels and features."""
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
    looking = features if state.step >= settings.perceptual_from else None
    adversary = state.adversary if state.step >= settings.adversarial_from else None
    with autocast():
        made = state.network(pairs.small)
        corner = feature_corner(settings, state.step)
        losses = compare(made, pairs, looking, settings.perceptual_weight, corner)
    measured = {"loss": losses.total, "pixel_loss": losses.pixels}
    if looking is not None:
        measured["perceptual_loss"] = losses.features
    if settings.grid_weight > 0:
        measured["grid_loss"] = repeated_error(made.float() - pairs.large, settings.network.scale)
        measured["loss"] = losses.total + settings.grid_weight * measured["grid_loss"]
    if adversary is not None:
        measured["adversarial_loss"] = deceive(adversary.critic, made, settings, autocast)
        measured["loss"] = measured["loss"] + settings.adversarial_weight * measured["adversarial_loss"]
    Update(state.optimizer, settings.clip_gradients)(measured["loss"])
    if adversary is not None:
        measured |= criticise(adversary, pairs.large, made.detach(), settings, autocast)
    average_weights(state.average, state.network, settings.ema_decay, state.step)
    # one transfer for all: each would wait for the accelerator
    numbers = torch.stack(list(measured.values())).detach().tolist()
    state.step += 1
    state.position = Position(*divmod(state.step * settings.batch, len(crops)))
    state.seconds += time.perf_counter() - begin
    return dict(zip(measured, numbers, strict=True))


def feature_corner(settings: EnhancerSettings, step: int) -> tuple[int, int]:
    """Draw by how many pixels the features of this step are moved: see `compare`."""
    rng = random_source(settings.seed, f"corner {step}")
    down, right = torch.randint(settings.network.scale, (2,), generator=rng).tolist()
    return down, right


def compare(
    made: Tensor,
    pairs: Pairs,
    features: SqueezeNetFeatures | None,
    weight: float,
    corner: tuple[int, int] = (0, 0),
) -> EnhancerLosses:
    """Return the losses of ``made`` (N, 3, H, W), about in [0, 1], beside the large crops of ``pairs``.

    SqueezeNet begins with steps of two pixels. It takes what changes from each pixel to the next for coarser texture,
    and sees some pixels less than others; a network that learns from that weaves a grid over the whole picture.
    Therefore it looks at pictures twice as large, and ``corner`` is how many pixels further down and right its own grid
    is put.
    """
    pixels = F.l1_loss(made, pairs.large)
    if features is None:
        return EnhancerLosses(pixels, pixels, torch.zeros_like(pixels))
    with torch.no_grad():
        wanted = features(_for_features(pairs.large, corner))
    found = features(_for_features(made, corner))
    distance = torch.stack(
        [F.l1_loss(a.float(), b.float()) for a, b in zip(found, wanted, strict=True)]
    ).mean()
    return EnhancerLosses(pixels + weight * distance, pixels, distance)


def repeated_error(errors: Tensor, scale: int) -> Tensor:
    """Return how much of ``errors`` (N, 3, H, W) has a place of its own in the blocks of ``scale`` x ``scale`` pixels.

    The network makes each place of a block by channels of its own. Over a whole picture, errors that are not its doing
    have the same mean at every place; what differs is a grid of dots. Mean absolute value.
    """
    means: Tensor = F.pixel_unshuffle(errors, scale).mean((2, 3)).unflatten(1, (3, -1))  # (N, 3, scale²)
    apart: Tensor = means - means.mean(2, keepdim=True)
    return apart.abs().mean()


def _for_features(images: Tensor, corner: tuple[int, int]) -> Tensor:
    down, right = corner
    moved = F.pad(images, (right, 0, down, 0), "reflect")
    return F.interpolate(moved, scale_factor=2, mode="bilinear") * 2 - 1


def deceive(critic: UnetCriticNet, made: Tensor, settings: EnhancerSettings, autocast: Autocast) -> Tensor:
    """Return the loss of ``made`` (N, 3, H, W), about in [0, 1], before the critic, which does not learn by it."""
    critic.requires_grad_(False)  # saves the gradients of its weights
    try:
        with autocast():
            scores = critic(made * 2 - 1)
    finally:
        critic.requires_grad_(True)
    return LOSSES[settings.adversarial_loss].generator(scores.float())


def criticise(
    adversary: Adversary, real: Tensor, made: Tensor, settings: EnhancerSettings, autocast: Autocast
) -> Mapping[str, Tensor]:
    """Update the critic once, so that it scores each pixel of ``real`` high and of ``made`` low."""
    with autocast():
        scores = adversary.critic(torch.cat([real, made]) * 2 - 1).float()
    update = Update(adversary.optimizer, settings.clip_gradients)
    of_real, of_made = scores.chunk(2)
    judged = compare_scores(update, of_real, of_made, LOSSES[settings.adversarial_loss])
    return {"critic_loss": judged.loss, "real_score": judged.real_score, "fake_score": judged.fake_score}
