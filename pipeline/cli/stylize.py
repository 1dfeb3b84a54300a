"""``artgen stylize``: give pictures the style of others."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, final

import typer

from pipeline.cli.components import ComponentOption, named_components
from pipeline.cli.contract_options import OF_PICTURES, ContractCommand, Offer, given, layers, unenlarged
from pipeline.cli.jobs import DEFAULT_STORE, QueueOption, ThreadsOption, perform
from pipeline.cli.output import JsonOption
from pipeline.cli.under_way import watching

if TYPE_CHECKING:
    from interfaces.jobs import JobSettings

__all__ = ["STYLIZING", "StylizeCommand", "stylize"]

_PORTS = ("generator", "enhancer", "converter", "result_store", "model_store", "weight_store")
_BALANCE, _LOOK, _BEFORE = "Balance of content and style", "How it is made", "Before and after"
_STUDY = "Study"

STYLIZING = (
    Offer("generation.source.styles", "--style"),
    Offer("generation.source.algorithm", "--algorithm"),
    Offer("generation.source.size", "--size"),
    Offer("generation.source.masks", "--mask"),
    Offer("generation.source.blend", "--blend", text_of=str),
    Offer("generation.source.style_scale", "--style-scale"),
    Offer("generation.source.original_colours", "--original-colours/--no-original-colours"),
    Offer("generation.source.content_weight", "--content-weight", panel=_BALANCE),
    Offer("generation.source.style_weight", "--style-weight", panel=_BALANCE),
    Offer("generation.source.smoothness", "--smoothness", panel=_BALANCE),
    Offer("generation.source.content_layers", "--content-layers", text_of=str, panel=_BALANCE),
    Offer("generation.source.style_layers", "--style-layers", text_of=str, panel=_BALANCE),
    Offer("generation.source.start", "--start", panel=_LOOK),
    Offer("generation.source.optimizer", "--optimizer", panel=_LOOK),
    Offer("generation.source.steps", "--steps", panel=_LOOK),
    Offer("generation.source.smallest", "--smallest", panel=_LOOK),
    Offer("generation.source.pooling", "--pooling", panel=_LOOK),
    Offer("generation.source.features", "--features", panel=_LOOK),
    Offer("generation.source.precision", "--features-precision", panel=_LOOK),
    Offer("generation.seed", "--seed", default="drawn", panel=_LOOK),
    Offer("generation.source.flip", "--flip", panel=_BEFORE),
    Offer("generation.source.rotate", "--rotate", panel=_BEFORE),
    Offer("generation.source.crop", "--crop", panel=_BEFORE),
    Offer("generation.source.canvas", "--canvas", panel=_BEFORE),
    Offer("generation.source.denoise_before", "--denoise-before", panel=_BEFORE),
    Offer("generation.source.denoise_after", "--denoise-after", panel=_BEFORE),
)
"""Options for what is made of the pictures, besides their enlargement."""


@final
class StylizeCommand(ContractCommand):
    """The command with its options."""

    offers = (
        *STYLIZING,
        *OF_PICTURES,
    )


def stylize(
    ctx: typer.Context,
    content: Annotated[
        list[str],
        typer.Argument(metavar="CONTENT…", help="Pictures, folders, patterns like 'a/**/*.jpg'."),
    ],
    model: Annotated[
        str | None, typer.Option(help="With --algorithm feedforward: name or path of the trained network.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of the result store.")] = DEFAULT_STORE,
    trace: Annotated[
        Path | None, typer.Option(help="Write the losses of every step into this file, a line of JSON each.")
    ] = None,
    drafts: Annotated[
        Path | None, typer.Option(help="Write what each image looks like meanwhile into this folder.")
    ] = None,
    preview_grid: Annotated[
        bool,
        typer.Option(
            "--preview-grid",
            help="Try content weights and style weights against each other, at 128 px unless --size says more: "
            "pictures on one sheet, and a table.",
            rich_help_panel=_STUDY,
        ),
    ] = False,
    content_weights: Annotated[
        str | None, typer.Option(help="Of the grid, such as 0.2,1,5.", rich_help_panel=_STUDY)
    ] = None,
    style_weights: Annotated[
        str | None, typer.Option(help="Of the grid, such as 0.2,1,5.", rich_help_panel=_STUDY)
    ] = None,
    compare: Annotated[
        str | None,
        typer.Option(
            help="Algorithms to compare, such as gatys,reinhard, or all: pictures on one sheet, and a table.",
            rich_help_panel=_STUDY,
        ),
    ] = None,
    component: ComponentOption = None,
    threads: ThreadsOption = None,
    queue: QueueOption = False,
    as_json: JsonOption = False,
) -> None:
    """Give pictures the style of others: their texture and their colours, while their content stays.

    A picture that fails is named, the others are made, and the exit code is 1. Ctrl-C stops within a step and leaves what the image
    looks like by then; `artgen runs resume RUN` goes on from there.
    """

    def build() -> "tuple[JobSettings, Path]":
        from interfaces.errors import SettingsError
        from pipeline.enhance.inputs import find_pictures
        from pipeline.orchestrator.job import PipelineJob
        from pipeline.settings.config import load_config

        if queue and (trace or drafts):
            raise SettingsError("--trace, --drafts: wanted without --queue, since a worker writes neither")
        components = named_components(component, _PORTS)
        told = layers(ctx, component=components.pop("enhancer", None))
        paths = find_pictures(content, out.absolute())
        source: dict[str, Any] = {"kind": "stylize", "paths": paths}
        if is_study:
            source |= _study(told, paths, preview_grid, content_weights, style_weights, compare)
        about = {"count": len(source["paths"]), "source": source}
        settings = load_config(
            unenlarged(told),
            {"generation": about},
            given(**told, components=components, model=model, out=out),
        )
        return PipelineJob(config=settings, threads=threads), settings.out

    is_study = preview_grid or bool(compare or content_weights or style_weights)
    perform(
        build,
        queue=queue,
        as_json=as_json,
        beside=lambda listener: watching(listener, trace, drafts),
    )


def _study(
    told: Mapping[str, Any],
    paths: Sequence[Path],
    grid: bool,
    content_weights: str | None,
    style_weights: str | None,
    compare: str | None,
) -> dict[str, Any]:
    """Return the settings of a source that makes several images of one picture."""
    from interfaces.errors import SettingsError
    from pipeline.stylize.variations import GRID, PREVIEW, algorithms, weight_grid

    given_by_user = told.get("generation", {}).get("source", {})
    is_grid = grid or content_weights or style_weights
    problems = [
        *(["--preview-grid, --compare: wanted one of them, got both"] if is_grid and compare else []),
        *([f"CONTENT: wanted one picture for a study, got {len(paths)}"] if len(paths) != 1 else []),
    ]
    if problems:
        raise SettingsError(*problems)
    if is_grid:
        names = {"--content-weights": content_weights, "--style-weights": style_weights}
        axes = [_numbers(flag, text) if text else GRID for flag, text in names.items()]
        variations = weight_grid(*axes)
        usual = {name: value for name, value in PREVIEW.items() if name not in given_by_user}
    else:
        wanted = [] if compare == "all" else [each.strip() for each in (compare or "").split(",")]
        variations, usual = algorithms(wanted, given_by_user), {}
    return {**usual, "paths": [*paths] * len(variations), "variations": variations}


def _numbers(flag: str, text: str) -> list[float]:
    from interfaces.errors import SettingsError

    try:
        return [float(each) for each in text.split(",")]
    except ValueError as error:
        raise SettingsError(f"{flag}: wanted numbers with commas, such as 0.2,1,5, got {text!r}") from error
