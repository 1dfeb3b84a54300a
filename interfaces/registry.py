"""Which components there are, by name; anybody else's by entry point, or by ``package.module:Class``."""

import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Generic, TypeVar, final

from interfaces.errors import SettingsError, UnknownComponentError

__all__ = ["Registry", "installed_components", "resolve_foreign"]

T_co = TypeVar("T_co", covariant=True)


@final
class Registry(Mapping[str, Callable[..., T_co]], Generic[T_co]):
    """The components of one port, fixed when the program is written.

    Reading never changes it: foreign components are found by ``resolve`` and are not entered.

    >>> Registry("shape", {"round": dict}).resolve("rond")
    Traceback (most recent call last):
    ...
    interfaces.errors.UnknownComponentError: unknown shape 'rond'; known: round. Did you mean 'round'?
    """

    def __init__(self, port: str, known: Mapping[str, Callable[..., T_co]]) -> None:
        self.port = port
        self._known = dict(known)

    def __getitem__(self, name: str) -> Callable[..., T_co]:
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    @property
    def installed(self) -> Mapping[str, str]:
        """What installed packages offer: ``package.module:Class`` by name, from their entry points.

        A package offers an enhancer by an entry point of the group ``artgen.enhancers``; so for every port. A name of
        ours stays ours.
        """
        return {
            name: where for name, where in installed_components(self.port).items() if name not in self._known
        }

    def resolve(self, name: str) -> Callable[..., T_co]:
        """Return the component called ``name``: one of ours, of an installed package, or ``package.module:Class``.

        Modules in the working folder are found too, as with ``python -m``.

        Raises:
            UnknownComponentError: no component has that name.
            SettingsError: the module cannot be imported, or has no such class.
        """
        if name in self._known:
            return self._known[name]
        if ":" in name:
            return resolve_foreign(self.port, name)
        installed = self.installed
        if name not in installed:
            raise UnknownComponentError(self.words, name, [*self._known, *installed])
        return resolve_foreign(self.port, installed[name])

    @property
    def words(self) -> str:
        """The port as one says it."""
        return self.port.replace("_", " ")


def installed_components(port: str) -> Mapping[str, str]:
    """Return what installed packages offer for ``port``: ``package.module:Class`` by name."""
    return {entry.name: entry.value for entry in entry_points(group=f"artgen.{port}s")}


def resolve_foreign(port: str, name: str, *, here: bool = True) -> Callable[..., Any]:
    """Return the class that ``name``, ``package.module:Class``, means.

    Args:
        port: what it is for.
        name: of module and class.
        here: whether modules in the working folder are found, too: where the user named it, and not a file that may have
            come with such a module.

    Raises:
        SettingsError: the module cannot be imported, or has no such class.
    """
    module_name, _, attribute = name.partition(":")
    folder = str(Path.cwd())
    if here and folder not in sys.path:
        sys.path.append(folder)
    try:
        found: object = import_module(module_name)
        for part in attribute.split("."):
            found = getattr(found, part)
    except Exception as error:  # importing runs somebody else's code
        words = port.replace("_", " ")
        raise SettingsError(
            f"{words} {name!r} cannot be imported: {type(error).__name__}: {error}"
        ) from error
    if not callable(found):
        raise SettingsError(f"{port.replace('_', ' ')} {name!r}: wanted a class, got {type(found).__name__}")
    return found
