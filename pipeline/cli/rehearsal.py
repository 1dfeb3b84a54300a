"""``artgen train --dry-run``: what a training will take."""

from typing import TYPE_CHECKING

import typer

from pipeline.cli.output import Screen, print_json

if TYPE_CHECKING:
    from pipeline.settings.config import ComponentNames, DataConfig, TrainingConfig

__all__ = ["show_rehearsal"]


def show_rehearsal(wanted: "tuple[DataConfig, TrainingConfig, ComponentNames]", as_json: bool) -> None:
    """Make a few steps of a training, and print its settings and what it will take."""
    with Screen() as screen:
        from pipeline.settings.dotted import flatten, to_text
        from pipeline.train.training import Learning

        learning = Learning(*wanted, listener=screen.listener)
        found = learning.rehearse()
    settings = learning.settings.model_dump(mode="json")
    if as_json:
        print_json({"preset": wanted[1].preset, "settings": settings, **found.model_dump(mode="json")})
        return
    width = max(map(len, flatten(settings)))
    for name, value in flatten(settings).items():
        typer.echo(f"{name:{width}}  {to_text(value)}")
    critic = f", critic {found.critic_parameters:,}" if found.critic_parameters else ""
    network = "generator" if learning.settings.makes == "generator" else "network"
    typer.echo(f"\nparameters: {network} {found.generator_parameters:,}{critic}")
    typer.echo(f"training:   {found.images:,} pictures, {found.steps:,} steps, {found.epochs:.1f} epochs")
    if found.teacher_s:
        typer.echo(f"teacher:    {_duration(found.teacher_s)}, once, before the first step")
    typer.echo(f"memory:     {found.peak_bytes / 2**20:,.0f} MiB at the most, on {found.device}")
    typer.echo(
        f"time:       {_duration(found.step_s)} a step, {_duration(found.epoch_s)} an epoch, "
        f"{_duration(found.total_s)} in all (estimated from {found.measured_steps} steps)"
    )


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02} min"
