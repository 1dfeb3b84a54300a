"""The main job: pictures from a model, or from training pictures on, into the result store."""

from pathlib import Path
from time import monotonic
from typing import Any, Literal, final

from pydantic import JsonValue, model_validator

from interfaces.events import Listener
from interfaces.jobs import JobControl, JobSettings
from interfaces.runs import RunRecord, StoredFile
from pipeline.orchestrator.assembly import assemble
from pipeline.orchestrator.resume import reassemble
from pipeline.settings.config import PipelineConfig
from pipeline.stylize.study import write_study

__all__ = ["PipelineJob", "PipelineRunner"]


class PipelineJob(JobSettings):
    """What to generate, how large, into which files, and what must be the same when it goes on."""

    kind: Literal["pipeline"] = "pipeline"
    config: PipelineConfig
    fixed: dict[str, JsonValue] | None = None
    """Threads and digests, once it was checked: what decides the bytes besides the configuration."""

    @model_validator(mode="before")
    @classmethod
    def _with_fixed_threads(cls, values: Any) -> Any:
        fixed = values.get("fixed") if isinstance(values, dict) else None
        if isinstance(fixed, dict) and values.get("threads") is None:
            return {**values, "threads": fixed.get("threads")}
        return values


@final
class PipelineRunner:
    """Assembles the pipeline, which checks everything, and lets it run: a `JobRunner`."""

    def __init__(
        self, settings: PipelineJob, *, root: Path, record: RunRecord | None, listener: Listener | None
    ) -> None:
        config = PipelineConfig.model_validate({**settings.config.model_dump(), "out": root})
        if settings.fixed is None:
            self._pipeline = assemble(config, listener=listener)
        else:
            run = record.id if record else None
            self._pipeline = reassemble(config, settings.fixed, run=run, listener=listener)
        self._settings = settings
        self._root = root
        self._listener = listener or (lambda event: None)
        self._started = monotonic()
        self.files: list[StoredFile] = []
        """Stored by this process, in order."""

    @property
    def settings(self) -> PipelineJob:
        """The settings with definite weights, and what must not change: as they were when it was first assembled."""
        if self._settings.fixed is not None:
            return self._settings
        return PipelineJob.model_validate({**self._settings.model_dump(), **self._pipeline.record})

    @property
    def total(self) -> int:
        """Pictures, besides the smaller ones that are kept and the contact sheet."""
        return self._settings.config.generation.count

    @property
    def folder(self) -> None:
        """It writes into the result store alone."""
        return

    @property
    def failed(self) -> dict[int, str]:
        """Seed and reason of every picture that could not be made."""
        return dict(self._pipeline.failed)

    @property
    def seconds(self) -> float:
        """Since it was assembled."""
        return monotonic() - self._started

    def prepare(self) -> None:
        """Do nothing: the training pictures are looked at when the model is wanted, which may be there already."""

    def run(self, control: JobControl) -> None:
        """Store what is missing."""
        for file in self._pipeline.work(control):
            self.files.append(file)
        write_study(self.settings.config, self._root, control.record.id, self._listener)
