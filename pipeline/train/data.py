"""From a training source to a pack: training store → preprocessing (ITDT → IPDT)."""

from components.preprocessing import PREPROCESSORS
from interfaces.events import Listener, StageStarted
from interfaces.ipdt import IPDT
from interfaces.ports import Preprocessor, TrainingStore
from pipeline.factories.registries import make_component
from pipeline.settings.config import ComponentNames, DataConfig
from storage import TRAINING_STORES
from storage.paths import cache_folder
from storage.run_folder import DirectoryFolder

__all__ = ["prepare", "source_parts", "tell_start"]


def prepare(data: DataConfig, components: ComponentNames, listener: Listener | None = None) -> IPDT:
    """Return the pack of a data source, made or found in the cache (ITDT → IPDT).

    Raises:
        DataError: nothing usable is there.
        StorageError: a place cannot be read or written.
    """
    store, preprocessor = source_parts(data, components)
    tell_start(listener, "data", components.training_store)
    described = store.describe(data.source, style_from_prefix=data.style_from_prefix, listener=listener)
    tell_start(listener, "preprocessing", components.preprocessor)
    return preprocessor.prepare(
        described, store, DirectoryFolder(cache_folder() / "packs"), listener=listener
    )


def source_parts(data: DataConfig, components: ComponentNames) -> tuple[TrainingStore, Preprocessor]:
    """Return what reads a data source, and what makes a pack of it.

    Raises:
        SettingsError: there is no such component, or it takes no such options.
    """
    store = make_component(TRAINING_STORES, components.training_store)
    return store, make_component(PREPROCESSORS, components.preprocessor, **data.options)


def tell_start(listener: Listener | None, stage: str, component: str) -> None:
    """Tell ``listener`` that a stage has begun."""
    if listener is not None:
        listener(StageStarted.model_validate({"stage": stage, "component": component}))
