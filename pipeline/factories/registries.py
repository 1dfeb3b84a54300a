"""Every port, and the registry of the components behind it."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from interfaces.errors import SettingsError
from interfaces.registry import Registry
from pipeline.factories.boundary import Boundary

__all__ = ["check_options", "make_component", "registries"]

T = TypeVar("T")


def registries() -> Mapping[str, Registry[Any]]:
    """Return the registry of every port, by the one name that configuration, command line and entry points use."""
    from components.conversion import CONVERTERS
    from components.enhancement import ENHANCERS
    from components.exploration import EXPLORERS
    from components.generation import GENERATORS
    from components.generation.style_transfer import STYLE_ALGORITHMS
    from components.preprocessing import PREPROCESSORS
    from components.training import TRAINERS
    from components.ui import SETTINGS_SOURCES
    from pipeline.factories.observers import OBSERVERS
    from storage import MODEL_STORES, RESULT_STORES, TRAINING_STORES, WEIGHT_STORES

    found = (
        TRAINING_STORES, PREPROCESSORS, TRAINERS, OBSERVERS, GENERATORS, ENHANCERS, CONVERTERS, RESULT_STORES,
        MODEL_STORES, WEIGHT_STORES, SETTINGS_SOURCES, STYLE_ALGORITHMS, EXPLORERS,
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
    check_options(make, f"{registry.words} {name!r}", *args, **options)
    if name in registry:
        return make(*args, **options)
    boundary = Boundary(registry.port, name, getattr(make, "__module__", ""))
    return cast("T", boundary.guard(boundary.call("its constructor", make, *args, **options)))


def check_options(make: Callable[..., Any], called: str, *args: Any, **options: Any) -> None:
    """Return if ``make`` takes ``args`` and ``options``, or does not say what it takes.

    Args:
        make: a class, or what else makes a component.
        called: the component's port and name, for the error.
        args: what it is made with.
        options: the same, by name.

    Raises:
        SettingsError: it does not; with every option that it does not take.
    """
    try:
        wanted = inspect.signature(make)
    except (TypeError, ValueError):
        return
    each = wanted.parameters.values()
    known = [one.name for one in each if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)]
    if not any(one.kind is one.VAR_KEYWORD for one in each) and (strange := [*options.keys() - known]):
        takes = ", ".join(known) or "none"
        raise SettingsError(
            *(
                f"{called} takes no option {name!r}, which the settings ask for; its constructor takes {takes}"
                for name in sorted(strange)
            )
        )
    try:
        wanted.bind(*args, **options)
    except TypeError as error:
        raise SettingsError(f"{called} cannot be made: {error}") from error
