"""``artgen lab classifier``: tells the classes of pictures apart."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from pipeline.cli.components import ComponentOption, named_components
from pipeline.cli.jobs import DEFAULT_STORE, QueueOption, StoreOption, ThreadsOption, perform
from pipeline.cli.jobs import report as report_state
from pipeline.cli.output import JsonOption, print_json

if TYPE_CHECKING:
    from interfaces.jobs import JobSettings
    from pipeline.jobs.verbs import Ended

__all__ = ["classifier", "report_classifier"]


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
    typer.echo(f"right about {100 * found.accuracy:.2f} % of {found.held_out} pictures held out")
