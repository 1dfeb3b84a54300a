"""Which models and weights there are: the shipped ones and the user's."""

from components.enhancement.shipped import SHIPPED_NETWORKS
from components.generation.shipped import SHIPPED_MODEL
from storage.model_store import FolderModelStore
from storage.weight_store import CachedWeightStore

__all__ = ["model_store", "weight_store"]


def model_store() -> FolderModelStore:
    """Return the store that knows the shipped model and those under the user's data folder."""
    return FolderModelStore(shipped=SHIPPED_MODEL)


def weight_store() -> CachedWeightStore:
    """Return the store that knows the shipped enhancement networks, the official ones, and the user's files."""
    return CachedWeightStore(shipped=SHIPPED_NETWORKS)
