"""From a training source to a pack: training store → preprocessing (ITDT → IPDT)."""

from components.preprocessing import PREPROCESSORS
from interfaces.events import Listener, StageStarted
from interfaces.ipdt import IPDT
from pipeline.settings.config import ComponentNames, DataConfig
from storage import TRAINING_STORES
from storage.paths import cache_folder
from storage.run_folder import DirectoryFolder

__all__ = ["prepare", "tell_start"]


def prepare(data: DataConfig, components: ComponentNames, listener: Listener | None = None) -> IPDT:
    """Return the pack of a data source, made or found in the cache (ITDT → IPDT).

    Raises:
        DataError: nothing usable is there.
        StorageError: a place cannot be read or written.
    """
    store = TRAINING_STORES.resolve(components.training_store)()
    preprocessor = PREPROCESSORS.resolve(components.preprocessor)(**data.options)
    tell_start(listener, "data", components.training_store)
    described = store.describe(data.source, style_from_prefix=data.style_from_prefix, listener=listener)
    tell_start(listener, "preprocessing", components.preprocessor)
    return preprocessor.prepare(
        described, store, DirectoryFolder(cache_folder() / "packs"), listener=listener
    )


def tell_start(listener: Listener | None, stage: str, component: str) -> None:
    """Tell ``listener`` that a stage has begun."""
    if listener is not None:
        listener(StageStarted.model_validate({"stage": stage, "component": component}))
