"""How Gradio is imported: without what takes half of the time and serves nobody here."""

import gc
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["quick_import"]


@contextmanager
def quick_import() -> Iterator[None]:
    """Let Gradio be imported in the block without type stubs and without garbage collection.

    Gradio parses every module of its own at each start to write a type stub beside each of its components: that takes as long as the
    rest of its import (2.3 s against 1.3 s), and writes into the folder of installed packages. A component whose source is in no file
    has none, by Gradio's own rule; so it is told that there is no file. The collector finds nothing in what an import makes, and
    looks for it for a seventh of the time.
    """
    of_file = inspect.getfile

    def of_file_or_none(thing: Any) -> str:
        if getattr(thing, "__module__", "").startswith("gradio."):
            raise OSError("no type stub is wanted")
        return of_file(thing)

    collects = gc.isenabled()
    gc.disable()
    inspect.getfile = of_file_or_none  # type: ignore[assignment]
    try:
        yield
    finally:
        inspect.getfile = of_file
        if collects:
            gc.enable()
