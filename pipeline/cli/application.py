"""The tree of commands."""

from typing import Annotated

import typer

from pipeline.cli import (
    cache,
    component,
    data,
    doctor,
    enhance,
    evaluate,
    jobs,
    lab,
    model,
    pipeline,
    report,
    results,
    runs,
    stylize,
    sweep,
    train,
    translate,
    ui,
    weights,
)
from pipeline.cli.errors import OneLineErrors
from pipeline.cli.examples import add_examples

__all__ = ["app"]

app = typer.Typer(
    cls=OneLineErrors,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Make art: learn from a collection of paintings, generate pictures, enlarge them to 256 and 1024 pixels.",
    epilog="`artgen doctor` says what this machine can do.",
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"artgen {version('artgen')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


app.add_typer(pipeline.app, name="pipeline")
app.command("enhance", cls=enhance.EnhanceCommand)(enhance.enhance)
app.command("stylize", cls=stylize.StylizeCommand)(stylize.stylize)
app.command("translate", cls=translate.TranslateCommand)(translate.translate)
app.add_typer(runs.app, name="runs")
app.command("worker")(jobs.worker)
app.add_typer(data.app, name="data")
app.command("train")(train.train)
app.command("evaluate")(evaluate.evaluate)
app.command("report")(report.report)
app.command("sweep", epilog=sweep.EXAMPLE)(sweep.sweep)
app.add_typer(lab.app, name="lab")
app.add_typer(model.app, name="model")
app.add_typer(weights.app, name="weights")
app.add_typer(results.app, name="results")
app.add_typer(cache.app, name="cache")
app.add_typer(component.app, name="component")
app.command("ui")(ui.ui)
app.command("doctor")(doctor.doctor)
add_examples(app)
