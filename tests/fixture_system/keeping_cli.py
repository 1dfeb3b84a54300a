"""``artgen`` that keeps the state of an image under way after every step, for a process that is to be killed."""

from components.generation.style_transfer import coarse_to_fine
from pipeline.cli import app

if __name__ == "__main__":
    coarse_to_fine._KEEP_S = 0.0
    coarse_to_fine._KEEP_SHARE = 0
    app()
