"""``artgen runs``: every kind of run, in every result store that was used before."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.jobs import QueueOption, resume_run
from pipeline.cli.output import (
    JsonOption,
    Screen,
    YesOption,
    check_agreed,
    print_json,
    print_table,
    size_text,
)

if TYPE_CHECKING:
    from interfaces.runs import RunRecord, RunRequest
    from storage.run_queue import SqlRunQueue

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True, help="Look at runs of every kind; pause, resume, cancel, move and delete them."
)

Run = Annotated[str, typer.Argument(help="Id of the run (see `artgen runs list`).")]
Out = Annotated[
    Path | None,
    typer.Option(help="Result store, or the folder of a training.", show_default="every one used before"),
]


def _summary(record: "RunRecord", root: Path) -> dict[str, Any]:
    return {**record.model_dump(mode="json"), "out": str(root)}


def _queue_of(run: str, out: Path | None) -> "SqlRunQueue":
    from storage.known_stores import find_run
    from storage.run_queue import SqlRunQueue

    return SqlRunQueue(find_run(run, out))


@app.command("list")
def list_runs(out: Out = None, as_json: JsonOption = False) -> None:
    """List runs, newest first."""
    with Screen():
        from storage.known_stores import runs_of

        found = runs_of(*([out] if out else []))
        rows = [
            (
                record.id, record.kind, record.state, f"{record.done}/{record.total}", _stage(record),
                _where(record, root), record.message,
            )
            for record, root in found
        ]  # fmt: skip
    if as_json:
        print_json([_summary(*pair) for pair in found])
        return
    columns = ("run", "kind", "state", "done", "stage", "where", "message")
    print_table(columns, rows, "no runs yet; try `artgen pipeline run`")


def _where(record: "RunRecord", root: Path) -> Path:
    from storage.known_stores import folder_of

    return folder_of(record, root) or root


def _stage(record: "RunRecord") -> str:
    """Return how far the stage under way is: ``training 120/2000 steps, 3.1/s``."""
    if not record.stage or record.state != "running":
        return ""
    of_all = f"/{record.stage_total}" if record.stage_total else ""
    rate = f", {record.rate:.3g}/s" if record.rate else ""
    detail = f", {record.detail}" if record.detail else ""
    return f"{record.stage} {record.stage_done}{of_all} {record.unit}".rstrip() + detail + rate


@app.command()
def show(run: Run, out: Out = None, as_json: JsonOption = False) -> None:
    """Show all that is known of a run."""
    with Screen():
        queue = _queue_of(run, out)
        summary = _summary(queue.get(run), queue.root)
    if as_json:
        print_json(summary)
        return
    settings = summary.pop("settings")
    print_table(("", ""), [(name, value) for name, value in summary.items() if value], empty="")
    print_json(settings)


def _ask(run: str, out: Path | None, request: "RunRequest", as_json: bool) -> None:
    with Screen():
        queue = _queue_of(run, out)
        record = queue.request(run, request)
    if as_json:
        print_json(_summary(record, queue.root))
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
def resume(run: Run, out: Out = None, queue: QueueOption = False, as_json: JsonOption = False) -> None:
    """Go on with a run that was paused, cancelled or broken off; makes only what is missing."""
    resume_run(run, out, queue=queue, as_json=as_json)


@app.command()
def move(
    run: Run,
    place: Annotated[int, typer.Argument(min=1, help="1 is next.")],
    out: Out = None,
    as_json: JsonOption = False,
) -> None:
    """Change the place of a queued run among those that wait."""
    with Screen():
        queue = _queue_of(run, out)
        record = queue.move(run, place)
    if as_json:
        print_json(_summary(record, queue.root))
    else:
        typer.echo(f"run {run} is at place {place}, or at the end")


@app.command()
def delete(run: Run, out: Out = None, yes: YesOption = False) -> None:
    """Remove a run and the pictures that it stored; what it wrote to a folder of its own stays there."""
    with Screen():
        from storage.known_stores import folder_of
        from storage.run_deletion import check_at_rest, delete_run, files_of_run

        queue = _queue_of(run, out)
        root, record = queue.root, queue.get(run)
        check_at_rest(record)
        files = files_of_run(root, run)
    size = size_text(sum(file.lstat().st_size for file in files))
    check_agreed(f"remove run {run} with {len(files)} files ({size}) from {root}?", yes)
    delete_run(root, run)
    typer.echo(f"removed run {run} with {len(files)} files, {size}")
    folder = folder_of(record, root)
    if folder is not None and folder.exists():
        typer.echo(f"what it wrote to {folder} stays; `artgen model delete` removes a model")
