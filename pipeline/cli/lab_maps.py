"""``artgen lab classifier`` and ``artgen lab map``: what class each point of a latent space has."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from pipeline.cli.components import ComponentOption, named_components
from pipeline.cli.jobs import DEFAULT_STORE, QueueOption, StoreOption, ThreadsOption, perform
from pipeline.cli.jobs import report as report_state
from pipeline.cli.output import JsonOption, Screen, print_json, print_table

if TYPE_CHECKING:
    from interfaces.jobs import JobSettings
    from pipeline.jobs.verbs import Ended

__all__ = ["classifier", "map_", "report_classifier"]


def classifier(
    source: Annotated[
        str, typer.Argument(help="Folder, ZIP, TAR or URL of pictures; one folder for each class.")
    ],
    size: Annotated[
        int, typer.Option(min=4, max=1024, help="Side of the pictures: that of the models, in pixels.")
    ] = 28,
    channels: Annotated[
        int, typer.Option(min=1, max=3, help="Colours of the models' pictures: 1 for grey, 3 for colour.")
    ] = 1,
    passes: Annotated[int, typer.Option(min=1, help="Passes over the data.")] = 3,
    seed: Annotated[int, typer.Option(min=0, help="Of the first weights, and of the order.")] = 0,
    style_from_prefix: Annotated[
        bool, typer.Option("--style-from-prefix", help="Take the class from the name: titian_123.jpg.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the classifier.",
            show_default="one in the data folder, where maps of models of the same data find it",
        ),
    ] = None,
    component: ComponentOption = None,
    store: StoreOption = DEFAULT_STORE,
    threads: ThreadsOption = None,
    queue: QueueOption = False,
    as_json: JsonOption = False,
) -> None:
    """Teach a small network to tell the classes of pictures apart: it colours the maps of `artgen lab map`.

    Its accuracy is that on pictures it did not learn from: the test split, or a tenth of the pictures where there is none.
    """

    def build() -> "tuple[JobSettings, Path]":
        from components.exploration import ClassifierSettings
        from pipeline.lab.classifier import ClassifierJob
        from pipeline.settings.config import ComponentNames, DataConfig

        data = DataConfig(
            source=source, style_from_prefix=style_from_prefix, options={"side": size, "channels": channels}
        )
        names = ComponentNames.model_validate(named_components(component, ("training_store", "preprocessor")))
        settings = ClassifierSettings(passes=passes, seed=seed)
        return ClassifierJob(
            data=data, classifier=settings, components=names, out=out, threads=threads
        ), store

    perform(build, queue=queue, as_json=as_json)


def report_classifier(ended: "Ended", as_json: bool) -> None:
    """Say where the classifier lies, and how well it tells classes apart."""
    from pipeline.lab.classifier import ClassifierRunner

    found = cast("ClassifierRunner", ended.runner).classifier
    if found is None:
        report_state(ended, as_json)
        return
    folder = found.weights_path.parent
    if as_json:
        print_json({**found.model_dump(mode="json"), "out": folder})
        return
    typer.echo(f"classifier of {len(found.classes)} classes ({', '.join(found.classes)}): {folder}")
    typer.echo(f"colour a map with it: artgen lab map MODEL --classifier {folder}")
    typer.echo(f"right about {100 * found.accuracy:.2f} % of {found.held_out} pictures held out")


def map_(
    model: Annotated[str, typer.Argument(help="Name or path of a model (see `artgen model list`).")],
    classifier: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the classifier that tells classes apart.",
            show_default="one that was taught on the model's data before",
        ),
    ] = None,
    points: Annotated[
        int | None,
        typer.Option(
            min=2, max=1000, help="Points along each side.", show_default="100 of a square, 16 of a cube"
        ),
    ] = None,
    compare: Annotated[
        Path | None,
        typer.Option(
            help="Folder of an earlier map: tell the share of points whose class is another one since."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for map.png, map.safetensors and map.json.", show_default="map-MODEL"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Map a latent space of 2, 3 or 4 numbers: what class does the picture of each point have?

    Two numbers make a square, three a cube, shown by its 16 slices along each axis, four the cubes at -1 and +1 of the fourth; a
    conditional model has one for each of its styles. The first coordinate goes to the right, the second one upwards.
    """
    with Screen() as screen:
        from pipeline.factories.stores import local_models
        from pipeline.lab.maps import write_map

        found = local_models().get(model)
        folder = (out or Path(f"map-{found.name}")).absolute()
        report = write_map(
            found, classifier, folder, points=points, compare=compare, listener=screen.listener
        )
    if as_json:
        print_json({**report, "out": folder})
    else:
        _print_map(report, folder)


def _print_map(report: dict[str, Any], folder: Path) -> None:
    maps = report["maps"]
    names = [*maps[0]["shares"]]
    several = len(maps) > 1
    rows = [
        (
            *((_place_of(one),) if several else ()),
            *(f"{100 * one['shares'][name]:.1f} %" for name in names),
        )
        for one in maps
    ]
    print_table((*(("map",) if several else ()), *names), rows, empty="")
    if report["changed"] is not None:
        typer.echo(f"changed since the map compared with: {100 * report['changed']:.2f} % of the points")
    typer.echo(f"{folder / 'map.png'}  ({report['seconds']:.1f} s)")


def _place_of(one: dict[str, Any]) -> str:
    """Return which of several maps one is.

    >>> _place_of({"style": "3", "fourth": -1.0})
    '3, fourth coordinate -1'
    """
    parts = [] if one["style"] is None else [str(one["style"])]
    if one["fourth"] is not None:
        parts.append(f"fourth coordinate {one['fourth']:+g}")
    return ", ".join(parts)
