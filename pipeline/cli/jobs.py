"""What the commands that do a job have in common: run it now or leave it to a worker, and say how it ended."""

from collections.abc import Callable
from pathlib import Path
from threading import Event as Flag
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.errors import INTERRUPTED, PARTLY_DONE
from pipeline.cli.output import JsonOption, Screen, cancel_on_interrupt, print_json
from storage.paths import DEFAULT_STORE

if TYPE_CHECKING:
    from interfaces.events import Listener
    from interfaces.jobs import JobSettings
    from interfaces.runs import RunRecord
    from pipeline.jobs.verbs import Ended

__all__ = [
    "DEFAULT_STORE",
    "QueueOption",
    "StoreOption",
    "ThreadsOption",
    "leave_with",
    "perform",
    "report",
    "resume_run",
    "tell",
    "worker",
]

_LOOK_EVERY_S = 1.0

QueueOption = Annotated[
    bool, typer.Option("--queue", help="Leave it to `artgen worker`, after those that wait already.")
]
StoreOption = Annotated[Path, typer.Option(help="Result store whose queue has the run.")]
ThreadsOption = Annotated[
    int | None, typer.Option(min=1, help="Processor threads.", show_default="those of the process")
]


def perform(settings: "JobSettings", store: Path, *, queue: bool, as_json: bool) -> None:
    """Do a job and say how it ended, or leave it to a worker."""
    from pipeline.jobs.verbs import run, submit

    root = store.absolute()
    if queue:
        with Screen() as screen:
            record = submit(settings, root, listener=screen.listener)
        _tell_queued(record, root, as_json)
        return
    tell(_here(lambda listener, flag: run(settings, root, listener=listener, cancelled=flag)), as_json)


def resume_run(run: str, root: Path, *, queue: bool, as_json: bool) -> None:
    """Go on with a run of any kind and say how it ended, or leave that to a worker."""
    from pipeline.jobs.verbs import resume
    from storage.run_queue import SqlRunQueue

    if queue:
        _tell_queued(SqlRunQueue(root).requeue(run), root, as_json)
        return
    tell(_here(lambda listener, flag: resume(run, root, listener=listener, cancelled=flag)), as_json)


def _here(act: "Callable[[Listener, Flag], Ended]") -> "Ended":
    cancelled = Flag()
    with Screen() as screen, cancel_on_interrupt(cancelled.set):
        return act(screen.listener, cancelled)


def tell(ended: "Ended", as_json: bool) -> None:
    """Say how a job of any kind ended, and leave with the fitting exit code."""
    from pipeline.jobs.kinds import report_of

    (report if ended.runner is None else report_of(ended.record))(ended, as_json)


def report(ended: "Ended", as_json: bool) -> None:
    """Say how a job ended of whose kind nothing more is known."""
    record = ended.record
    if as_json:
        print_json({**record.model_dump(mode="json"), "out": str(ended.root)})
    else:
        why = f": {record.message}" if record.message else ""
        typer.echo(f"run {record.id} is {record.state}, {record.done} of {record.total} done{why}")
        if record.state != "done":
            typer.echo(f"the rest: artgen runs resume {record.id}")
    leave_with(record)


def leave_with(record: "RunRecord") -> None:
    """Leave with the exit code that fits the state, unless all is done."""
    if record.state in ("cancelled", "paused"):
        raise typer.Exit(INTERRUPTED)
    if record.state != "done":
        raise typer.Exit(PARTLY_DONE)


def _tell_queued(record: "RunRecord", root: Path, as_json: bool) -> None:
    if as_json:
        print_json({**record.model_dump(mode="json"), "out": str(root)})
        return
    typer.echo(f"run {record.id} is queued in {root}; `artgen worker --out {root}` does what is queued there")


def worker(
    once: Annotated[bool, typer.Option("--once", help="End when nothing is queued any more.")] = False,
    out: Annotated[Path, typer.Option(help="Result store whose queue is worked off.")] = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """Do what was queued with `--queue`, one run after the other, and wait for more.

    Each run has the threads and the precision of its own. One that fails does not keep the others from being done. What a
    process that died has left running is taken up as well.
    Ctrl-C ends the run under way as everywhere, and then the worker.
    """
    from time import sleep

    from storage.known_stores import remember
    from storage.run_queue import SqlRunQueue

    queue = SqlRunQueue(out.absolute())
    remember(queue.root)
    states: list[dict[str, Any]] = []
    cancelled = Flag()
    with cancel_on_interrupt(cancelled.set):
        while not cancelled.is_set():
            claimed = queue.claim_next()
            if claimed is not None:
                state = _do(queue, claimed, cancelled)
                states.append(state)
                if not as_json:
                    typer.echo(
                        f"run {state['id']} ({state['kind']}) is {state['state']}: {state['message']}".rstrip(
                            ": "
                        )
                    )
            elif once:
                break
            else:
                sleep(_LOOK_EVERY_S)
    if as_json:
        print_json(states)
    if cancelled.is_set():
        raise typer.Exit(INTERRUPTED)
    if any(state["state"] != "done" for state in states):
        raise typer.Exit(PARTLY_DONE)


def _do(queue: Any, claimed: "RunRecord", cancelled: Flag) -> dict[str, Any]:
    """Do the job of a claimed run; what stops it stands in its row."""
    import logging

    from interfaces.errors import ArtgenError, ComponentError
    from pipeline.jobs.verbs import run_claimed

    try:
        with Screen() as screen:
            run_claimed(queue, claimed, listener=screen.listener, cancelled=cancelled)
    except ComponentError as error:
        problem = f"run {claimed.id}: {error}\n{error.frames}".rstrip()
        logging.getLogger(__name__).error(problem)  # noqa: TRY400  # the lines of their files are what helps
    except ArtgenError as error:
        logging.getLogger(__name__).info("run %s: %s", claimed.id, error)
    except Exception:
        # a fault of ours: the queue goes on, and the trace is not lost
        logging.getLogger(__name__).exception("run %s broke off", claimed.id)
    found: dict[str, Any] = queue.get(claimed.id).model_dump(mode="json")
    return found
