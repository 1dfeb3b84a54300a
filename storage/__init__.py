"""Where data rests: training store, result store, model store, weight store, run folder.

The only part of artgen that writes files. Registries are imported when they are first asked for (PEP 562), because
SQLAlchemy takes a while.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.model_store import MODEL_STORES
    from storage.result_store import RESULT_STORES
    from storage.training.training_store import TRAINING_STORES
    from storage.weight_store import WEIGHT_STORES

__all__ = [
    "MODEL_STORES",
    "RESULT_STORES",
    "TRAINING_STORES",
    "WEIGHT_STORES",
]

_MODULES = {
    "MODEL_STORES": "model_store",
    "RESULT_STORES": "result_store",
    "TRAINING_STORES": "training.training_store",
    "WEIGHT_STORES": "weight_store",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module 'storage' has no attribute {name!r}")
    return getattr(import_module(f"storage.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
