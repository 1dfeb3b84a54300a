"""``artgen runs``: every kind of run, in every result store that was used before."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.errors import INTERRUPTED
from pipeline.cli.output import JsonOption, Screen, cancel_on_interrupt, print_json, print_table

if TYPE_CHECKING:
    from interfaces.runs import RunRecord, RunRequest

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Look at runs of every kind; pause, resume and cancel them.")

Run = Annotated[str, typer.Argument(help="Id of the run (see `artgen runs list`).")]
Out = Annotated[
    Path | None,
    typer.Option(help="Result store or training folder.", show_default="every one used before"),
]


def _stores(out: Path | None) -> list[Path]:
    from storage.known_stores import known

    return [out.absolute()] if out is not None else known()


def _store_of(run: str, out: Path | None) -> Path:
    from storage.known_stores import find_run

    return find_run(run, _stores(out))


def _summary(record: "RunRecord", root: Path) -> dict[str, Any]:
    return {**record.model_dump(mode="json"), "out": str(root)}


@app.command("list")
def list_runs(out: Out = None, as_json: JsonOption = False) -> None:
    """List runs, newest first."""
    from storage.run_queue import SqlRunQueue

    found = [(record, root) for root in _stores(out) for record in SqlRunQueue(root).list()]
    found.sort(key=lambda pair: pair[0].id, reverse=True)
    if as_json:
        print_json([_summary(*pair) for pair in found])
        return
    rows = [
        (record.id, record.kind, record.state, f"{record.done}/{record.total}", root, record.message)
        for record, root in found
    ]
    print_table(
        ("run", "kind", "state", "done", "where", "message"), rows, "no runs yet; try `artgen pipeline run`"
    )


@app.command()
def show(run: Run, out: Out = None, as_json: JsonOption = False) -> None:
    """Show all that is known of a run."""
    from storage.run_queue import SqlRunQueue

    root = _store_of(run, out)
    summary = _summary(SqlRunQueue(root).get(run), root)
    if as_json:
        print_json(summary)
        return
    settings = summary.pop("settings")
    print_table(("", ""), [(name, value) for name, value in summary.items() if value], empty="")
    print_json(settings)


def _ask(run: str, out: Path | None, request: "RunRequest", as_json: bool) -> None:
    from storage.run_queue import SqlRunQueue

    root = _store_of(run, out)
    record = SqlRunQueue(root).request(run, request)
    if as_json:
        print_json(_summary(record, root))
    elif record.request is not None:
        typer.echo(f"run {run} is asked to {request}; it finishes what is under way first")
    else:
        typer.echo(f"run {run} is {record.state}")


@app.command()
def pause(run: Run, out: Out = None, as_json: JsonOption = False) -> None:
    """Ask a run in another process to stop for now."""
    _ask(run, out, "pause", as_json)


@app.command()
def cancel(run: Run, out: Out = None, as_json: JsonOption = False) -> None:
    """Ask a run to end; what was stored stays."""
    _ask(run, out, "cancel", as_json)


@app.command()
def resume(run: Run, out: Out = None, as_json: JsonOption = False) -> None:
    """Go on with a run that was paused, cancelled or broken off; makes only what is missing."""
    from storage.run_queue import SqlRunQueue

    root = _store_of(run, out)
    record = SqlRunQueue(root).get(run)
    if record.kind == "train":
        _resume_training(record, root, as_json)
    elif record.kind == "study":
        _resume_sweep(record, root, as_json)
    else:
        _resume_pipeline(record, root, as_json)


def _resume_pipeline(record: "RunRecord", root: Path, as_json: bool) -> None:
    from pipeline.cli.pipeline import produce, report
    from pipeline.orchestrator.resume import reassemble

    with Screen() as screen:
        made = produce(reassemble(record, root, listener=screen.listener), record.id)
    report(made, root, as_json)


def _resume_training(record: "RunRecord", root: Path, as_json: bool) -> None:
    from pipeline.cli.train import report
    from pipeline.train.run import TrainingRun

    with Screen() as screen:
        training = TrainingRun.of_record(record, root, screen.listener)
        with cancel_on_interrupt(training.cancel):
            ended, model = training.run(record.id, resume=True)
    report(ended, model, root, as_json)
    if model is None:
        raise typer.Exit(INTERRUPTED)


def _resume_sweep(record: "RunRecord", root: Path, as_json: bool) -> None:
    from pipeline.cli.sweep import finish
    from pipeline.sweep.sweep import Sweep

    with Screen() as screen:
        search = Sweep.of_record(record, root, screen.listener)
        with cancel_on_interrupt(search.cancel):
            ended, _ = search.run(record.id)
    finish(search, ended, as_json)
