"""Trains networks that carry pictures from one domain to another."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import final

from lightning_fabric import Fabric
from torch import Tensor

from components.networks.build import count_parameters
from components.training.engine.recorder import Recorder
from components.training.engine.straight_trainer import Lesson, StraightTrainer
from components.training.translation.domains import Domains
from components.training.translation.iteration import advance_translation
from components.training.translation.model import write_translation
from components.training.translation.settings import TRANSLATION_PRESETS, TranslationSettings
from components.training.translation.state import new_translation_state
from components.training.translation.validation import Validation
from interfaces.igme import IGME
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder

__all__ = ["TranslationTrainer"]


@final
class TranslationTrainer(StraightTrainer[TranslationSettings, IGME]):
    """Trains a network for each direction on a pack of squares of two styles: the domains A and B.

    Writes into the folder what `GanTrainer` does.
    """

    def __init__(self, settings: TranslationSettings = TRANSLATION_PRESETS["face2anime"]) -> None:
        self.settings = settings

    @contextmanager
    def begin(self, settings: TranslationSettings, data: IPDT, fabric: Fabric) -> Iterator[Lesson[IGME]]:
        """Open a training."""
        domains = Domains(data, settings, fabric.device)
        steps = settings.total_steps(domains.largest)
        state, validation = (
            new_translation_state(settings, fabric.device),
            Validation(data, settings, fabric.device),
        )

        def finish(folder: RunFolder, recorder: Recorder) -> IGME:
            return write_translation(
                state, settings, data, folder, recorder, validation.measure(state.average)
            )

        def show(count: int) -> Tensor:
            look = validation.show_filled if state.step < settings.pretrain_steps else validation.show
            return look(state.average, count)

        yield Lesson(
            state,
            steps,
            step=partial(advance_translation, state, domains, settings, fabric.autocast, steps),
            show=show,
            finish=finish,
            images=len(domains),
            whole_from=settings.pretrain_steps,
            steps_per_epoch=domains.largest / settings.batch,
            parameters=count_parameters(state.network),
            critic_parameters=count_parameters(state.critics) + count_parameters(state.frozen_critics),
            captions=validation.captions(state.average),
        )
