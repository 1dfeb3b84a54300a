"""``artgen pipeline``: the main job."""

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, cast, final

import typer

from pipeline.cli.components import ComponentOption, named_components
from pipeline.cli.contract_options import ENLARGING, ContractCommand, Offer, given, layers
from pipeline.cli.errors import INTERRUPTED, PARTLY_DONE
from pipeline.cli.jobs import QueueOption, ThreadsOption, perform
from pipeline.cli.output import JsonOption, Screen, print_json, print_table

if TYPE_CHECKING:
    from interfaces.jobs import JobSettings
    from interfaces.runs import StoredFile
    from pipeline.jobs.verbs import Ended
    from pipeline.settings.config import PipelineConfig

__all__ = ["Made", "app", "report"]

app = typer.Typer(
    no_args_is_help=True, help="Generate pictures, enlarge them, and store them: the whole chain."
)


@final
class RunCommand(ContractCommand):
    """A command with all options of a run."""

    offers = (
        Offer("generation.count", "--count"),
        Offer("generation.seed", "--seed", default="drawn"),
        Offer("generation.seeds", "--seeds", text_of=str),
        Offer("generation.style", "--style"),
        Offer("generation.source.to", "--walk-to"),
        Offer("enhancement.side", "--size", default="1024"),
        Offer("enhancement.scale", "--scale"),
        Offer("enhancement.keep", "--keep"),
        Offer("conversion.format", "--format"),
        Offer("conversion.quality", "--quality"),
        Offer("conversion.contact_sheet", "--sheet/--no-sheet"),
        Offer("conversion.film", "--film"),
        Offer("conversion.frames_per_second", "--fps"),
        Offer("conversion.there_and_back", "--there-and-back/--no-there-and-back"),
        Offer("conversion.metadata", "--metadata/--no-metadata"),
        Offer("conversion.ai_mark", "--ai-mark/--no-ai-mark"),
        *ENLARGING,
    )


Model = Annotated[
    str | None,
    typer.Option(help="Name or path of a trained model.", show_default="that of `artgen model default`"),
]
Out = Annotated[Path | None, typer.Option(help="Folder of the result store.", show_default="artgen-results")]
Config = Annotated[Path | None, typer.Option(help="TOML file with settings; the options above it win.")]
Data = Annotated[
    str | None,
    typer.Option(help="Train on this first: a folder, ZIP, TAR or URL of pictures. Reuses what is there."),
]
Prefix = Annotated[
    bool | None, typer.Option("--style-from-prefix", help="Style from the name: titian_123.jpg.")
]
Steps = Annotated[int | None, typer.Option(min=1, help="With --data: generator steps to train.")]
Preset = Annotated[str | None, typer.Option(help="With --data: what to train.", show_default="wgan-gp")]


def _shown_only(command: Callable[..., None]) -> Callable[..., None]:
    """Return ``command`` without the options that say how and when a run is done: there they would say nothing."""
    signature = inspect.signature(command)
    kept = [each for name, each in signature.parameters.items() if name not in ("threads", "queue")]
    command.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]  # what typer reads
    return command


def _with_settings(
    act: "Callable[[Callable[[], PipelineConfig], bool, int | None, bool], None]",
) -> Callable[..., None]:
    """Return a command with all options of a run, which calls ``act`` with what reads the settings."""

    def command(
        ctx: typer.Context,
        model: Model = None,
        out: Out = None,
        config: Config = None,
        data: Data = None,
        style_from_prefix: Prefix = None,
        preset: Preset = None,
        steps: Steps = None,
        component: ComponentOption = None,
        threads: ThreadsOption = None,
        queue: QueueOption = False,
        as_json: JsonOption = False,
    ) -> None:
        def read() -> "PipelineConfig":
            from pipeline.settings.config import PORTS, load_config

            components = named_components(component, PORTS)
            told = layers(ctx, component=components.pop("enhancer", None))
            _check_seeds(told.get("generation", {}))
            layer = given(
                **told,
                training=given(preset=preset, overrides=None if steps is None else {"steps": str(steps)}),
                data=given(source=data, style_from_prefix=style_from_prefix),
                components=components,
                model=model,
                out=out,
            )
            settings = load_config(layer, file=config)
            if settings.data is None:
                _refuse_to_ignore(components)
            return settings

        act(read, queue, threads, as_json)

    return command


