"""Recognises a training that has collapsed: from what it measures, and from nothing else."""

import math
from collections.abc import Mapping
from typing import Literal, final

import torch
from pydantic import Field

from components.training.adversarial.losses import LOSSES
from components.training.engine.collapse_log import Collapse
from components.training.gan.settings import GanSettings
from interfaces.contract import Contract
from interfaces.said import Said

__all__ = ["CollapseDetector", "CollapseKind", "Health"]

CollapseKind = Literal["lost-diversity", "saturated-critic", "not-a-number"]

_SHARE = 0.3
_FLOOR = 0.1
_WELL = 0.6
_GRACE_LOOKS = 10
_PATIENCE_LOOKS = 4
_DECIDED = 0.01
_PATIENCE_STEPS = 200
_RELIEF_STEPS = 10


class Health(Contract):
    """What collapses are recognised by, and what was done about those so far: a part of every checkpoint."""

    looks: int = Field(0, ge=0)
    """How often the diversity was measured since the beginning, or since the last rollback."""
    diversity: float = Field(0.0, ge=0)
    """As it was measured last."""
    peak: float = Field(0.0, ge=0, le=1)
    """The greatest so far; more than the real images have counts as 1."""
    lost: int = Field(0, ge=0)
    """Looks in a row at which it was too low."""
    saturated: int = Field(0, ge=0)
    """Steps in which the critic was sure of everything; one in which it was not undoes ten."""
    collapsed: bool = False
    """Whether a collapse was reported that is not over."""
    rollbacks: tuple[CollapseKind, ...] = ()
    """What the training was set back for."""
    reports: int = Field(0, ge=0)
    """Collapses so far."""

    @property
    def good(self) -> bool:
        """Whether this is a state to return to: not collapsed, nor on the way there."""
        calm = self.lost == 0 and self.saturated <= _RELIEF_STEPS
        return calm and not self.collapsed and self.diversity >= _WELL * self.peak


@final
class CollapseDetector:
    """Judges each step of a training.

    - *Lost diversity*: at four looks in a row, less than 0.3 of the most that was reached, or than 0.1 of the
      real images'. The first ten looks are not judged, nor one that is better than all before: images from
      random weights are alike.
    - *Saturated critic*: for about 200 steps, its loss is below a hundredth of that of a critic that scores all
      images alike. A loss without such a bound, Wasserstein's, cannot saturate.
    - *Not a number*: anything measured is not finite.
    """

    def __init__(self, settings: GanSettings) -> None:
        self._settings = settings
        undecided = torch.zeros(1)
        loss = LOSSES[settings.loss].critic(undecided, undecided).item()
        self._saturation = _DECIDED * loss if loss > 0 else -math.inf

    def judge(self, health: Health, values: Mapping[str, float]) -> tuple[Health, Collapse | None]:
        """Return the health after a step that measured ``values``, and the collapse if one shows in it.

        It is told once, until it is over.
        """
        for name, value in values.items():
            if not math.isfinite(value):
                return health, self.diverged(name, value)
        limit = max(_SHARE * health.peak, _FLOOR)
        now = self._count(health, values, limit)
        if health.collapsed:
            over = now.saturated == 0 and now.diversity >= max(_WELL * now.peak, _FLOOR)
            return Health(**{**dict(now), "collapsed": not over}), None
        if now.lost >= _PATIENCE_LOOKS:
            return now, self._collapse("lost-diversity", "diversity", now.diversity, limit)
        if now.saturated >= _PATIENCE_STEPS:
            loss = values["critic_loss"]
            return now, self._collapse("saturated-critic", "critic_loss", loss, self._saturation)
        return now, None

    def diverged(self, measured: str, value: float = math.nan) -> Collapse:
        """Return the collapse of a training where something that was ``measured`` is not finite."""
        return self._collapse("not-a-number", measured, value, None)

    def _count(self, health: Health, values: Mapping[str, float], limit: float) -> Health:
        if values["critic_loss"] < self._saturation:
            saturated = min(_PATIENCE_STEPS, health.saturated + 1)
        else:
            saturated = max(0, health.saturated - _RELIEF_STEPS)
        now = {**dict(health), "saturated": saturated}
        if "diversity" in values:
            now |= _look(health, values["diversity"], limit)
        return Health(**now)

    def _collapse(self, kind: CollapseKind, measured: str, value: float, threshold: float | None) -> Collapse:
        return Collapse(kind, measured, value, threshold, _ADVICE[kind] + _now(self._settings))


def _look(health: Health, diversity: float, limit: float) -> dict[str, float]:
    poor = health.looks >= _GRACE_LOOKS and diversity < limit and diversity <= health.peak
    return {
        "looks": health.looks + 1,
        "diversity": diversity,
        "peak": max(health.peak, min(1.0, diversity)),
        "lost": health.lost + 1 if poor else 0,
    }


_ADVICE: Mapping[CollapseKind, str] = {
    "lost-diversity": Said(
        "the generator makes the same image again and again; a gradient penalty prevents it best "
        "(preset wgan-gp), else a smaller learning_rate, a larger batch, or normalisation=batch in both networks"
    ),
    "saturated-critic": Said(
        "the critic tells all images apart and teaches nothing more; make it weaker: "
        "augment=colour,shift (few images need it most), a smaller critic.width, or correction=penalty"
    ),
    "not-a-number": Said(
        "the weights have grown beyond all bounds; train with a smaller learning_rate, "
        "correction=clipping, or precision=float32"
    ),
}


def _now(settings: GanSettings) -> str:
    augment = ",".join(settings.augment) or "none"
    return (
        f". Now: learning_rate={settings.learning_rate:g}, batch={settings.batch}, "
        f"correction={settings.correction}, augment={augment}"
    )
