"""Enlarging files on their own, as a job."""

import os
from pathlib import Path
from time import monotonic
from typing import Literal, final

from pydantic import Field

from interfaces.events import Listener
from interfaces.ics import ICS, ImageFormat
from interfaces.ies import IES
from interfaces.jobs import JobControl, JobSettings
from interfaces.runs import RunRecord
from pipeline.enhance.enhancing import Enhancing, Outcome
from pipeline.enhance.inputs import plan_jobs
from pipeline.factories.enhancers import definite_enhancer, make_enhancer
from pipeline.factories.stores import weight_store
from storage.known_stores import folder_of
from storage.run_folder import DirectoryFolder

__all__ = ["EnhanceJob", "EnhanceRunner"]


class EnhanceJob(JobSettings):
    """Which files, how large, and where the results go."""

    kind: Literal["enhance"] = "enhance"
    inputs: tuple[str, ...] = Field(min_length=1)
    """Files, folders and patterns."""
    enhancement: IES
    out: Path
    format: ImageFormat | None = None
    """Of the results; None keeps that of each input."""
    quality: int = Field(ICS().quality, ge=1, le=100)
    resume: bool = False
    """Leave alone what is there, from the same content and settings."""


@final
class EnhanceRunner:
    """Enlarges one file after the other: a `JobRunner`."""

    def __init__(
        self, settings: EnhanceJob, *, root: Path, record: RunRecord | None, listener: Listener | None
    ) -> None:
        own = folder_of(record, root) if record else None
        self.folder: Path | None = own or settings.out.absolute()
        self._settings = settings
        self._plan = plan_jobs(settings.inputs, self.folder, settings.format, listener=listener)
        weights = weight_store()
        self._definite = definite_enhancer(settings.enhancement, weights, listener=listener)
        located = self._definite.located
        self._enhancing = Enhancing(
            located,
            make_enhancer(located, listener=listener, published=weights.publication),
            DirectoryFolder(self.folder),
            quality=settings.quality,
            resume=settings.resume or own is not None,
            listener=listener,
        )
        self._started = monotonic()
        self.outcomes: list[Outcome] = []
        """What became of each file so far."""

    @property
    def settings(self) -> EnhanceJob:
        """The settings with definite paths and weights."""
        inputs = tuple(os.path.abspath(Path(text).expanduser()) for text in self._settings.inputs)
        definite = {"inputs": inputs, "out": self.folder, "enhancement": self._definite.named}
        return EnhanceJob.model_validate({**dict(self._settings), **definite})

    @property
    def total(self) -> int:
        """Files."""
        return len(self._plan)

    @property
    def seconds(self) -> float:
        """Since it was made."""
        return monotonic() - self._started

    def prepare(self) -> None:
        """Do nothing: which files there are is known from the beginning."""

    def run(self, control: JobControl) -> None:
        """Make what is not there yet; what is under way is finished before it ends early."""
        control.note(0)
        asked: Exception | None = None
        for outcome in self._enhancing.run(self._plan):
            self.outcomes.append(outcome)
            control.note(len(self.outcomes) - len(self._failures))
            try:
                control.check()
            except (
                Exception
            ) as error:  # whatever it is, the pictures that were enlarged together are written first
                asked = error
                self._enhancing.cancel()
        if asked is not None and len(self.outcomes) < self.total:
            raise asked
        if failures := self._failures:
            control.state = "failed" if len(failures) == self.total else "partial"
            control.message = (
                f"{len(failures)} of {self.total} pictures failed; the first: {failures[0].message}"
            )

    @property
    def _failures(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.state == "failed"]
