"""Which models there are: the shipped one and the user's."""

from components.generation.shipped import SHIPPED_MODEL
from storage.model_store import FolderModelStore

__all__ = ["model_store"]


def model_store() -> FolderModelStore:
    """Return the store that knows the shipped model and those under the user's data folder."""
    return FolderModelStore(shipped=SHIPPED_MODEL)
