"""``artgen sweep``: search the settings of a training."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from pipeline.cli.errors import INTERRUPTED, PARTLY_DONE
from pipeline.cli.jobs import DEFAULT_STORE, QueueOption, StoreOption, ThreadsOption, perform
from pipeline.cli.output import JsonOption, Screen, print_json, print_table

if TYPE_CHECKING:
    from interfaces.jobs import JobSettings
    from interfaces.runs import RunRecord
    from pipeline.jobs.verbs import Ended
    from pipeline.sweep.sweep import Sweep

__all__ = ["EXAMPLE", "report", "sweep"]

EXAMPLE = """\
Example of a FILE:

source = "paintings.zip"
preset = "wgan-gp"
steps = 2000                  # of each trial
sampler = "random"            # or "grid"
count = 20                    # trials
\\[fixed]                       # as with `artgen train --set`
generator.width = 32
\\[space]                       # lists and ranges
optimizer = ["adam", "sgd"]
learning_rate = { low = 1e-5, high = 1e-3, log = true }
generator.latent = [100, 128, 256]
\\[metric]
every = 200                   # steps
\\[pruner]                      # or "successive-halving", "none"
kind = "median"
"""


def sweep(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What to try, as TOML.")],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the sweep.", show_default="one in the data folder, named by its settings"
        ),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on with the sweep in the folder; `count` may be larger by now."),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Show the trials, and those that make no sense, and train nothing."),
    ] = False,
    store: StoreOption = DEFAULT_STORE,
    threads: ThreadsOption = None,
    queue: QueueOption = False,
    as_json: JsonOption = False,
) -> None:
    """Search the settings of a training: many short trainings, the poor ones stopped early, the best one named.

    FILE names the pictures, the preset, the length of a trial, and the settings to vary. Trials are compared by the
    sliced Wasserstein distance of their samples to the pictures (lower is better), which needs no weights. Every
    trial is a training folder of its own; `artgen report FOLDER` compares them in all other numbers.

    Results so far: sweep.csv, sweep.json and sweep.png in the folder. Ctrl-C, `artgen runs pause` and a crash lose
    nothing: --resume (or `artgen runs resume`) goes on with the trial under way.
    """
    if dry_run:
        with Screen() as screen:
            from pipeline.sweep.settings import load_sweep
            from pipeline.sweep.sweep import Sweep

            search = Sweep(load_sweep(file), folder=out, listener=screen.listener)
        _show_plan(search, as_json)
        return

    def build() -> "tuple[JobSettings, Path]":
        from pipeline.sweep.job import SweepJob
        from pipeline.sweep.settings import load_sweep

        return SweepJob(sweep=load_sweep(file), out=out, resume=resume, threads=threads), store

    perform(build, queue=queue, as_json=as_json)


def report(ended: "Ended", as_json: bool) -> None:
    """Print the results of a sweep that has come to an end for now, and leave with its exit code."""
    from pipeline.settings.json_files import read_object
    from pipeline.sweep.job import SweepRunner
    from pipeline.sweep.results import RESULT_FILE

    record, search = ended.record, cast("SweepRunner", ended.runner).search
    folder = search.folder.path
    result = read_object(folder / RESULT_FILE)
    if as_json:
        print_json({**record.model_dump(mode="json"), "folder": folder, **result})
    else:
        _print(search, record, result)
    if record.state != "done":
        raise typer.Exit(INTERRUPTED)
    if not result.get("best"):
        raise typer.Exit(PARTLY_DONE)


def _print(search: "Sweep", record: "RunRecord", result: dict[str, Any]) -> None:
    from pipeline.evaluate.report_table import duration
    from pipeline.sweep.results import ranked
    from pipeline.sweep.study import TrialResult

    trials = [
        TrialResult.model_validate({name: one[name] for name in TrialResult.model_fields})
        for one in result.get("trials", [])
    ]
    names = list(search.settings.space)
    rows = [
        (
            one.number, one.outcome, "-" if one.value is None else f"{one.value:.4g}", max(one.values, default="-"),
            duration(one.seconds), *(_short(one.point[name]) for name in names), one.reason,
        )
        for one in ranked(trials)
    ]  # fmt: skip
    print_table(
        ("trial", "outcome", "SWD", "step", "time", *names, "reason"), rows, empty="no trial has ended yet"
    )
    if result:
        typer.echo(f"SWD of real against real pictures: {result['metric']['floor']:.4g}")
    best = result.get("best")
    if best:
        typer.echo(f"best: trial {best['number']}; train it longer with: {best['train']}")
    elif record.state == "done":
        typer.echo("no trial came to its end")
    for name in ("sweep.csv", "sweep.png"):
        if result:
            typer.echo(search.folder.path / name)
    if record.state != "done":
        typer.echo(f"run {record.id} is {record.state}; go on with: artgen runs resume {record.id}")


def _short(value: object) -> str:
    from pipeline.settings.dotted import to_text

    return f"{value:.4g}" if isinstance(value, float) else to_text(value)


def _show_plan(search: "Sweep", as_json: bool) -> None:
    if as_json:
        trials = [
            {"number": number, "point": point, "refused": search.refused.get(number)}
            for number, point in enumerate(search.points, start=1)
        ]
        print_json({"settings": search.settings.model_dump(mode="json"), "trials": trials})
        return
    names = list(search.settings.space)
    rows = [
        (number, *(_short(point[name]) for name in names), search.refused.get(number, ""))
        for number, point in enumerate(search.points, start=1)
    ]
    print_table(("trial", *names, "refused"), rows, empty="")
    trained = len(search.points) - len(search.refused)
    typer.echo(
        f"{trained} trials of {search.settings.steps} steps each, at most; folder {search.folder.path}"
    )
