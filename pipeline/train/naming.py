"""Trains, and gives the model a name that no other one has."""

from collections.abc import Callable

from interfaces.errors import WeightsError
from interfaces.igme import IGME
from interfaces.ports import TrainingObserver
from interfaces.trained_enhancer import TrainedEnhancer
from pipeline.factories.stores import local_models
from pipeline.train.training import Learning
from storage.model_names import name_trained

__all__ = ["train_and_name"]


def train_and_name(
    learning: Learning,
    *,
    resume: bool,
    watch: TrainingObserver | None = None,
    check: Callable[[], None] = lambda: None,
) -> IGME | TrainedEnhancer | None:
    """Train as `Learning.train` does; a model has its name alone, and is listed wherever it lies.

    A training that goes on where a model was finished before leaves it the name that it had, unless the settings
    give one.
    """
    store = local_models()
    try:
        wanted = learning.settings.name or store.find_trained(str(learning.folder.path)).name
    except WeightsError:  # nothing was finished there
        wanted = learning.name
    trained = learning.train(resume=resume, watch=watch, check=check)
    return None if trained is None else name_trained(store, trained, wanted)
