"""``artgen train``: learn from a collection of pictures."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from components.training.preset_names import PRESET_NAMES
from pipeline.cli.components import ComponentOption, named_components, read_options
from pipeline.cli.contract_options import given
from pipeline.cli.errors import BAD_INPUT, INTERRUPTED
from pipeline.cli.jobs import DEFAULT_STORE, QueueOption, ThreadsOption, perform
from pipeline.cli.output import JsonOption, Screen, print_json
from pipeline.cli.rehearsal import show_rehearsal

if TYPE_CHECKING:
    from interfaces.jobs import JobSettings
    from pipeline.jobs.verbs import Ended
    from pipeline.settings.config import ComponentNames, DataConfig, PipelineConfig, TrainingConfig

__all__ = ["report", "train"]


def train(
    source: Annotated[
        str | None,
        typer.Argument(
            help="Folder, ZIP, TAR or URL of pictures; one folder for each style. With a second source, that of domain A.",
            show_default="the file's, with --config",
        ),
    ] = None,
    source_b: Annotated[
        str | None,
        typer.Argument(
            metavar="[B]",
            help="Pictures of domain B, for a translation; else SOURCE has folders trainA and trainB, or two of styles.",
            show_default="none",
        ),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            show_default="wgan-gp",
            help=f"How to train: {', '.join(PRESET_NAMES['gan'])}; or, for a network that enlarges, "
            f"{', '.join(PRESET_NAMES['enhancer'])}; or, for one that gives a style, {', '.join(PRESET_NAMES['style'])}; or, for "
            f"two that carry pictures from one domain to another and back, {', '.join(PRESET_NAMES['translation'])}.",
        ),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(min=1, help="Steps, the generator's where there is one.", show_default="the preset's"),
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Or: passes over the data.")] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="A setting that differs from the preset, as key=value (generator.width=32); may be repeated. "
            "--dry-run prints all of them.",
        ),
    ] = None,
    conditional: Annotated[
        bool,
        typer.Option("--conditional", help="Learn the styles apart: `pipeline run --style` can ask for one."),
    ] = False,
    devices: Annotated[
        int | None,
        typer.Option(
            min=1, help="GPUs, or processes on the processor, that share every batch.", show_default="1"
        ),
    ] = None,
    nodes: Annotated[
        int | None,
        typer.Option(min=1, help="Machines with that many devices each; needs torchrun.", show_default="1"),
    ] = None,
    style_from_prefix: Annotated[
        bool, typer.Option("--style-from-prefix", help="Take the style from the name: titian_123.jpg.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Training folder.", show_default="one in the data folder, named by its settings"),
    ] = None,
    observers: Annotated[
        list[str] | None,
        typer.Option(
            "--observer",
            help="What looks on besides: tensorboard; maps, for a latent space of 2, 3 or 4 numbers; real-or-generated, classifiers "
            "that are trained to tell; or module:Class. May be repeated.",
        ),
    ] = None,
    observer_options: Annotated[
        list[str] | None,
        typer.Option(
            "--observer-set",
            metavar="NAME.OPTION=VALUE",
            help="Settings of an observer; may be repeated. Of maps: classifier (folder), every (steps), points, "
            "stop_when_map_changes (share, such as 0.01), in_a_row (maps).",
        ),
    ] = None,
    component: ComponentOption = None,
    config: Annotated[
        Path | None,
        typer.Option(
            help="TOML file with settings, as `pipeline run` reads it, of which a training takes \\[data], \\[training], "
            "\\[components] and the result store; the options above it win.",
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the newest checkpoint in the folder.")
    ] = False,
    different_data: Annotated[
        bool,
        typer.Option(
            "--allow-different-data",
            help="With --resume: go on although the data are not those it began with.",
        ),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Make a few steps in memory, then print all settings, and the time and memory it will take.",
        ),
    ] = False,
    store: Annotated[
        Path | None,
        typer.Option(help="Result store whose queue has the run.", show_default=str(DEFAULT_STORE)),
    ] = None,
    threads: ThreadsOption = None,
    queue: QueueOption = False,
    as_json: JsonOption = False,
) -> None:
    """Train a model on pictures and write it to a folder, with checkpoints, a log and samples.

    Ctrl-C, `artgen runs pause` and a crash lose nothing: `--resume` (or `artgen runs resume`) goes on with the
    very same numbers.
    """
    if different_data and not resume:
        typer.echo("artgen: --allow-different-data: wanted together with --resume", err=True)
        raise typer.Exit(BAD_INPUT)
    numbers = {"steps": steps, "epochs": epochs, "devices": devices, "nodes": nodes}
    switches = {"conditional": conditional, "allow_different_data": different_data}
    with Screen():
        from pipeline.settings.config import STORE_PORTS, TRAINING_PORTS, load_config

        named = named_components(
            [*(f"observer={name}" for name in observers or ()), *(component or ())],
            (*TRAINING_PORTS, *STORE_PORTS),
        )
        layer = given(
            data=given(source=source, source_b=source_b, style_from_prefix=style_from_prefix or None),
            training=given(preset=preset, overrides=_parse(overrides or [], numbers, switches)),
            components={**named, **given(observer_options=read_options(observer_options or []))},
            out=store,
        )
        settings = load_config(layer, file=config)
        wanted = _learning(settings)
        from components.training import follows_torchrun
    if dry_run:
        show_rehearsal(wanted, as_json)
        return
    if follows_torchrun():
        from pipeline.train.training import Learning

        # computes for the process of rank 0, which torchrun started beside this one, and records nothing
        Learning(*wanted, folder=out).train(resume=False)
        return

    def build() -> "tuple[JobSettings, Path]":
        from pipeline.train.job import TrainJob

        data, training, components = wanted
        job = TrainJob(
            data=data, training=training, components=components, out=out, resume=resume, threads=threads
        )
        return job, settings.out

    perform(build, queue=queue, as_json=as_json)


def _learning(settings: "PipelineConfig") -> "tuple[DataConfig, TrainingConfig, ComponentNames]":
    """Return what to learn from, and how.

    Raises:
        SettingsError: nobody said what to learn from.
    """
    from interfaces.errors import SettingsError

    if settings.data is None:
        raise SettingsError("wanted SOURCE, or --config with a table [data] that has a source, got neither")
    return settings.data, settings.training, settings.components


def _parse(
    pairs: list[str], numbers: Mapping[str, int | None], switches: Mapping[str, bool]
) -> dict[str, str]:
    from interfaces.errors import SettingsError

    wrong = [pair for pair in pairs if "=" not in pair]
    if wrong:
        raise SettingsError(*(f"--set: wanted key=value, got {pair!r}" for pair in wrong))
    parsed = dict(pair.split("=", 1) for pair in pairs)
    parsed |= {name: "true" for name, on in switches.items() if on}
    return parsed | {name: str(value) for name, value in numbers.items() if value is not None}


def report(ended: "Ended", as_json: bool) -> None:
    """Say where the model lies, or how to go on."""
    from interfaces.trained_enhancer import TrainedEnhancer
    from pipeline.train.job import TrainRunner

    record, runner = ended.record, cast("TrainRunner", ended.runner)
    model, folder = runner.model, runner.folder
    if as_json:
        trained = model.model_dump(mode="json") if model else None
        print_json({**record.model_dump(mode="json"), "folder": folder, "model": trained})
    elif model is None:
        why = f" ({record.message})" if record.message else ""
        typer.echo(f"run {record.id} is {record.state}{why}; go on with: artgen runs resume {record.id}")
    elif isinstance(model, TrainedEnhancer):
        typer.echo(f"network: {model.weights_path}")
        scores = ", ".join(f"{name} {value:.2f}" for name, value in model.metrics.items())
        typer.echo(f"on pictures held out, dB: {scores}")
        typer.echo(f"enlarge with it: artgen enhance FILES --weights {model.weights_path} --out FOLDER")
    else:
        typer.echo(f"model {model.name}: {model.weights_path}")
        name = shlex.quote(model.name)
        by = {
            "latent": f"pictures from it: artgen pipeline run --model {name} --count 4",
            "domain-picture": f"translate pictures of {model.styles[0]} to {model.styles[-1]}: artgen translate {name} FILES",
            "picture": f"give pictures its style: artgen stylize FILES --algorithm feedforward --model {name}",
        }
        typer.echo(by[model.architecture.takes.kind])
    if model is None:
        raise typer.Exit(INTERRUPTED)
