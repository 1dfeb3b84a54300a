"""Every port, and the registry of the components behind it."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from interfaces.errors import SettingsError
from interfaces.registry import Registry

__all__ = ["make_component", "registries"]

T = TypeVar("T")


def registries() -> Mapping[str, Registry[Any]]:
    """Return the registry of every port, by the one name that configuration, command line and entry points use."""
    from components.conversion import CONVERTERS
    from components.enhancement import ENHANCERS
    from components.evaluation import OBSERVERS
    from components.generation import GENERATORS
    from components.preprocessing import PREPROCESSORS
    from components.training import TRAINERS
    from components.ui import SETTINGS_SOURCES
    from storage import RESULT_STORES, TRAINING_STORES

    found = (
        TRAINING_STORES, PREPROCESSORS, TRAINERS, OBSERVERS, GENERATORS, ENHANCERS, CONVERTERS, RESULT_STORES,
        SETTINGS_SOURCES,
    )  # fmt: skip
    return {registry.port: registry for registry in found}


def make_component(resolve: Callable[[str], Callable[..., T]], name: str, **options: Any) -> T:
    """Return the component that ``resolve`` knows as ``name``, made with ``options``.

    Raises:
        SettingsError: there is none, or it takes no such options.
    """
    try:
        return resolve(name)(**options)
    except TypeError as error:
        raise SettingsError(f"component {name!r} cannot be made: {error}") from error