def _check_seeds(told: Mapping[str, Any]) -> None:
    from interfaces.errors import SettingsError

    named = " and ".join(f"--{name} {told[name]}" for name in ("seed", "count") if name in told)
    if "seeds" in told and named:
        raise SettingsError(
            f"--seeds: it lists the seed of every picture, so wanted it alone, got {named} too"
        )


def _refuse_to_ignore(components: dict[str, str]) -> None:
    from interfaces.errors import SettingsError
    from pipeline.settings.config import TRAINING_PORTS

    learning = [port for port in TRAINING_PORTS if port in components]
    if learning:
        raise SettingsError(
            f"--component: wanted data to train on with a {', '.join(learning)} (--data), got none"
        )


def _run(read: "Callable[[], PipelineConfig]", queue: bool, threads: int | None, as_json: bool) -> None:
    def build() -> "tuple[JobSettings, Path]":
        settings = read()
        from pipeline.orchestrator.job import PipelineJob

        return PipelineJob(config=settings, threads=threads), settings.out

    perform(build, queue=queue, as_json=as_json)


def _show(read: "Callable[[], PipelineConfig]", _queue: bool, _threads: int | None, as_json: bool) -> None:
    with Screen():
        settings = read()
        from pipeline.settings.config import as_toml
    if as_json:
        print_json(settings.model_dump(mode="json"))
    else:
        typer.echo(as_toml(settings), nl=False)


app.command(
    "run",
    cls=RunCommand,
    help="Generate pictures with a trained model, enlarge them, and store them with an index.\n\n"
    "With --data the whole chain runs, from the training pictures on; what was prepared and trained before with "
    "the same data and settings is used again.\n\n"
    "Ctrl-C finishes the pictures under way; `artgen runs resume RUN` makes the rest.",
)(_with_settings(_run))
app.command(
    "show-config",
    cls=RunCommand,
    help="Show the settings that `pipeline run` would take, as a TOML file that --config reads, and do nothing.",
)(_shown_only(_with_settings(_show)))


class Made(NamedTuple):
    """What a pipeline made in this process."""

    run: str
    state: str
    files: "list[StoredFile]"
    failed: dict[int, str]
    timings: dict[str, float]
    seconds: float
    done: int
    """Pictures that are there by now, those of earlier processes too."""
    total: int


def report(ended: "Ended", as_json: bool) -> None:
    """Say what was made, and end with the fitting exit code."""
    from pipeline.orchestrator.job import PipelineRunner

    record, runner = ended.record, cast("PipelineRunner", ended.runner)
    made = Made(
        record.id, record.state, runner.files, runner.failed, record.timings, round(runner.seconds, 2),
        record.done, record.total,
    )  # fmt: skip
    if as_json:
        files = [file.model_dump(mode="json") for file in made.files]
        print_json({**made._asdict(), "files": files, "out": ended.root})
    else:
        _report_in_words(made, ended.root)
    if made.state in ("cancelled", "paused"):
        raise typer.Exit(INTERRUPTED)
    if made.failed:
        raise typer.Exit(PARTLY_DONE)


def _report_in_words(made: Made, out: Path) -> None:
    finals = [file for file in made.files if file.role == "final"]
    for file in finals[:10]:
        typer.echo(file.path)
    if len(finals) > 10:
        typer.echo(f"… and {len(finals) - 10} more")
    for file in made.files:
        if file.role == "sheet":
            typer.echo(f"contact sheet: {file.path}")
        elif file.role == "film":
            typer.echo(f"film: {file.path}")
    _tell_study(out, made.run)
    print_table(("seed", "failed because"), list(made.failed.items()), empty="")
    pictures = "picture" if made.done == 1 else "pictures"
    now = f", {len(finals)} of them made now" if len(finals) != made.done else ""
    typer.echo(
        f"run {made.run} is {made.state}: {made.done} {pictures}{now} in {out / made.run} ({made.seconds:.1f} s)"
    )
    if made.state in ("cancelled", "paused"):
        typer.echo(f"the rest: artgen runs resume {made.run}")


def _tell_study(out: Path, run: str) -> None:
    """Show the table of a run that has made the same picture with several settings."""
    from pipeline.stylize.study import STUDY_CSV, read_study
    from pipeline.stylize.table import MEASURES

    if rows := read_study(out, run):
        columns = ("", *(name.replace("_", " ") for name in MEASURES))
        cells = [
            (row.title, *("-" if one is None else f"{one:.3f}" for one in row.values.values()))
            for row in rows
        ]
        print_table(columns, cells, empty="")
        typer.echo(f"table: {out / run / STUDY_CSV}")
