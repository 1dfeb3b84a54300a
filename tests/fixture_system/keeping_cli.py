"""``artgen`` that keeps the state of an image under way after every step, for a process that is to be killed."""

from components.generation.style_transfer import optimisation
from pipeline.cli import app

if __name__ == "__main__":
    optimisation._KEEP_S = 0.0
    optimisation._KEEP_SHARE = 0
    app()
