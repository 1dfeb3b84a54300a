"""``artgen evaluate``: how good a model is."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from pipeline.cli.components import ComponentOption, named_components
from pipeline.cli.jobs import DEFAULT_STORE, QueueOption, StoreOption, ThreadsOption, perform
from pipeline.cli.jobs import report as report_state
from pipeline.cli.output import JsonOption, print_json, print_table

if TYPE_CHECKING:
    from interfaces.jobs import JobSettings
    from pipeline.jobs.verbs import Ended

__all__ = ["evaluate", "report"]


def evaluate(
    model: Annotated[str, typer.Argument(help="Name or path of a model (see `artgen model list`).")],
    source: Annotated[
        str,
        typer.Argument(help="Folder, ZIP, TAR or URL of real pictures; of a translation, those of domain A."),
    ],
    source_b: Annotated[
        str | None,
        typer.Argument(metavar="[B]", help="Of a translation: pictures of domain B.", show_default="none"),
    ] = None,
    count: Annotated[
        int,
        typer.Option(help="Generated pictures; as many real ones are taken twice."),
    ] = 2048,
    seed: Annotated[int, typer.Option(help="Seed of the first picture.")] = 0,
    style: Annotated[str | None, typer.Option(help="Compare pictures of one style.")] = None,
    split: Annotated[
        Literal["auto", "train", "test"],
        typer.Option(help="Real pictures to compare with; auto: test where there is one."),
    ] = "auto",
    features: Annotated[
        list[str] | None,
        typer.Option(
            help="squeezenet, vgg19 or inception: distances on their features, found as `artgen weights list` says; "
            "squeezenet:PATH or vgg19:PATH name the file. May be repeated."
        ),
    ] = None,
    inception: Annotated[
        Path | None,
        typer.Option(
            help="As --features inception, with this file (weights-inception-2015-12-05-6726825d.pth): FID, KID, "
            "inception score."
        ),
    ] = None,
    style_from_prefix: Annotated[
        bool, typer.Option("--style-from-prefix", help="Take the style from the name: titian_123.jpg.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for evaluation.json and nearest.png.", show_default="the model's"),
    ] = None,
    component: ComponentOption = None,
    store: StoreOption = DEFAULT_STORE,
    threads: ThreadsOption = None,
    queue: QueueOption = False,
    as_json: JsonOption = False,
) -> None:
    """Compare a model's pictures with real ones; beside every number stands that of real against real."""

    def build() -> "tuple[JobSettings, Path]":
        from pipeline.evaluate.evaluation import EvaluationSettings
        from pipeline.evaluate.job import EvaluateJob
        from pipeline.settings.config import STORE_PORTS, ComponentNames, DataConfig

        settings = EvaluationSettings.of(
            count=count,
            seed=seed,
            style=style,
            split=split,
            features=tuple(features or ()),
            inception=inception,
        )
        data = DataConfig(source=source, source_b=source_b, style_from_prefix=style_from_prefix)
        ports = ("training_store", "preprocessor", "generator", *STORE_PORTS)
        components = ComponentNames.model_validate(named_components(component, ports))
        job = EvaluateJob(
            model=model, data=data, evaluation=settings, components=components, out=out, threads=threads
        )
        return job, store

    perform(build, queue=queue, as_json=as_json)


def report(ended: "Ended", as_json: bool) -> None:
    """Print what was measured."""
    from pipeline.evaluate.job import EvaluateRunner

    runner = cast("EvaluateRunner", ended.runner)
    if not runner.report:
        report_state(ended, as_json)
        return
    out = runner.folder or Path()
    if as_json:
        print_json({**runner.report, "out": out})
    elif "directions" in runner.report:
        _print_translation(runner.report, out)
    else:
        _print(runner.report, out)


def _print_translation(report: dict[str, Any], out: Path) -> None:
    a, b = report["domains"]
    for one in report["directions"]:
        start, end = (a, b) if one["direction"] == "a-to-b" else (b, a)
        back = "" if "no_way_back" in one else " and back"
        typer.echo(
            f"{start} to {end}{back}, {one['pictures']} pictures of the {report['data']['split']} split:"
        )
        if back:
            rows = [
                (each["change"], f"{each['error']:.4f}", f"{each['ssim']:.3f}") for each in one["returns"]
            ]
            print_table(("picture in the middle", "error (L1)", "SSIM"), rows, empty="")
            typer.echo(
                f"hiding score: {one['hiding_score']:.2f} (1: nothing is hidden; error with noise 2/255 over that without)"
            )
        else:
            typer.echo(one["no_way_back"])
    _print_measurements(report["measurements"])
    typer.echo(f"{out / 'evaluation.json'}  ({report['seconds']:.0f} s)")


def _print(report: dict[str, Any], out: Path) -> None:
    _print_measurements(report["measurements"])
    data = report["data"]
    style = f" of style {report['style']}" if report["style"] else ""
    typer.echo(
        f"{report['generated']} generated pictures{style} (seeds {report['seeds']['first']} to "
        f"{report['seeds']['last']}) against {report['real']} real ones of {data['dataset']} ({data['split']} split), "
        f"{report['side']} px, {report['resize']}; floor: these against {report['other_real']} other real ones"
    )
    typer.echo(f"{out / 'evaluation.json'}  {out / 'nearest.png'}  ({report['seconds']:.0f} s)")


def _print_measurements(measurements: list[dict[str, Any]]) -> None:
    rows = [
        (
            number["name"],
            _with_error(number["value"], number["error"]),
            _with_error(number["floor"], number["floor_error"]),
            number["better"],
        )
        for number in measurements
    ]
    if rows:
        print_table(("measurement", "generated", "real against real", "better"), rows, empty="")
    for reading in dict.fromkeys(number["details"].get("reading") for number in measurements):
        if reading:
            typer.echo(reading)


def _with_error(value: float | None, error: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if error is None else f"{value:.4g} ± {error:.2g}"
