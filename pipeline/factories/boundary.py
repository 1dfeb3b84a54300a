"""The boundary between artgen and somebody's component: whatever goes wrong there is told in the component's name.

What a component must have and what it must hand over is read from the protocol of its port, so that no port is a case of
its own.
"""

import inspect
import sys
import sysconfig
import traceback
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import FunctionType, NoneType, UnionType
from typing import Any, Union, final, get_args, get_origin, get_type_hints

import interfaces
from interfaces import ports
from interfaces.errors import ArtgenError, ComponentError, SettingsError

__all__ = ["Boundary"]

_PROTOCOLS: dict[str, type] = {
    "training_store": ports.TrainingStore,
    "preprocessor": ports.Preprocessor,
    "trainer": ports.Trainer,
    "observer": ports.TrainingObserver,
    "generator": ports.Generator,
    "enhancer": ports.Enhancer,
    "converter": ports.Converter,
    "result_store": ports.ResultStore,
    "model_store": ports.ModelStore,
    "weight_store": ports.WeightStore,
    "settings_source": ports.SettingsSource,
    "explorer": ports.Explorer,
}

_OURS = [
    Path(interfaces.__file__).parent.parent / name
    for name in ("interfaces", "components", "storage", "pipeline")
]
_LIBRARIES = [Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib")]

_END = object()


@final
class Boundary:
    """The boundary around one component.

    Args:
        port: as in `pipeline.factories.registries.registries`.
        name: what the user called the component: ``package.module:Class``, or the name of an installed one.
        module: where its code lies.
    """

    def __init__(self, port: str, name: str, module: str) -> None:
        self._port = port
        self._words = port.replace("_", " ")
        self._name = name
        self._module = module

    def call(self, what: str, act: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Return what ``act`` returns.

        Raises:
            ComponentError: it raised what no port allows; with the lines of their files.
            ArtgenError: it raised what its port allows.
        """
        try:
            return act(*args, **kwargs)
        except ArtgenError:
            raise
        except Exception as error:  # whatever somebody's code may raise
            told = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(": ")
            problem = f"your {self._words} {self._name} failed in {what}: {told}"
            raise ComponentError(problem, self._frames(error)) from error

    def guard(self, component: object) -> "_Guarded":
        """Return ``component`` with the boundary around each method of its port.

        Raises:
            SettingsError: it lacks a method of the port, or one takes other arguments.
        """
        methods = _methods(self._port)
        problems = [*filter(None, (self._lack(component, name, asked) for name, asked in methods.items()))]
        problems += [
            f"your {self._words} {self._name}: wanted the property {name}, which it has not"
            for name, _ in inspect.getmembers(_PROTOCOLS[self._port], lambda each: isinstance(each, property))
            if not hasattr(component, name)
        ]
        if problems:
            raise SettingsError(*problems)
        return _Guarded(self, component, methods)

    def pass_through(
        self, component: object, name: str, asked: FunctionType, *args: Any, **kwargs: Any
    ) -> Any:
        """Call a method of the port, and return what it hands over, if that is what the port says.

        Raises:
            ComponentError: it failed, or handed over something else.
        """
        wanted = _handed_over(asked)
        found = self.call(name, getattr(component, name), *args, **kwargs)
        if get_origin(wanted) is Iterator and isinstance(found, Iterator):
            return self._each(found, name, get_args(wanted)[0])
        self._check(found, name, wanted)
        return found

    def _each(self, found: Iterator[Any], name: str, wanted: Any) -> Iterator[Any]:
        while (one := self.call(name, next, found, _END)) is not _END:
            self._check(one, name, wanted)
            yield one

    def _check(self, found: object, name: str, wanted: Any) -> None:
        if not _fits(found, wanted):
            got = "None" if found is None else type(found).__name__
            raise ComponentError(
                f"your {self._words} {self._name}: wanted {_say(wanted)} from {name}, got {got}"
            )

    def _lack(self, component: object, name: str, asked: FunctionType) -> str | None:
        """Return what is wrong with the method of that name, or None."""
        wanted = inspect.signature(asked)
        said = f"{name}({', '.join([*wanted.parameters][1:])})"
        method = getattr(component, name, None)
        if not callable(method):
            return f"your {self._words} {self._name}: wanted the method {said}, which it has not"
        try:
            has = inspect.signature(method)
        except (TypeError, ValueError):  # one that is not written in Python need not say
            return None
        by_place = [each.name for each in wanted.parameters.values() if each.kind is not each.KEYWORD_ONLY][
            1:
        ]
        by_name = [each.name for each in wanted.parameters.values() if each.kind is each.KEYWORD_ONLY]
        try:
            has.bind(*by_place, **dict.fromkeys(by_name))
        except TypeError as error:
            return f"your {self._words} {self._name}: wanted a method {said}, got {name}({', '.join(has.parameters)}): {error}"
        return None

    def _frames(self, error: Exception) -> str:
        """Return the lines of a traceback that lie in their files; all from the boundary on, where none does."""
        frames = traceback.extract_tb(error.__traceback__)[1:]
        theirs = [frame for frame in frames if self._is_theirs(frame.filename)]
        return "".join(traceback.format_list(theirs or frames))

    def _is_theirs(self, file: str) -> bool:
        path = Path(file)
        top = getattr(sys.modules.get(self._module.partition(".")[0]), "__file__", None)
        if top is not None:
            own = Path(top).parent if Path(top).name == "__init__.py" else Path(top)
            if path.is_relative_to(own):
                return True
        return path.is_absolute() and not any(path.is_relative_to(each) for each in (*_OURS, *_LIBRARIES))


@final
class _Guarded:
    """A component behind its boundary; for whatever else one asks of it, the component itself."""

    def __init__(self, boundary: Boundary, component: object, methods: dict[str, FunctionType]) -> None:
        self._boundary = boundary
        self._component = component
        self._methods = methods

    @property  # type: ignore[misc]  # so that it passes for what it stands for
    def __class__(self) -> type:
        return type(self._component)

    def __reduce__(self) -> tuple[Any, ...]:
        return Boundary.guard, (self._boundary, self._component)

    def __getattr__(self, name: str) -> Any:
        if name not in self._methods:
            return getattr(self._component, name)
        return lambda *args, **kwargs: self._boundary.pass_through(
            self._component, name, self._methods[name], *args, **kwargs
        )


def _methods(port: str) -> dict[str, FunctionType]:
    """Return what a port asks for, by name."""
    found = inspect.getmembers(_PROTOCOLS[port], inspect.isfunction)
    return {name: method for name, method in found if not name.startswith("_")}


@cache
def _handed_over(asked: FunctionType) -> Any:
    """Return the type that a method of a protocol returns."""
    from interfaces.iedt import IEDT
    from interfaces.igdt import IGDT
    from interfaces.ipdt import IPDT

    return get_type_hints(asked, localns={"IEDT": IEDT, "IGDT": IGDT, "IPDT": IPDT})["return"]


def _fits(found: object, wanted: Any) -> bool:
    """Say whether ``found`` is of the type ``wanted``, with what it holds.

    >>> _fits([1, 2], list[int]), _fits([1, "2"], list[int]), _fits(None, int | None), _fits((1, "2"), tuple[int, str])
    (True, False, True, True)
    """
    origin, held = get_origin(wanted), get_args(wanted)
    if origin in (Union, UnionType):
        return any(found is None if each is NoneType else _fits(found, each) for each in held)
    if wanted is NoneType:
        return True  # nobody looks at it
    if origin is tuple:
        return isinstance(found, tuple) and len(found) == len(held) and all(map(_fits, found, held))
    if origin is not None:
        return isinstance(found, origin) and all(_fits(each, held[0]) for each in found)
    return isinstance(found, wanted)


def _say(wanted: Any) -> str:
    """Return a type in words.

    >>> _say(list[int]), _say(int | None), _say(tuple[int, str])
    ('list of int', 'int or None', 'tuple of int, str')
    """
    origin, held = get_origin(wanted), get_args(wanted)
    if origin in (Union, UnionType):
        return " or ".join("None" if each is NoneType else _say(each) for each in held)
    return (
        f"{origin.__name__} of {', '.join(map(_say, held))}" if origin is not None else str(wanted.__name__)
    )
