"""``artgen lab``: look inside a generator."""

import typer

from pipeline.cli import lab_looks, lab_maps

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    help="Look inside a generator: its latent space, its layers, and what each of them is for.",
)
app.command("point")(lab_looks.point)
app.command("morph")(lab_looks.morph)
app.command("activations")(lab_looks.activations)
app.command("edit")(lab_looks.edit)
app.command("directions")(lab_looks.directions)
app.command("classifier")(lab_maps.classifier)
app.command("map")(lab_maps.map_)
