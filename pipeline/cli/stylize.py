"""``artgen stylize``: give pictures the style of others."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, final

import typer

from pipeline.cli.components import ComponentOption, named_components
from pipeline.cli.contract_options import ENLARGING, ContractCommand, Offer, given, layers
from pipeline.cli.jobs import DEFAULT_STORE, QueueOption, ThreadsOption, perform
from pipeline.cli.output import JsonOption
from pipeline.cli.under_way import watching

if TYPE_CHECKING:
    from interfaces.jobs import JobSettings

__all__ = ["STYLIZING", "StylizeCommand", "stylize"]

_PORTS = ("generator", "enhancer", "converter", "result_store", "model_store", "weight_store")
_BALANCE, _LOOK, _BEFORE = "Balance of content and style", "How it is made", "Before and after"

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
        Offer("enhancement.side", "--enlarge-to", default="as it is made"),
        Offer("enhancement.scale", "--scale"),
        Offer("conversion.format", "--format"),
        Offer("conversion.quality", "--quality"),
        Offer("conversion.contact_sheet", "--sheet/--no-sheet"),
        Offer("conversion.metadata", "--metadata/--no-metadata"),
        Offer("conversion.ai_mark", "--ai-mark/--no-ai-mark"),
        *ENLARGING,
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
        about = {"count": len(paths), "source": {"kind": "stylize", "paths": paths}}
        settings = load_config(
            _unenlarged(told),
            {"generation": about},
            given(**told, components=components, model=model, out=out),
        )
        return PipelineJob(config=settings, threads=threads), settings.out

    perform(build, queue=queue, as_json=as_json, beside=lambda listener: watching(listener, trace, drafts))


def _unenlarged(told: dict[str, Any]) -> dict[str, Any]:
    """Return the settings that leave an image as large as it is made, where nobody asks for another size."""
    if {"side", "scale"} & told.get("enhancement", {}).keys():
        return {}
    return {"enhancement": {"scale": 1, "enhancer": {"kind": "lanczos"}}}
