"""``artgen enhance``: enlarge picture files on their own."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from pipeline.cli.components import ComponentOption, named_components
from pipeline.cli.enlarging import enlarging
from pipeline.cli.jobs import DEFAULT_STORE, QueueOption, StoreOption, ThreadsOption, leave_with, perform
from pipeline.cli.output import JsonOption, print_json, print_table

if TYPE_CHECKING:
    from interfaces.jobs import JobSettings
    from interfaces.runs import RunRecord
    from pipeline.enhance.job import Outcome
    from pipeline.jobs.verbs import Ended

__all__ = ["enhance", "report"]

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
    component: ComponentOption = None,
    store: StoreOption = DEFAULT_STORE,
    threads: ThreadsOption = None,
    queue: QueueOption = False,
    as_json: JsonOption = False,
) -> None:
    """Enlarge picture files, and keep their folders, metadata, opacity and bits; their colours become sRGB.

    What a format cannot hold is named. A file that fails is named, the others are made, and the exit code is 1. Ctrl-C finishes what is under way.
    """

    def build() -> "tuple[JobSettings, Path]":
        from components.ui import LayeredSettings

        named = named_components(component, ("enhancer", "weight_store"))
        enhancer = named.pop("enhancer", None)
        layer = enlarging(
            ctx, component=enhancer, side=size, scale=4.0 if size is None and scale is None else scale
        )
        settings = LayeredSettings({"enhancement": layer}).read()[1]
        from pipeline.enhance.job import EnhanceJob
        from pipeline.settings.config import ComponentNames

        job = EnhanceJob(
            inputs=tuple(inputs), enhancement=settings, out=out, format=file_format, quality=quality, resume=resume,
            components=ComponentNames.model_validate(named), threads=threads,
        )  # fmt: skip
        return job, store

    perform(build, queue=queue, as_json=as_json)


def report(ended: "Ended", as_json: bool) -> None:
    """Say what became of the files, and leave with the fitting exit code."""
    from pipeline.enhance.job import EnhanceRunner

    runner = cast("EnhanceRunner", ended.runner)
    _tell(ended.record, runner.outcomes, runner.folder or Path(), runner.seconds, as_json)
    if ended.record.state in ("cancelled", "paused"):
        again = f"artgen runs resume {ended.record.id}"
        typer.echo(f"the rest: the same command with --resume, or {again}", err=True)
    leave_with(ended.record)


def _tell(record: "RunRecord", outcomes: "list[Outcome]", out: Path, seconds: float, as_json: bool) -> None:
    counts = Counter(outcome.state for outcome in outcomes)
    numbers = {state: counts[state] for state in ("made", "kept", "failed")}
    if as_json:
        files = [outcome._asdict() for outcome in outcomes]
        run = {"run": record.id, "state": record.state}
        print_json({**run, "out": out, **numbers, "seconds": round(seconds, 2), "files": files})
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
