"""Makes importing Gradio quicker; comes before every other import of it.

With each of its components, Gradio reads the source again and writes a type stub beside it (``create_or_modify_pyi``), every time it is
imported: a third of what the import takes, and nothing that a server needs. `install` leaves that out, where Gradio still does it so.
"""

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import final

__all__ = ["install"]

_MODULE, _WRITES_STUBS = "gradio.component_meta", "create_or_modify_pyi"


@final
class _WithoutStubs(Loader):
    """Loads the module as it is, and then takes out what writes the stubs."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        if hasattr(module, _WRITES_STUBS):
            setattr(module, _WRITES_STUBS, lambda *_: None)


@final
class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != _MODULE:
            return None
        found = PathFinder.find_spec(fullname, path, target)
        if found is not None and found.loader is not None:
            found.loader = _WithoutStubs(found.loader)
        return found


def install() -> None:
    """Have it left out from now on."""
    if not any(isinstance(each, _Finder) for each in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


install()
