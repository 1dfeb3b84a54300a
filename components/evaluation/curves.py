"""The two figures of a GAN training: losses, and the critic's scores."""

import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import final

from interfaces.errors import StorageError
from interfaces.ports import RunFolder, TrainingView

__all__ = ["LossCurves", "draw_curves"]

_FIGURES = {
    "Loss": {"generator_loss": "generator", "critic_loss": "critic"},
    "Mean score of the critic": {"real_score": "real images", "fake_score": "generated images"},
}


@final
class LossCurves:
    """Draws ``curves.png`` from the log, every few steps and at the end.

    Args:
        every: steps from one drawing to the next, which replaces it.
    """

    def __init__(self, *, every: int = 1000) -> None:
        self._every = every

    def observe(self, view: TrainingView, folder: RunFolder) -> bool:
        """Draw if it is time; training always goes on."""
        if view.step % self._every == 0 or view.step == view.steps:
            try:
                lines = folder.read("log.jsonl").decode().splitlines()
            except StorageError:  # log_every is larger than the steps so far
                return True
            folder.write("curves.png", draw_curves([json.loads(line) for line in lines]))
        return True

    def finish(self, folder: RunFolder) -> None:
        """Do nothing yet."""


def draw_curves(log: Sequence[Mapping[str, float]]) -> bytes:
    """Return a PNG of the losses and of the scores over the generator's steps.

    Args:
        log: lines of the training log, each with ``step``, ``generator_loss``, ``critic_loss``,
            ``real_score`` and ``fake_score``.
    """
    # without pyplot, which would choose a window system and keep every figure alive
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    FigureCanvasAgg(figure)
    steps = [line["step"] for line in log]
    for axes, (title, curves) in zip(figure.subplots(1, 2), _FIGURES.items(), strict=True):
        for name, label in curves.items():
            axes.plot(steps, [line[name] for line in log], label=label, linewidth=1)
        axes.set(xlabel="Generator steps", title=title)
        axes.grid(alpha=0.3)
        axes.legend()
    content = BytesIO()
    figure.savefig(content, format="png", dpi=120, metadata={"Software": None})
    return content.getvalue()
