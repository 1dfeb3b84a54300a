"""What holds a one-sided translation to its pictures: each patch of a result knows its own among those of the picture (CUT)."""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from components.networks.patch_projection import project
from components.networks.translation import Passage, ResnetNet, UnetNet
from components.training.translation.journey import Journey
from components.training.translation.settings import TranslationSettings
from components.training.translation.state import TranslationState

__all__ = ["contrastive_terms", "patch_loss"]

_TEMPERATURE = 0.07
"""Of Park et al. 2020, section 3.2."""


def contrastive_terms(
    state: TranslationState, journey: Journey, passage: Passage, settings: TranslationSettings
) -> Mapping[str, tuple[float, Tensor]]:
    """Return the loss of patches, and that of pictures which are of the target domain already, with their weights.

    Park et al. 2020, equations 4 and 5: the encoder is the first half of the network that translates, the projections learn
    with it. The gradient passes through what is seen of the result alone, as in the authors' programme, so that the
    features of the pictures are those that the translation itself computed. Here a loss is the mean over the depths, as there.

    Args:
        state: of the training.
        journey: from A to B.
        passage: of the pictures of A.
        settings: of the training.
    """
    network = journey.way.network
    weight = settings.contrastive_weight
    terms = {"contrastive_loss": (weight, _loss(state, network, passage, settings))}
    if settings.identity_weight:
        same = network.watched(journey.wanted)
        lost = _loss(state, network, same, settings)
        terms["identity_loss"] = (weight * settings.identity_weight, lost)
    return terms


def patch_loss(queries: Tensor, keys: Tensor) -> Tensor:
    """Return the mean cross-entropy of telling the key of each query among those of its picture: PatchNCE, a scalar.

    Park et al. 2020, equation 3, with the other places of the same picture as negatives.

    Args:
        queries: of length 1, float32 (N, P, D).
        keys: in the same order.
    """
    with torch.autocast(queries.device.type, enabled=False):
        likeness = queries @ keys.mT / _TEMPERATURE  # (N, P, D) (N, D, P) -> (N, P, P)
    n, p, _ = likeness.shape
    own = torch.arange(p, device=likeness.device).repeat(n)
    return F.cross_entropy(likeness.flatten(0, 1), own)


def _loss(
    state: TranslationState, network: ResnetNet | UnetNet, passage: Passage, settings: TranslationSettings
) -> Tensor:
    places = [_places(maps, settings.contrastive_patches, state.sampling) for maps in passage.seen]
    # first: autocast of an older torch remembers weights as they were first cast, without a gradient where there was none
    queries = project(state.projections, network.encode(passage.made), places)
    with torch.no_grad():
        keys = project(state.projections, passage.seen, places)
    return torch.stack([patch_loss(*pair) for pair in zip(queries, keys, strict=True)]).mean()


def _places(maps: Tensor, most: int, rng: torch.Generator) -> Tensor:
    """Return up to so many places of ``maps`` (N, C, h, w), none twice, int64 (P,)."""
    count = maps.shape[2] * maps.shape[3]
    return torch.randperm(count, generator=rng)[:most].to(maps.device)
