"""Every port, and the registry of the components behind it."""

import inspect
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from interfaces.errors import SettingsError
from interfaces.registry import Registry
from pipeline.factories.boundary import Boundary

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
    from storage import MODEL_STORES, RESULT_STORES, TRAINING_STORES, WEIGHT_STORES

    found = (
        TRAINING_STORES, PREPROCESSORS, TRAINERS, OBSERVERS, GENERATORS, ENHANCERS, CONVERTERS, RESULT_STORES,
        MODEL_STORES, WEIGHT_STORES, SETTINGS_SOURCES,
    )  # fmt: skip
    return {registry.port: registry for registry in found}


def make_component(registry: Registry[T], name: str, *args: Any, **options: Any) -> T:
    """Return the component that ``registry`` knows as ``name``, made with ``args`` and ``options``.

    One that is not ours comes with a `Boundary` around it.

    Raises:
        SettingsError: there is none, it takes no such options, or it has not the methods of its port.
        ComponentError: it is not ours, and failed while it was made.
    """
    make = registry.resolve(name)
    try:
        inspect.signature(make).bind(*args, **options)
    except TypeError as error:
        raise SettingsError(f"{registry.words} {name!r} cannot be made: {error}") from error
    except ValueError:  # it does not say what it takes
        pass
    if name in registry:
        return make(*args, **options)
    boundary = Boundary(registry.port, name, getattr(make, "__module__", ""))
    return cast("T", boundary.guard(boundary.call("its constructor", make, *args, **options)))
