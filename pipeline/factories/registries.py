"""Every port, and the registry of the components behind it."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from interfaces.errors import SettingsError
from interfaces.registry import Registry

__all__ = ["make_component", "registries"]

T = TypeVar("T")


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


def make_component(resolve: Callable[[str], Callable[..., T]], name: str, **options: Any) -> T:
    """Return the component that ``resolve`` knows as ``name``, made with ``options``.

    Raises:
        SettingsError: there is none, or it takes no such options.
    """
    try:
        return resolve(name)(**options)
    except TypeError as error:
        raise SettingsError(f"component {name!r} cannot be made: {error}") from error
