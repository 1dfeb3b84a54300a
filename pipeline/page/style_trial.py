"""Trials of style transfer, as a job: one picture in each of several balances of content and style, small, into a folder of no gallery."""

import io
from pathlib import Path
from time import monotonic
from typing import Literal, final

from pydantic import Field

from components.conversion.pixels import to_picture
from components.generation import GENERATORS
from interfaces.errors import RunError
from interfaces.events import Listener, Progress
from interfaces.igs import IGS, Stylize
from interfaces.jobs import JobControl, JobSettings
from interfaces.runs import RunRecord
from pipeline.factories.registries import make_component
from pipeline.factories.sources import definite_source
from pipeline.factories.stores import weight_store
from pipeline.orchestrator.attendant import attended
from pipeline.settings.config import ComponentNames
from storage.known_stores import folder_of
from storage.run_folder import DirectoryFolder, require_place

__all__ = ["StyleTrialJob", "StyleTrialRunner"]


class StyleTrialJob(JobSettings):
    """Which picture, and which weights."""

    kind: Literal["style-trial"] = "style-trial"
    generation: IGS
    """Of one image; each trial has other weights than these."""
    content_weights: tuple[float, ...] = Field(min_length=1)
    """Of a row each."""
    style_weights: tuple[float, ...] = Field(min_length=1)
    """Of a column each."""
    out: Path
    """Folder of the results: ``ROW-COLUMN.png``, from 0."""


@final
class StyleTrialRunner:
    """Makes one image after the other: a `JobRunner`."""

    def __init__(
        self, settings: StyleTrialJob, *, root: Path, record: RunRecord | None, listener: Listener | None
    ) -> None:
        if not isinstance(settings.generation.source, Stylize):
            raise RunError(f"wanted style transfer to try, got {settings.generation.source.kind}")
        self.folder: Path | None = (folder_of(record, root) if record else None) or settings.out.absolute()
        require_place(self.folder)
        self._generator = make_component(GENERATORS, "stylize")
        self._definite = definite_source(
            settings.generation, self._generator, weight_store(ComponentNames()), listener=listener
        )
        self._settings = settings
        self._listener = listener or (lambda event: None)
        self._started = monotonic()

    @property
    def settings(self) -> StyleTrialJob:
        """The settings with definite paths and weights."""
        return self._settings.model_copy(update={"generation": self._definite.named, "out": self.folder})

    @property
    def total(self) -> int:
        """Images."""
        return len(self._settings.content_weights) * len(self._settings.style_weights)

    @property
    def seconds(self) -> float:
        """Since it was made."""
        return monotonic() - self._started

    def prepare(self) -> None:
        """Do nothing: all is known."""

    def run(self, control: JobControl) -> None:
        """Make what is not there yet."""
        assert self.folder is not None  # noqa: S101  # as it was made
        folder, done = DirectoryFolder(self.folder), 0
        control.note(0)
        there = {*folder.names("*.png")}
        for row, content in enumerate(self._settings.content_weights):
            for column, style in enumerate(self._settings.style_weights):
                name = f"{row}-{column}.png"
                if name not in there:
                    folder.write(name, self._image(content, style, control))
                done += 1
                control.note(done)
                self._listener(Progress(stage="storing", done=done, total=self.total))
                control.check()

    def _image(self, content: float, style: float, control: JobControl) -> bytes:
        given = self._definite.located
        weights = {"content_weight": content, "style_weight": style}
        settings = given.model_copy(update={"source": given.source.model_copy(update=weights)})
        generator = attended(self._generator, given.seed, control, self._listener, None)
        [made] = generator.generate(settings, None)
        file = io.BytesIO()
        to_picture(made.images[0], None if made.alpha is None else made.alpha[0]).save(file, "PNG")
        return file.getvalue()
