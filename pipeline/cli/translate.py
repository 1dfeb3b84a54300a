"""``artgen translate``: carry pictures from one domain to another."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, final

import typer

from pipeline.cli.components import ComponentOption, named_components
from pipeline.cli.contract_options import ENLARGING, ContractCommand, Offer, given, layers, unenlarged
from pipeline.cli.jobs import DEFAULT_STORE, QueueOption, ThreadsOption, perform
from pipeline.cli.output import JsonOption

if TYPE_CHECKING:
    from interfaces.jobs import JobSettings

__all__ = ["TranslateCommand", "translate"]

_PORTS = ("generator", "enhancer", "converter", "result_store", "model_store", "weight_store")


@final
class TranslateCommand(ContractCommand):
    """The command with its options."""

    offers = (
        Offer("generation.source.direction", "--direction"),
        Offer("generation.source.there_and_back", "--there-and-back/--one-way"),
        Offer("generation.source.longer_side", "--size", default="as the picture is"),
        Offer("generation.source.tile", "--translate-tile", default="by memory"),
        Offer("generation.source.precision", "--translate-precision"),
        Offer("enhancement.side", "--enlarge-to", default="as it is made"),
        Offer("enhancement.scale", "--scale"),
        Offer("conversion.format", "--format"),
        Offer("conversion.quality", "--quality"),
        Offer("conversion.contact_sheet", "--sheet/--no-sheet"),
        Offer("conversion.metadata", "--metadata/--no-metadata"),
        Offer("conversion.ai_mark", "--ai-mark/--no-ai-mark"),
        *ENLARGING,
    )


def translate(
    ctx: typer.Context,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[MODEL] FILES…",
            help="Name or path of the trained networks, unless the default ones are meant (`artgen model default`); then pictures, "
            "folders, patterns like 'a/**/*.jpg'.",
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder of the result store.")] = DEFAULT_STORE,
    component: ComponentOption = None,
    threads: ThreadsOption = None,
    queue: QueueOption = False,
    as_json: JsonOption = False,
) -> None:
    """Carry pictures from one domain to another with trained networks: faces to drawn ones, photographs to line drawings.

    `artgen model show MODEL` says what A and B are. A picture that fails is named, the others are made, and the exit code is 1.
    """

    def build() -> "tuple[JobSettings, Path]":
        from pipeline.enhance.inputs import find_pictures
        from pipeline.orchestrator.job import PipelineJob
        from pipeline.settings.config import load_config

        components = named_components(component, _PORTS)
        told = layers(ctx, component=components.pop("enhancer", None))
        model, files = _split(words, is_local="model_store" not in components)
        paths = find_pictures(files, out.absolute())
        # nothing is drawn: equal pictures give equal files
        about = {"count": len(paths), "seed": 0, "source": {"kind": "translate", "paths": paths}}
        settings = load_config(
            unenlarged(told),
            {"generation": about},
            given(**told, components=components, model=model, out=out),
        )
        return PipelineJob(config=settings, threads=threads), settings.out

    perform(build, queue=queue, as_json=as_json)


def _split(words: Sequence[str], *, is_local: bool) -> tuple[str | None, Sequence[str]]:
    """Return the name of the model, None for the default one, and the files.

    Args:
        words: what was typed.
        is_local: whether models are those of this machine; what others are called, nobody knows before.

    Raises:
        SettingsError: there is a model and no file.
    """
    from interfaces.errors import SettingsError
    from pipeline.factories.stores import local_models

    first, *rest = words
    path = Path(first).expanduser()
    is_there = path.exists() or any(mark in first for mark in "*?[")
    if is_local and not local_models().means(first) and (is_there or not rest):
        return None, words
    if not rest:
        raise SettingsError(f"FILES: wanted pictures behind the model {first}, got none")
    return first, rest
