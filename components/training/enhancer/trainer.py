"""Trains a network that enlarges pictures."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import final

import torch
from lightning_fabric import Fabric

from components.networks.build import count_parameters
from components.networks.squeezenet import SqueezeNetFeatures
from components.training.engine.recorder import Recorder
from components.training.engine.straight_trainer import Lesson, StraightTrainer
from components.training.enhancer.crops import Crops, split
from components.training.enhancer.iteration import advance_enhancer
from components.training.enhancer.model import describe_training, write_enhancer
from components.training.enhancer.settings import ENHANCER_PRESETS, EnhancerSettings
from components.training.enhancer.state import new_enhancer_state
from components.training.enhancer.validation import Validation
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder
from interfaces.trained_enhancer import TrainedEnhancer

__all__ = ["EnhancerTrainer"]


@final
class EnhancerTrainer(StraightTrainer[EnhancerSettings, TrainedEnhancer]):
    """Trains an enhancement network on a pack of squares.

    Writes into the folder what `GanTrainer` does, with ``enhancer.json`` in place of ``model.json``.
    """

    advice = (
        "the weights have grown beyond all bounds; train with a smaller learning_rate or clip_gradients, or "
        "precision=float32"
    )

    def __init__(self, settings: EnhancerSettings = ENHANCER_PRESETS["enhancer-x4"]) -> None:
        self.settings = settings

    @contextmanager
    def begin(
        self, settings: EnhancerSettings, data: IPDT, fabric: Fabric
    ) -> Iterator[Lesson[TrainedEnhancer]]:
        """Open a training: some pictures are held out, and others make crops meanwhile."""
        features = _load_features(settings, fabric.device)
        rows, held = split(data)
        validation = Validation(data, held, settings.network.scale, fabric.device)
        state = new_enhancer_state(settings, fabric.device)
        with Crops(data, rows, settings, fabric.device) as crops:

            def step() -> Mapping[str, float]:
                values = advance_enhancer(state, crops, settings, fabric.autocast, features)
                due = state.step % settings.validate_every == 0 or state.step == settings.steps
                return {**values, **validation.measure(state.average)} if due else values

            def finish(folder: RunFolder, recorder: Recorder) -> TrainedEnhancer:
                measured = validation.measure(state.average)
                training = describe_training(state, settings, data, rows, recorder)
                return write_enhancer(state, settings, folder, training, measured)

            yield Lesson(
                state,
                settings.steps,
                step=step,
                show=partial(validation.show, state.average),
                finish=finish,
                images=len(rows),
                steps_per_epoch=len(rows) / settings.batch,
                parameters=count_parameters(state.network),
                critic_parameters=0 if state.adversary is None else count_parameters(state.adversary.critic),
                captions=("small", "bicubic", "network", "truth"),
            )


def _load_features(settings: EnhancerSettings, device: torch.device) -> SqueezeNetFeatures | None:
    """Return SqueezeNet where its features count.

    Raises:
        WeightsError: its file cannot be read, or is of another network.
    """
    if not settings.uses_features:
        return None
    network = SqueezeNetFeatures()
    network.load(Path(settings.features))
    return network.to(device)
