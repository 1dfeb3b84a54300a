"""``python -m pipeline.cli`` is ``artgen``, also where the script is not on the path."""

from pipeline.cli import app

app(prog_name="artgen")
