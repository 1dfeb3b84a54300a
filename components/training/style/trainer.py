"""Trains a network that gives pictures one style."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import final

from lightning_fabric import Fabric

from components.networks.build import count_parameters
from components.training.engine.batches import Batches
from components.training.engine.recorder import Recorder
from components.training.engine.straight_trainer import Lesson, StraightTrainer
from components.training.style.iteration import advance_style
from components.training.style.losses import PerceptualLoss, load_features, read_style
from components.training.style.model import write_style
from components.training.style.settings import STYLE_PRESETS, StyleSettings
from components.training.style.state import new_style_state
from components.training.style.validation import Validation
from interfaces.igme import IGME
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder

__all__ = ["StyleTrainer"]


@final
class StyleTrainer(StraightTrainer[StyleSettings, IGME]):
    """Trains a network of one style on a pack of squares, which are the pictures that it gives the style.

    Writes into the folder what `GanTrainer` does.
    """

    def __init__(self, settings: StyleSettings = STYLE_PRESETS["style-feedforward"]) -> None:
        self.settings = settings

    @contextmanager
    def begin(self, settings: StyleSettings, data: IPDT, fabric: Fabric) -> Iterator[Lesson[IGME]]:
        """Open a training: the style picture is read, and VGG19."""
        device = fabric.device
        batches = Batches(data, settings.batch, settings.seed, device)
        steps = settings.total_steps(len(batches))
        judge = PerceptualLoss(load_features(settings, device), read_style(settings, device), settings)
        state, validation = new_style_state(settings, device), Validation(data, judge, device)

        def finish(folder: RunFolder, recorder: Recorder) -> IGME:
            return write_style(state, settings, data, folder, recorder, validation.measure(state.average))

        yield Lesson(
            state,
            steps,
            step=partial(advance_style, state, batches, judge, settings, fabric.autocast),
            show=partial(validation.show, state.average),
            finish=finish,
            images=len(batches),
            steps_per_epoch=len(batches) / settings.batch,
            parameters=count_parameters(state.network),
            captions=("picture", "in the style"),
        )
