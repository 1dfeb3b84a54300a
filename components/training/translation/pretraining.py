"""Before it translates: a generator learns what pictures are like by filling in hidden parts (Torbunov et al. 2022, UVCGAN)."""

import torch
import torch.nn.functional as F
from torch import Tensor

from components.networks.translation import TranslationNet
from components.training.engine.autocast import Autocast
from components.training.engine.averaging import average_weights
from components.training.engine.optimizer_step import Update
from components.training.translation.settings import TranslationSettings
from components.training.translation.state import TranslationState

__all__ = ["fill_in", "hidden_parts", "with_hidden_parts"]

_SHARE = 0.4
"""Of the squares that are hidden."""
_SQUARES = 8
"""In a row: theirs are 32 of 256 pixels."""


def fill_in(
    state: TranslationState, a: Tensor, b: Tensor, settings: TranslationSettings, autocast: Autocast
) -> dict[str, Tensor]:
    """Make a step in which the network from A to B learns to fill in hidden parts, with both domains alike; return its loss.

    As UVCGAN's authors do it (their programme's ``joint``): one network for the pictures of both domains, by the mean
    absolute difference of the whole picture, and with the last such step both generators begin from it. Ours has their
    optimiser's decays without its decay of weights, and no schedule. What it remembers ends with it: the translation has
    an optimiser of its own, which begins anew.

    Args:
        state: of the training.
        a: pictures of A, float32 (N, 3, H, W) in [-1, 1].
        b: of B.
        settings: of the training.
        autocast: the precision.
    """
    assert state.pretraining is not None  # noqa: S101  # the settings have steps of it
    network, average = state.network.a_to_b, state.average.a_to_b
    pictures = torch.cat([a, b])
    with autocast():
        loss = F.l1_loss(network(with_hidden_parts(pictures, state.hiding)), pictures)
    Update(state.pretraining)(loss)
    average_weights(average, network, settings.ema_decay, state.step)
    for mean, latest in zip(average.buffers(), network.buffers(), strict=True):
        mean.copy_(latest)
    if state.step + 1 == settings.pretrain_steps:
        _hand_over(state.network)
        state.average.load_state_dict(state.network.state_dict())
        state.pretraining.state.clear()
    return {"filling_loss": loss.detach()}


def _hand_over(networks: TranslationNet) -> None:
    if networks.b_to_a is not None:
        networks.b_to_a.load_state_dict(networks.a_to_b.state_dict())


def with_hidden_parts(images: Tensor, rng: torch.Generator) -> Tensor:
    """Return ``images`` (N, C, H, W) in [-1, 1] with middle grey in place of `hidden_parts`."""
    return images.masked_fill(hidden_parts(images, rng), 0.0)


def hidden_parts(images: Tensor, rng: torch.Generator) -> Tensor:
    """Return which pixels of ``images`` (N, C, H, W) are hidden, bool (N, 1, H, W): two squares of five, an eighth of the side each.

    Args:
        images: of which the sizes are those of the squares.
        rng: draws them, on the CPU.
    """
    n, _, height, width = images.shape
    side = max(1, min(height, width) // _SQUARES)
    rows, columns = (-(-length // side) for length in (height, width))
    squares = torch.rand(n, 1, rows, columns, generator=rng) < _SHARE
    whole = squares.repeat_interleave(side, 2).repeat_interleave(side, 3)
    return whole[:, :, :height, :width].to(images.device)
