"""Which settings of a translation's training do not go together."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from components.networks.projected import ProjectedCritic

if TYPE_CHECKING:
    from components.training.translation.settings import TranslationSettings

__all__ = ["contradictions"]

_BETWEEN = ("between_noise", "between_bits", "between_blur")
_OF_CYCLES = ("cycle_weight", *_BETWEEN)
_OF_PATCHES = ("contrastive_weight", "contrastive_patches")


def contradictions(settings: "TranslationSettings") -> Iterator[str]:
    """Yield one sentence for each, which begins with the setting to change."""
    side = settings.generator.side
    if settings.steps is not None and settings.epochs is not None:
        yield f"wanted steps or epochs, got both: {settings.steps} and {settings.epochs}"
    if settings.square_side < side:
        yield f"squares: wanted at least the side of the generator, {side}, got {settings.square_side}"
    if side < settings.critic.least_side:
        yield (
            f"critic.field: wanted one that leaves scores of {side} px, got {settings.critic.field}, which needs "
            f"{settings.critic.least_side}"
        )
    if settings.pretrain_steps and settings.start is not None:
        yield (
            f"pretrain_steps: wanted 0 with a start, whose networks have learnt what pictures are like, got "
            f"{settings.pretrain_steps}"
        )
    yield from _of_ways(settings)
    if settings.frozen_critic != ProjectedCritic() and not settings.frozen_weight:
        yield "frozen_weight: wanted more than 0, since something is said of frozen_critic, got 0"


def _of_ways(settings: "TranslationSettings") -> Iterator[str]:
    """Yield what does not go with how a result is held to its picture: by a cycle, by pairs, by its patches."""
    both_ways = settings.generator.both_ways
    if settings.contrastive:
        if both_ways:
            yield "generator.both_ways: wanted false, since contrastive learns the way from A to B alone, got true"
        if settings.paired:
            yield "paired: wanted false, since contrastive is how to do without pairs, got true"
        yield from _set_for_nothing(settings, _OF_CYCLES, "without contrastive, which has no cycle")
    else:
        if not (both_ways or settings.paired):
            yield (
                "generator.both_ways: wanted true, since a cycle needs a way back, or paired=true, or contrastive=true, "
                "got false"
            )
        yield from _set_for_nothing(settings, _OF_PATCHES, "with contrastive=true")
    if settings.paired:
        yield from _set_for_nothing(settings, _BETWEEN, "without paired, where there is no cycle")


def _set_for_nothing(settings: "TranslationSettings", names: Sequence[str], wanted: str) -> Iterator[str]:
    usual = type(settings).model_fields
    for name in names:
        if getattr(settings, name) != usual[name].default:
            yield f"{name}: wanted {wanted}, got {getattr(settings, name)}"
