"""``artgen enhance``: enlarge picture files on their own."""

from collections import Counter
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from pipeline.cli.enlarging import enlarging
from pipeline.cli.errors import INTERRUPTED, PARTLY_DONE
from pipeline.cli.output import JsonOption, Screen, cancel_on_interrupt, print_json, print_table

if TYPE_CHECKING:
    from interfaces.ies import IES
    from pipeline.enhance.enhancing import Outcome

__all__ = ["enhance"]

ROWS = 20
"""Files that the table shows where all went well."""


def enhance(
    ctx: typer.Context,
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="FILES|FOLDER|GLOB…", help="Pictures, folders, patterns like 'a/**/*.jpg'."),
    ],
    size: Annotated[int | None, typer.Option(help="Longer side of the results in pixels.")] = None,
    scale: Annotated[
        float | None, typer.Option(help="Or: size of the results over that of the inputs.", show_default="4")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the results; folders inside of FOLDER stay.")] = Path(
        "enhanced"
    ),
    file_format: Annotated[
        Literal["png", "jpeg", "webp", "tiff"] | None,
        typer.Option("--format", help="Of the results.", show_default="that of each input"),
    ] = None,
    quality: Annotated[int, typer.Option(help="Of JPEG and WebP, 1 to 100.", min=1, max=100)] = 92,
    resume: Annotated[
        bool, typer.Option("--resume", help="Leave alone what is there, from the same content and settings.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Enlarge picture files, and keep their folders, metadata, opacity and bits; their colours become sRGB.

    What a format cannot hold is named. A file that fails is named, the others are made, and the exit code is 1. Ctrl-C finishes what is under way.
    """
    from components.ui import LayeredSettings

    layer = enlarging(ctx, side=size, scale=4.0 if size is None and scale is None else scale)
    settings = LayeredSettings({"enhancement": layer}).read()[1]
    started = monotonic()
    outcomes, cancelled = _run(settings, inputs, out.absolute(), file_format, quality, resume)
    _report(outcomes, out.absolute(), monotonic() - started, as_json)
    if cancelled:
        typer.echo("the rest: the same command with --resume", err=True)
        raise typer.Exit(INTERRUPTED)
    if any(outcome.state == "failed" for outcome in outcomes):
        raise typer.Exit(PARTLY_DONE)


def _run(
    settings: "IES", inputs: list[str], out: Path, file_format: Any, quality: int, resume: bool
) -> "tuple[list[Outcome], bool]":
    from pipeline.enhance.enhancing import Enhancing
    from pipeline.enhance.inputs import plan_jobs
    from pipeline.factories.enhancers import definite_enhancer, make_enhancer
    from pipeline.factories.stores import weight_store
    from storage.run_folder import DirectoryFolder

    with Screen() as screen:
        jobs = plan_jobs(inputs, out, file_format, listener=screen.listener)
        weights, listener = weight_store(), screen.listener
        definite = definite_enhancer(settings, weights, listener=listener).located
        enhancing = Enhancing(
            definite,
            make_enhancer(definite, listener=listener, published=weights.publication),
            DirectoryFolder(out),
            quality=quality,
            resume=resume,
            listener=listener,
        )
        with cancel_on_interrupt(enhancing.cancel):
            outcomes = list(enhancing.run(jobs))
    return outcomes, enhancing.cancelled


def _report(outcomes: "list[Outcome]", out: Path, seconds: float, as_json: bool) -> None:
    counts = Counter(outcome.state for outcome in outcomes)
    numbers = {state: counts[state] for state in ("made", "kept", "failed")}
    if as_json:
        files = [outcome._asdict() for outcome in outcomes]
        print_json({"out": out, **numbers, "seconds": round(seconds, 2), "files": files})
        return
    worth_telling = [o for o in outcomes if o.message or len(outcomes) <= ROWS]
    rows = [(o.source, o.state, _sizes(o), o.message) for o in worth_telling]
    print_table(("picture", "", "pixels", ""), rows, empty="")
    told = ", ".join(f"{count} {state}" for state, count in numbers.items())
    typer.echo(f"{told}: {out} ({seconds:.1f} s)")


def _sizes(outcome: "Outcome") -> str:
    if outcome.before is None or outcome.after is None:
        return ""
    return " → ".join(f"{width}x{height}" for width, height in (outcome.before, outcome.after))
