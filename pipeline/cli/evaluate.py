"""``artgen evaluate``: how good a model is."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from pipeline.cli.output import JsonOption, Screen, print_json, print_table

if TYPE_CHECKING:
    from interfaces.igme import IGME

__all__ = ["evaluate"]


def evaluate(
    model: Annotated[str, typer.Argument(help="Name or path of a model (see `artgen model list`).")],
    source: Annotated[str, typer.Argument(help="Folder, ZIP, TAR or URL of real pictures.")],
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
        typer.Option(help="squeezenet:PATH or vgg19:PATH: distances on their features; may be repeated."),
    ] = None,
    inception: Annotated[
        Path | None,
        typer.Option(
            help="Inception weights (weights-inception-2015-12-05-6726825d.pth): FID, KID, inception score."
        ),
    ] = None,
    style_from_prefix: Annotated[
        bool, typer.Option("--style-from-prefix", help="Take the style from the name: titian_123.jpg.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for evaluation.json and nearest.png. [default: the model's]"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Compare a model's pictures with real ones; beside every number stands that of real against real."""
    from pipeline.evaluate.evaluation import Evaluation, EvaluationSettings
    from pipeline.factories.stores import model_store
    from pipeline.settings.config import DataConfig
    from storage.run_folder import DirectoryFolder

    settings = EvaluationSettings.of(
        count=count, seed=seed, style=style, split=split, features=tuple(features or ()), inception=inception
    )
    found = model_store().get(model)
    folder = DirectoryFolder(out or _home(found))
    with Screen() as screen:
        data = DataConfig(source=source, style_from_prefix=style_from_prefix)
        report = Evaluation(found, data, settings, listener=screen.listener).run(folder)
    if as_json:
        print_json({**report, "out": folder.path})
    else:
        _print(report, folder.path)


def _home(model: "IGME") -> Path:
    """Return the model's folder; the shipped model's belongs to the package, so that it has another one."""
    from components.generation.shipped import SHIPPED_MODEL
    from storage.paths import data_folder

    folder = model.weights_path.parent
    return data_folder() / "evaluations" / model.name if folder.samefile(SHIPPED_MODEL) else folder


def _print(report: dict[str, Any], out: Path) -> None:
    rows = [
        (
            number["name"],
            _with_error(number["value"], number["error"]),
            _with_error(number["floor"], number["floor_error"]),
            number["better"],
        )
        for number in report["measurements"]
    ]
    print_table(("measurement", "generated", "real against real", "better"), rows, empty="")
    for reading in dict.fromkeys(number["details"].get("reading") for number in report["measurements"]):
        if reading:
            typer.echo(reading)
    data = report["data"]
    style = f" of style {report['style']}" if report["style"] else ""
    typer.echo(
        f"{report['generated']} generated pictures{style} (seeds {report['seeds']['first']} to "
        f"{report['seeds']['last']}) against {report['real']} real ones of {data['dataset']} ({data['split']} split), "
        f"{report['side']} px, {report['resize']}; floor: these against {report['other_real']} other real ones"
    )
    typer.echo(f"{out / 'evaluation.json'}  {out / 'nearest.png'}  ({report['seconds']:.0f} s)")


def _with_error(value: float | None, error: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if error is None else f"{value:.4g} ± {error:.2g}"
