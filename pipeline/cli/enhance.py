"""``artgen enhance``: enlarge picture files on their own."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast, final

import typer

from pipeline.cli.components import ComponentOption, named_components
from pipeline.cli.contract_options import ENLARGING, ContractCommand, Offer, layers
from pipeline.cli.jobs import DEFAULT_STORE, QueueOption, StoreOption, ThreadsOption, leave_with, perform
from pipeline.cli.output import JsonOption, print_json, print_table

if TYPE_CHECKING:
    from interfaces.jobs import JobSettings
    from interfaces.runs import RunRecord
    from pipeline.enhance.job import Outcome
    from pipeline.jobs.verbs import Ended

__all__ = ["EnhanceCommand", "enhance", "report"]

ROWS = 20
"""Files that the table shows where all went well."""


SCALE = 4.0
"""Of the results over the inputs, where nobody asks for a size."""


@final
class EnhanceCommand(ContractCommand):
    """The command with its options."""

    offers = (
        Offer("enhancement.side", "--size"),
        Offer("enhancement.scale", "--scale", default=f"{SCALE:g}"),
        Offer("conversion.format", "--format", default="that of each input"),
        Offer("conversion.quality", "--quality"),
        *ENLARGING,
    )


def enhance(
    ctx: typer.Context,
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="FILES|FOLDER|GLOB…", help="Pictures, folders, patterns like 'a/**/*.jpg'."),
    ],
    out: Annotated[Path, typer.Option(help="Folder for the results; folders inside of FOLDER stay.")] = Path(
        "enhanced"
    ),
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
        told = layers(ctx, component=named.pop("enhancer", None))
        size = told.get("enhancement", {})
        usual = {} if {"side", "scale"} & size.keys() else {"enhancement": {"scale": SCALE}}
        _, enlarging, files = LayeredSettings(usual, told).read()
        kept = told.get("conversion", {}).get("format")  # nobody's choice is the format of each input
        from pipeline.enhance.job import EnhanceJob
        from pipeline.settings.config import ComponentNames

        job = EnhanceJob(
            inputs=tuple(inputs), enhancement=enlarging, out=out, format=kept, quality=files.quality, resume=resume,
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
