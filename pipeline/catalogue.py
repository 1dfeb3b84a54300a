"""Every port, and the registry of the components behind it."""

from collections.abc import Mapping
from typing import Any

from components.networks.registry import Registry

__all__ = ["registries"]


def registries() -> Mapping[str, Registry[Any]]:
    """Return the registry of every port, by the name that ``artgen component`` uses."""
    from components.conversion import CONVERTERS
    from components.enhancement import ENHANCERS
    from components.evaluation import OBSERVERS
    from components.generation import GENERATORS
    from components.preprocessing import PREPROCESSORS
    from components.training import TRAINERS
    from components.ui import SETTINGS_SOURCES
    from storage import RESULT_STORES, TRAINING_STORES

    return {
        "training-store": TRAINING_STORES,
        "preprocessing": PREPROCESSORS,
        "training": TRAINERS,
        "observation": OBSERVERS,
        "generation": GENERATORS,
        "enhancement": ENHANCERS,
        "conversion": CONVERTERS,
        "result-store": RESULT_STORES,
        "settings": SETTINGS_SOURCES,
    }
