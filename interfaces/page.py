"""What the page is handed: everything behind it, as ports."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from pydantic import JsonValue

from interfaces.exploration import Explorer
from interfaces.page_models import ModelShelf
from interfaces.page_training import TrainingDesk
from interfaces.page_uploads import UploadStore
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
            RunError: the same job waits already, or too many do.
            SettingsError: listing all that is wrong at once; nothing is queued.
        """
        ...

    def try_out(self, name: str, picture: Path, enhancement: Mapping[str, Any]) -> RunRecord:
        """Queue a trial before all that waits, and return its run; its result goes into `PageParts.trials`, and no gallery.

        Args:
            name: of the trial's folder.
            picture: a small one; the result has its name.
            enhancement: settings as a file has them.

        Raises:
            RunError: the same trial waits already, or too much does.
            SettingsError: listing all that is wrong.
        """
        ...

    def try_weights(
        self,
        name: str,
        values: Mapping[str, Any],
        content_weights: Sequence[float],
        style_weights: Sequence[float],
    ) -> RunRecord:
        """Queue a trial of style transfer before all that waits, and return its run.

        Each pair of weights has its result in `PageParts.trials`, ``NAME/ROW-COLUMN.png`` with both from 0, as soon as it is made.

        Args:
            name: of the trial's folder.
            values: as `generate` takes them; the first content picture is tried.
            content_weights: of a row each.
            style_weights: of a column each.

        Raises:
            RunError: the same trial waits already, or too much does.
            SettingsError: listing all that is wrong.
        """
        ...

    def go_on(self, run: str) -> RunRecord:
        """Queue what is left of a run that ended early.

        Raises:
            RunError: it is done, somebody works on it, or too many wait.
        """
        ...

    def repeat(self, run: str) -> RunRecord:
        """Queue the job of a run once more, as a run of its own.

        Raises:
            RunError: the same job waits already, or too many do.
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
    previews: RunFolder
    """Where a worker has, at ``RUN/SEED.webp``, what a run has generated and is enlarging; for as long as the run works."""
    trials: RunFolder
    """Where the results of trials are."""
    read_metadata: Callable[[Path | bytes], Mapping[str, JsonValue] | None]
    """Returns the document that a picture file, or its content, has of itself, or None; a `DataError` says what is wrong with it."""
    shelf: ModelShelf
    trainings: TrainingDesk
    uploads: UploadStore
    explore: Callable[[str], Explorer]
    """Returns what looks into the model of a name of the shelf; a `WeightsError` says why none does. It is safe for several threads."""
    has_weights: Callable[[str], bool]
    """Says whether weights of a known name are on this machine."""
    hide: Callable[[str], str]
    """Returns a message with names in place of the server's paths."""
