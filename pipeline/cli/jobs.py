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


def perform(
    build: "Callable[[], tuple[JobSettings, Path]]",
    *,
    queue: bool,
    as_json: bool,
    beside: "Callable[[Listener], Listener]" = lambda listener: listener,
) -> None:
    """Do a job and say how it ended, or leave it to a worker.

    Args:
        build: returns what to do, and the store whose queue has the run. It is called when the screen says already that
            work has begun, and so is the place for imports that take long.
        queue: leave it to a worker.
        as_json: say it as JSON.
        beside: returns what hears the events before what it is given, which shows them on the screen.
    """
    ended: Ended | RunRecord
    cancelled = Flag()
    with Screen() as screen:
        settings, store = build()
        from pipeline.jobs.verbs import run, submit

        root = store.absolute()
        if queue:
            ended = submit(settings, root, listener=screen.listener)
        else:
            with cancel_on_interrupt(cancelled.set):
                ended = run(settings, root, listener=beside(screen.listener), cancelled=cancelled)
    _tell_either(ended, root, as_json)


def resume_run(run: str, out: Path | None, *, queue: bool, as_json: bool) -> None:
    """Go on with a run of any kind and say how it ended, or leave that to a worker.

    Args:
        run: its id.
        out: the store that has it; None for all that were used before.
        queue: leave it to a worker.
        as_json: say it as JSON.
    """
    ended: Ended | RunRecord
    cancelled = Flag()
    with Screen() as screen:
        from pipeline.jobs.verbs import resume
        from storage.known_stores import find_run
        from storage.run_queue import SqlRunQueue

        root = find_run(run, out)
        if queue:
            ended = SqlRunQueue(root).requeue(run)
        else:
            with cancel_on_interrupt(cancelled.set):
                ended = resume(run, root, listener=screen.listener, cancelled=cancelled)
    _tell_either(ended, root, as_json)


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


def _tell_either(ended: "Ended | RunRecord", root: Path, as_json: bool) -> None:
    from interfaces.runs import RunRecord

    if isinstance(ended, RunRecord):
        _tell_queued(ended, root, as_json)
    else:
        tell(ended, as_json)


def _tell_queued(record: "RunRecord", root: Path, as_json: bool) -> None:
    if as_json:
        print_json({**record.model_dump(mode="json"), "out": str(root)})
        return
    typer.echo(f"run {record.id} is queued in {root}; `artgen worker --out {root}` does what is queued there")


def worker(
    once: Annotated[bool, typer.Option("--once", help="End when nothing is queued any more.")] = False,
    out: Annotated[Path, typer.Option(help="Result store whose queue is worked off.")] = DEFAULT_STORE,
    beside: Annotated[
        int | None, typer.Option(hidden=True, help="End, too, when this process has ended.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Do what was queued with `--queue`, one run after the other, and wait for more.

    Each run has the threads and the precision of its own. One that fails does not keep the others from being done. What a
    process that died has left running is taken up as well.
    Ctrl-C ends the run under way as everywhere, and then the worker.
    """
    with Screen():
        from storage.known_stores import remember
        from storage.previews import clear_left
        from storage.run_queue import SqlRunQueue

        queue = SqlRunQueue(out.absolute())
        remember(queue.root)
        clear_left(queue)
    states: list[dict[str, Any]] = []
    cancelled = Flag()
    with cancel_on_interrupt(cancelled.set):
        while not cancelled.is_set():
            claimed = _next(queue, once, cancelled, beside)
            if claimed is None:
                break
            state = _do(queue, claimed, cancelled)
            states.append(state)
            if not as_json:
                typer.echo(
                    f"run {state['id']} ({state['kind']}) is {state['state']}: {state['message']}".rstrip(
                        ": "
                    )
                )
    if as_json:
        print_json(states)
    if cancelled.is_set():
        raise typer.Exit(INTERRUPTED)
    if any(state["state"] != "done" for state in states):
        raise typer.Exit(PARTLY_DONE)


def _next(queue: Any, once: bool, cancelled: Flag, beside: int | None) -> "RunRecord | None":
    """Return the next queued run, which this process has claimed then; None where the worker shall end."""
    with Screen(f"waiting for runs in {queue.root}"):
        while not cancelled.is_set() and (beside is None or _lives(beside)):
            claimed: RunRecord | None = queue.claim_next()
            if claimed is not None or once:
                return claimed
            cancelled.wait(_LOOK_EVERY_S)
    return None


def _lives(process: int) -> bool:
    import psutil

    return bool(psutil.pid_exists(process))


def _do(queue: Any, claimed: "RunRecord", cancelled: Flag) -> dict[str, Any]:
    """Do the job of a claimed run; what stops it stands in its row."""
    import logging

    from interfaces.errors import ArtgenError, ComponentError
    from pipeline.jobs.verbs import run_claimed
    from pipeline.runs.preview_listener import PreviewListener

    try:
        with Screen() as screen:
            listener = PreviewListener(queue.root, claimed.id, screen.listener)
            run_claimed(queue, claimed, listener=listener, cancelled=cancelled)
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
