"""What the page is handed: everything behind it, as ports."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from pydantic import JsonValue

from interfaces.ports import Gallery, ModelStore, ResultStore, RunFolder, RunQueue
from interfaces.runs import RunRecord

__all__ = ["JobDesk", "PageParts"]


class JobDesk(Protocol):
    """Takes jobs in and looks after them; a worker does them, so that they outlive whoever submitted them."""

    def generate(self, values: Mapping[str, Any]) -> RunRecord:
        """Queue a picture pipeline, and return its run.

        Args:
            values: tables of settings as a configuration file has them: ``generation``, ``enhancement``, ``conversion``, ``model``.

        Raises:
            SettingsError: listing all that is wrong at once; nothing is queued.
        """
        ...

    def go_on(self, run: str) -> RunRecord:
        """Queue what is left of a run that ended early.

        Raises:
            RunError: it is done, or somebody works on it.
        """
        ...

    def repeat(self, run: str) -> RunRecord:
        """Queue the job of a run once more, as a run of its own.

        Raises:
            SettingsError: it cannot be done any more; nothing is queued.
        """
        ...


class PageParts(NamedTuple):
    """The ports that the page works with. It knows nothing else of the system."""

    desk: JobDesk
    queue: RunQueue
    results: ResultStore
    gallery: Gallery
    models: ModelStore
    thumbnails: RunFolder
    """Where small copies of pictures are kept: they can be made again."""
    read_metadata: Callable[[Path | bytes], Mapping[str, JsonValue] | None]
    """Returns the document that a picture file, or its content, has of itself, or None; a `DataError` says what is wrong with it."""
