"""The three verbs of every job: submit, run, resume; and what a worker does."""

from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event as Flag
from typing import NamedTuple

from pydantic import JsonValue

from interfaces.events import Listener
from interfaces.jobs import JobRunner, JobSettings
from interfaces.runs import RunRecord, RunState
from pipeline.jobs.conditions import conditions
from pipeline.jobs.kinds import make_runner, settings_of
from pipeline.runs.row_listener import RowListener
from pipeline.runs.supervisor import Control, supervise
from storage.known_stores import folder_of, remember
from storage.run_queue import SqlRunQueue, is_orphaned

__all__ = ["Ended", "resume", "run", "run_claimed", "submit"]


class Ended(NamedTuple):
    """A job that came to its end in this process, for now or for good."""

    record: RunRecord
    """The run as it ended."""
    runner: JobRunner | None
    """What did it, with all that it can tell; None where it was stopped before it was made."""
    root: Path
    """Folder of the store whose queue has the run."""


def submit(
    settings: JobSettings,
    root: Path,
    *,
    listener: Listener | None = None,
    check: Callable[[Mapping[str, JsonValue]], None] = lambda definite: None,
) -> RunRecord:
    """Add a job to the queue of the store in ``root``, for a worker to do, and return its run.

    Args:
        settings: of the job.
        root: folder of the store.
        listener: is told every event.
        check: is handed the settings as they will be recorded, and may raise.

    Raises:
        ArtgenError: the job is refused, by what can be told at once; nothing is recorded then.
    """
    with conditions(settings.threads, settings.precision):
        runner = make_runner(settings, root, None, listener)
    queue = SqlRunQueue(root)
    remember(root)
    definite = runner.settings.model_dump(mode="json")
    check(definite)
    return queue.create(settings.kind, definite, runner.total)


def run(
    settings: JobSettings, root: Path, *, listener: Listener | None = None, cancelled: Flag | None = None
) -> Ended:
    """Submit a job to the store in ``root``, and do it here and now.

    Args:
        settings: of the job.
        root: folder of the store.
        listener: is told every event.
        cancelled: set it to ask the job to save and end; from a signal handler or another thread.

    Raises:
        ArtgenError: the job is refused, and nothing is recorded; or whatever stops it, and it can be resumed.
    """
    told = RowListener(listener)
    with conditions(settings.threads, settings.precision):
        runner = make_runner(settings, root, None, told)
        runner.prepare()
        queue = SqlRunQueue(root)
        remember(root)
        earlier = _to_go_on_with(queue, runner)
        claimed = (
            queue.claim(earlier.id)
            if earlier
            else queue.create(settings.kind, _definite(runner), runner.total, claimed=True)
        )
        before = earlier.state if earlier else "queued"
        with supervise(queue, claimed, cancelled or Flag(), told, before=before) as control:
            _work(runner, control)
    return Ended(queue.get(claimed.id), runner, root)


def resume(run: str, root: Path, *, listener: Listener | None = None, cancelled: Flag | None = None) -> Ended:
    """Go on with a run of the store in ``root``, whatever its kind; only what is missing is made.

    Raises:
        RunError: there is no such run, it is done, or a process that is alive works on it.
        ArtgenError: going on is refused, and the run stays as it was; or whatever stops it.
    """
    queue = SqlRunQueue(root)
    before = queue.get(run).state
    return run_claimed(queue, queue.claim(run), before=before, listener=listener, cancelled=cancelled)


def run_claimed(
    queue: SqlRunQueue,
    claimed: RunRecord,
    *,
    before: RunState = "queued",
    listener: Listener | None = None,
    cancelled: Flag | None = None,
) -> Ended:
    """Do the job of a run that this process has claimed.

    Args:
        queue: has the run.
        claimed: the run.
        before: its state before it was claimed.
        listener: is told every event.
        cancelled: set it to ask the job to save and end.

    Raises:
        ArtgenError: the job is refused, or whatever stops it; its run says so.
    """
    told, runner = RowListener(listener), None
    with supervise(queue, claimed, cancelled or Flag(), told, before=before) as control:
        settings = settings_of(claimed)
        with conditions(settings.threads, settings.precision):
            runner = make_runner(settings, queue.root, claimed, told)
            runner.prepare()
            control.check()
            _work(runner, control)
    return Ended(queue.get(claimed.id), runner, queue.root)


def _work(runner: JobRunner, control: Control) -> None:
    control.describe(_definite(runner), runner.total, runner.folder)
    runner.run(control)


def _definite(runner: JobRunner) -> Mapping[str, JsonValue]:
    """Return the settings that are stored, with the threads that the job has: resuming takes as many."""
    import torch

    return {**runner.settings.model_dump(mode="json"), "threads": torch.get_num_threads()}


def _to_go_on_with(queue: SqlRunQueue, runner: JobRunner) -> RunRecord | None:
    """Return the unfinished run whose work in the same folder this job goes on with; None where there is none."""
    if not runner.settings.goes_on or runner.folder is None:
        return None
    for record in queue.list():
        at_work = record.state == "running" and not is_orphaned(record)
        if record.kind != runner.settings.kind or record.state in ("done", "queued") or at_work:
            continue
        if folder_of(record, queue.root) == runner.folder.absolute():
            return record
    return None
