"""The command line: parses, calls, prints. Heavy imports wait inside the commands."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.cli.application import app

__all__ = ["app"]


def __getattr__(name: str) -> object:
    if name != "app":
        raise AttributeError(f"module 'pipeline.cli' has no attribute {name!r}")
    # later than the module itself, so that Ctrl-C is heard while this is imported
    from pipeline.cli.application import app

    return app
