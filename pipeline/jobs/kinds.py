"""Which kinds of jobs there are. A new one is a module of its own, and a line here."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from interfaces.errors import RunError
from interfaces.events import Listener
from interfaces.jobs import JobRunner, JobSettings
from interfaces.runs import RunRecord
from pipeline.settings.places import anywhere

if TYPE_CHECKING:
    from pipeline.jobs.verbs import Ended

__all__ = ["JOBS", "JobKind", "kind_of", "make_runner", "report_of", "settings_of"]


class JobKind(NamedTuple):
    """Where the parts of a kind are, as ``package.module:Class``; imported when the first of its jobs is at hand."""

    settings: str
    """A `JobSettings`."""
    runner: str
    """Makes a `JobRunner` of them: see `interfaces.jobs.MakeRunner`."""
    report: str = "pipeline.cli.jobs:report"
    """Tells the user of the command line how such a job has ended."""


JOBS: dict[str, JobKind] = {
    "pipeline": JobKind(
        "pipeline.orchestrator.job:PipelineJob",
        "pipeline.orchestrator.job:PipelineRunner",
        "pipeline.cli.pipeline:report",
    ),
    "train": JobKind(
        "pipeline.train.job:TrainJob", "pipeline.train.job:TrainRunner", "pipeline.cli.train:report"
    ),
    "enhance": JobKind(
        "pipeline.enhance.job:EnhanceJob", "pipeline.enhance.job:EnhanceRunner", "pipeline.cli.enhance:report"
    ),
    "evaluate": JobKind(
        "pipeline.evaluate.job:EvaluateJob",
        "pipeline.evaluate.job:EvaluateRunner",
        "pipeline.cli.evaluate:report",
    ),
    "sweep": JobKind(
        "pipeline.sweep.job:SweepJob", "pipeline.sweep.job:SweepRunner", "pipeline.cli.sweep:report"
    ),
    "classifier": JobKind(
        "pipeline.lab.classifier:ClassifierJob",
        "pipeline.lab.classifier:ClassifierRunner",
        "pipeline.cli.lab_maps:report_classifier",
    ),
    "style-trial": JobKind(
        "pipeline.page.style_trial:StyleTrialJob", "pipeline.page.style_trial:StyleTrialRunner"
    ),
}
"""By the name that stands in the runs table."""

_EARLIER = {"study": "sweep"}
"""Names that artgen 0.1 gave, and what they are called here."""


def kind_of(record: RunRecord) -> JobKind:
    """Return the kind of a run's job.

    Raises:
        RunError: this release knows no such kind.
    """
    name = _EARLIER.get(record.kind, record.kind)
    if name not in JOBS:
        known = ", ".join(sorted(JOBS))
        raise RunError(
            f"run {record.id} is of the kind {record.kind!r}, which is none of those known: {known}"
        )
    return JOBS[name]


def settings_of(record: RunRecord) -> JobSettings:
    """Return the settings of a run's job.

    Raises:
        RunError: this release knows no such kind, or the settings are not what it wants.
    """
    contract = _imported(kind_of(record).settings)
    kind = _EARLIER.get(record.kind, record.kind)
    try:
        settings: JobSettings = contract.model_validate({**record.settings, "kind": kind})
    except ValidationError as error:
        raise RunError(
            f"run {record.id} was recorded by another version and cannot be resumed: {error}"
        ) from error
    return settings


def make_runner(
    settings: JobSettings, root: Path, record: RunRecord | None, listener: Listener | None
) -> JobRunner:
    """Return the runner of a job, which has checked all that can be told at once.

    Paths in the settings of a new job become absolute first: a worker has another working folder.

    Raises:
        ArtgenError: the job is refused.
    """
    make = _imported(JOBS[settings.kind].runner)
    definite = anywhere(settings) if record is None else settings
    runner: JobRunner = make(definite, root=root, record=record, listener=listener)
    return runner


def report_of(record: RunRecord) -> "Callable[[Ended, bool], None]":
    """Return what tells the end of a run of this kind."""
    report: Callable[[Ended, bool], None] = _imported(kind_of(record).report)
    return report


def _imported(place: str) -> Any:
    """Return what ``package.module:name`` stands for.

    >>> _imported("pathlib:Path").__name__
    'Path'
    """
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)
