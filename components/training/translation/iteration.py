"""One step of a translation's training: both generators, then both critics (Zhu et al. 2017, section 3)."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from components.networks.translation import Passage
from components.training.adversarial.losses import LEAST_SQUARES, LOSSES, Loss
from components.training.engine.autocast import Autocast
from components.training.engine.averaging import average_weights
from components.training.engine.optimizer_step import Update
from components.training.translation.between import changed_between
from components.training.translation.contrastive import contrastive_terms
from components.training.translation.domains import Domains
from components.training.translation.journey import Journey, Look, look_at
from components.training.translation.pretraining import fill_in
from components.training.translation.settings import TranslationSettings
from components.training.translation.state import TranslationState

__all__ = ["advance_translation"]


_LOSSES: Mapping[str, Loss] = {"least-squares": LEAST_SQUARES, "cross-entropy": LOSSES["cross-entropy"]}


class _Made(NamedTuple):
    """What the generators made in one step."""

    images: Sequence[Tensor]
    """By journey, without a graph."""
    looks: Sequence[Look]
    """By journey; none where there are no second critics."""


def advance_translation(
    state: TranslationState, domains: Domains, settings: TranslationSettings, autocast: Autocast, steps: int
) -> Mapping[str, float]:
    """Make one of so many ``steps``, the first ones of which may fill in hidden parts; return what it measured, by the names of the log."""
    begin = time.perf_counter()
    a, b, state.positions = domains.take(state.positions, state.cutting)
    if state.step < settings.pretrain_steps:
        measured = fill_in(state, a, b, settings, autocast)
    else:
        measured = _translate(state, a, b, settings, autocast, steps)
    # one transfer for all: each would wait for the accelerator
    numbers = torch.stack(list(measured.values())).tolist()
    state.step += 1
    state.seconds += time.perf_counter() - begin
    return dict(zip(measured, numbers, strict=True))


def _translate(
    state: TranslationState,
    a: Tensor,
    b: Tensor,
    settings: TranslationSettings,
    autocast: Autocast,
    steps: int,
) -> dict[str, Tensor]:
    """Update generators, critics and the running mean by pictures of A and of B."""
    step = state.step - settings.pretrain_steps
    for optimizer in (state.optimizer, state.critic_optimizer):
        for group in optimizer.param_groups:
            group["lr"] = settings.rate(step, steps - settings.pretrain_steps)
    given = {"a_to_b": (a, b), "b_to_a": (b, a)}
    journeys = [Journey(way, *given[name]) for name, way in state.ways.items()]
    made, measured = _move_generators(state, journeys, settings, autocast)
    measured |= _move_critics(state, journeys, made, settings, autocast)
    average_weights(state.average, state.network, settings.ema_decay, step)
    for mean, latest in zip(state.average.buffers(), state.network.buffers(), strict=True):
        mean.copy_(latest)  # statistics of batches are a running mean themselves
    return measured


def _move_generators(
    state: TranslationState, journeys: Sequence[Journey], settings: TranslationSettings, autocast: Autocast
) -> tuple[_Made, dict[str, Tensor]]:
    """Update the generators; return what each made, and what was measured."""
    loss = _LOSSES[settings.loss]
    judges = (state.critics, state.frozen_critics)
    for judge in judges:
        judge.requires_grad_(False)  # saves the gradients of weights that this does not change
    try:
        with autocast():
            passages = [journey.way.network.watched(journey.given) for journey in journeys]
            made = [passage.made for passage in passages]
            scores = [
                journey.way.critic(_shown(journey, images, settings))
                for journey, images in zip(journeys, made, strict=True)
            ]
            terms = {"generator_loss": (1.0, _sum(loss.generator(each.float()) for each in scores))}
            looks = [
                look
                for journey, images in zip(journeys, made, strict=True)
                if (look := look_at(journey, images, state.viewing))
            ]
            if looks:
                lost = _sum(loss.generator(look.scores()) for look in looks)
                terms["frozen_generator_loss"] = (settings.frozen_weight, lost)
            terms |= _kept(state, journeys, passages, settings)
        Update(state.optimizer)(_sum(weight * term for weight, term in terms.values()))
    finally:
        for judge in judges:
            judge.requires_grad_(True)
    measured = {name: term.detach() for name, (_, term) in terms.items()}
    return _Made([images.detach() for images in made], looks), measured


def _kept(
    state: TranslationState,
    journeys: Sequence[Journey],
    passages: Sequence[Passage],
    settings: TranslationSettings,
) -> Mapping[str, tuple[float, Tensor]]:
    """Return what holds results to their pictures, with its weight: cycles, the truth, or patches that know their own."""
    if settings.contrastive:
        return contrastive_terms(state, journeys[0], passages[0], settings)
    made, wanted = [passage.made for passage in passages], [journey.wanted for journey in journeys]
    if settings.paired:
        return {"pixel_loss": (settings.pixel_weight, _distance(made, wanted))}
    changed = [changed_between(images, settings, state.between) for images in made]
    back = [journey.way.network(images) for journey, images in zip(reversed(journeys), changed, strict=True)]
    cycle = _distance(back, [journey.given for journey in journeys])
    terms = {"cycle_loss": (settings.cycle_weight, cycle)}
    if settings.identity_weight:
        same = [journey.way.network(journey.wanted) for journey in journeys]
        weight = settings.cycle_weight * settings.identity_weight
        terms["identity_loss"] = (weight, _distance(same, wanted))
    return terms


def _move_critics(
    state: TranslationState,
    journeys: Sequence[Journey],
    made: _Made,
    settings: TranslationSettings,
    autocast: Autocast,
) -> dict[str, Tensor]:
    """Update the critics on pictures of the domains, and on results of now and before; return what was measured."""
    loss = _LOSSES[settings.loss]
    real, fake = [], []
    with autocast():
        for journey, images in zip(journeys, made.images, strict=True):
            shown = journey.way.pool.swap(_shown(journey, images, settings), state.swapping)
            real.append(journey.way.critic(_shown(journey, journey.wanted, settings)).float())
            fake.append(journey.way.critic(shown).float())
        lost = {"critic_loss": _sum(loss.critic(*scores) for scores in zip(real, fake, strict=True))}
        if made.looks:
            pairs = zip(journeys, made.looks, strict=True)
            compared = [look.comparison(journey.wanted) for journey, look in pairs]
            lost["frozen_critic_loss"] = _sum(loss.critic(*scores) for scores in compared)
    Update(state.critic_optimizer)(_sum(lost.values()))
    return {name: each.detach() for name, each in lost.items()} | {
        "real_score": _sum(scores.detach().mean() for scores in real) / len(real),
        "fake_score": _sum(scores.detach().mean() for scores in fake) / len(fake),
    }


def _shown(journey: Journey, images: Tensor, settings: TranslationSettings) -> Tensor:
    """Return what the first critic sees of ``images``: with pairs, what they were translated from beside them."""
    return torch.cat([journey.given, images], 1) if settings.paired else images


def _distance(made: Iterable[Tensor], wanted: Iterable[Tensor]) -> Tensor:
    return _sum(F.l1_loss(*pair) for pair in zip(made, wanted, strict=True))


def _sum(values: Iterable[Tensor]) -> Tensor:
    return torch.stack(list(values)).sum()
