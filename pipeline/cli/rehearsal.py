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
        from pipeline.train.estimate import takes
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
    typer.echo()
    for name, words in takes(learning.settings, found).items():
        typer.echo(f"{name + ':':11} {words}")
