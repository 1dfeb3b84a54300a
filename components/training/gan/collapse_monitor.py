"""Watches over a training: looks at every step, and brings it back when it has collapsed."""

from typing import final

from components.training.engine.collapse_log import Collapse
from components.training.gan.collapse import CollapseDetector
from components.training.gan.diversity import DiversityProbe, images_of
from components.training.gan.rollback import Rollback
from components.training.gan.settings import GanSettings
from components.training.gan.state import TrainingState

__all__ = ["CollapseWatch"]


@final
class CollapseWatch:
    """Judges a training step by step; `Rollback` answers, and `TrainingState`s go in and out.

    Args:
        settings: of the training.
        probe: measures the diversity every few steps.
        rollback: what is done then.
    """

    def __init__(self, settings: GanSettings, probe: DiversityProbe, rollback: Rollback) -> None:
        self._every = settings.watch_every
        self._probe = probe
        self._detector = CollapseDetector(settings)
        self._rollback = rollback

    def look(self, state: TrainingState, values: dict[str, float]) -> TrainingState:
        """Judge the step that measured ``values``, to which the ``diversity`` is added if it is time.

        It is that of the weights as they are: a collapse shows in their mean only hundreds of steps later.

        Returns:
            ``state``, or an earlier one to go on from.

        Raises:
            SettingsError: the training collapsed, and shall stop then.
        """
        if state.step <= state.critic_alone:
            return (
                state  # a critic that learns alone is soon sure of everything, and the generator is as it was
            )
        if state.step % self._every == 0:
            diversity = self._probe.measure(images_of(state.generator))
            if diversity is not None:
                values["diversity"] = diversity
        state.health, collapse = self._detector.judge(state.health, values)
        return self._settle(state, collapse)

    def save(self, state: TrainingState, *, now: bool) -> TrainingState:
        """Save ``state``; weights that are not finite are a collapse, answered as in `look`."""
        bad = self._rollback.save(state, now=now)
        return self._settle(state, None if bad is None else self._detector.diverged(bad))

    def _settle(self, state: TrainingState, collapse: Collapse | None) -> TrainingState:
        return state if collapse is None else self._rollback.answer(state, collapse)
