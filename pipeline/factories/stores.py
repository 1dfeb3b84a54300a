"""Which models and weights there are: those of the store that was named, by default the shipped ones and the user's."""

from typing import Any

from components.enhancement.shipped import SHIPPED_NETWORKS
from components.generation.shipped import SHIPPED_MODEL
from interfaces.ports import ModelStore, WeightStore
from interfaces.registry import Registry
from pipeline.factories.registries import make_component
from pipeline.settings.config import ComponentNames
from storage.model_store import MODEL_STORES, FolderModelStore
from storage.weight_store import WEIGHT_STORES, CachedWeightStore

__all__ = ["local_models", "local_weights", "model_store", "weight_store"]


def model_store(components: ComponentNames | None = None) -> ModelStore:
    """Return the model store that ``components`` name; None for the usual one, `local_models`.

    Raises:
        SettingsError: there is none of that name, or it has not the methods of its port.
        ComponentError: it is not ours, and failed while it was made.
    """
    name = (components or ComponentNames()).model_store
    return make_component(MODEL_STORES, name, **_shipped(MODEL_STORES, name, SHIPPED_MODEL))


def weight_store(components: ComponentNames | None = None) -> WeightStore:
    """Return the weight store that ``components`` name; None for the usual one, `local_weights`.

    Raises:
        SettingsError: there is none of that name, or it has not the methods of its port.
        ComponentError: it is not ours, and failed while it was made.
    """
    name = (components or ComponentNames()).weight_store
    return make_component(WEIGHT_STORES, name, **_shipped(WEIGHT_STORES, name, SHIPPED_NETWORKS))


def local_models() -> FolderModelStore:
    """Return the store that knows the shipped model and those under the user's data folder."""
    return FolderModelStore(shipped=SHIPPED_MODEL)


def local_weights() -> CachedWeightStore:
    """Return the store that knows the shipped enhancement networks, the official ones, and the user's files."""
    return CachedWeightStore(shipped=SHIPPED_NETWORKS)


def _shipped(registry: Registry[Any], name: str, shipped: object) -> dict[str, Any]:
    """Return what a store of ours is made with: it lies below the components that ship models and weights."""
    return {"shipped": shipped} if name in registry else {}
