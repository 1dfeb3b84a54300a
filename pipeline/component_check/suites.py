"""Checks a component against its port."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from interfaces.errors import ArtgenError, SettingsError, UnknownComponentError
from pipeline.component_check.verdict import Suite, Verdict, judge
from pipeline.factories.registries import registries

__all__ = ["check_component", "suite_of"]

CaseT = TypeVar("CaseT")


def check_component(port: str, name: str) -> list[Verdict]:
    """Return a verdict for every check of a port, on the component called ``name``.

    Each check gets a component of its own, made as the pipeline makes it (a trainer with small settings, a result
    store with a folder, all others without arguments), and samples of its own in a temporary folder.

    Args:
        port: as in `pipeline.factories.registries.registries`.
        name: a name in the registry of the port, or ``package.module:Class``.

    Raises:
        UnknownComponentError: there is no such port, or no component of that name.
        SettingsError: the component cannot be imported or made.
    """
    ports = registries()
    if port not in ports:
        raise UnknownComponentError("port", port, ports)
    suite = suite_of(port)
    make = ports[port].resolve(name)
    with _own_folders() as root:
        return [
            judge(check, _prepare(suite, make, name, root / str(index)))
            for index, check in enumerate(suite.checks)
        ]


def suite_of(port: str) -> Suite[Any]:
    """Return the checks of a port that `pipeline.factories.registries.registries` names."""
    suite: Suite[Any] = import_module(f"pipeline.component_check.{port}").SUITE
    return suite


@contextmanager
def _own_folders() -> Iterator[Path]:
    """Yield a temporary folder that holds the user's cache and data meanwhile: a check leaves nothing behind."""
    before = {name: os.environ.get(name) for name in ("ARTGEN_CACHE", "ARTGEN_DATA")}
    with tempfile.TemporaryDirectory(prefix="artgen-check-", ignore_cleanup_errors=True) as root:
        os.environ.update({name: str(Path(root, name)) for name in before})
        try:
            yield Path(root)
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value


def _prepare(suite: Suite[CaseT], make: Callable[..., Any], name: str, folder: Path) -> CaseT:
    try:
        return suite.prepare(make, name, folder)
    except ArtgenError:
        raise
    except Exception as error:
        raise SettingsError(f"component {name!r} cannot be made: {type(error).__name__}: {error}") from error
