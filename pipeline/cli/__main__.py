"""``python -m pipeline.cli`` is ``artgen``, also where the script is not on the path."""

from pipeline.start import main

main()
