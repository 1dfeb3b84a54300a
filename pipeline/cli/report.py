"""``artgen report``: what came of trainings, side by side."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.output import JsonOption, Screen, print_json, print_table

if TYPE_CHECKING:
    from pipeline.evaluate.training_report import TrainingSummary

__all__ = ["report"]


def report(
    trainings: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN|FOLDER...",
            help="Ids of trainings (see `artgen runs list`), their folders, or the folder of a sweep for all its trials.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Also write the table to this file: .md, .csv (all numbers) or .json.", show_default=False
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Compare trainings: epochs, time, time per epoch, mode collapse, final metrics; one row each.

    Trainings that are under way, paused or killed are shown with what they have reached. The metrics are those of
    `artgen evaluate MODEL SOURCE` where it was called (without its --out), otherwise the last values of the log.
    """
    _check_suffix(out)
    with Screen():
        from pipeline.evaluate.report_table import COLUMNS, cells
        from pipeline.evaluate.training_report import find_trainings, summarise
        from storage.known_stores import runs_of

        found = find_trainings(trainings)
        runs = runs_of(*(folder for folder, _ in found))
        summaries = [summarise(folder, run, runs) for folder, run in found]
    if out is not None:
        _write(out, summaries)
    if as_json:
        print_json([summary.model_dump(mode="json") for summary in summaries])
        return
    print_table(COLUMNS, [cells(summary) for summary in summaries], empty="")
    _explain(summaries, out)


_SUFFIXES = (".md", ".csv", ".json")


def _check_suffix(out: Path | None) -> None:
    from interfaces.errors import SettingsError

    if out is not None and out.suffix not in _SUFFIXES:
        raise SettingsError(f"--out: wanted a file ending in {', '.join(_SUFFIXES)}, got {out}")


def _write(out: Path, summaries: "Sequence[TrainingSummary]") -> None:
    import json

    from pipeline.evaluate.report_table import to_csv, to_markdown
    from storage.run_folder import DirectoryFolder

    if out.suffix == ".json":
        text = json.dumps(
            [summary.model_dump(mode="json") for summary in summaries], indent=1, ensure_ascii=False
        )
    else:
        text = (to_markdown if out.suffix == ".md" else to_csv)(summaries)
    DirectoryFolder(out.absolute().parent).write(out.name, text.encode())


def _explain(summaries: "Sequence[TrainingSummary]", out: Path | None) -> None:
    for summary in summaries:
        for note in summary.notes:
            typer.echo(f"{summary.name}: {note}")
    bare = [summary for summary in summaries if summary.state == "done" and not summary.measurements]
    if bare:
        typer.echo(
            f"losses stand where nothing was measured; measure with: artgen evaluate {bare[0].folder} SOURCE"
        )
    if out is not None:
        typer.echo(out)
