"""The figures of a training: losses, scores of a critic, and what else its log measures."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple, final

from components.evaluation.log_tail import LogTail
from components.evaluation.throttle import Pace
from interfaces.ports import RunFolder, TrainingView

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PANELS", "Curve", "LossCurves", "Panel", "draw_curves"]

_MOST_BINS = 1000


class Panel(NamedTuple):
    """One of the figures."""

    title: str
    curves: Mapping[str, str]
    """Name in the log → what the legend calls it."""
    ideal: float | None = None
    """Where a dashed line goes."""


PANELS = (
    Panel(
        "Loss of the game",
        {"generator_loss": "generator", "adversarial_loss": "network", "critic_loss": "critic"},
    ),
    Panel("Mean score of the critic", {"real_score": "real images", "fake_score": "generated images"}),
    Panel("Estimate of the Wasserstein distance", {"wasserstein": "real score less generated score"}),
    Panel("Length of the critic's gradient", {"gradient_norm": "mean over the images"}, 1.0),
    Panel(
        "Diversity of generated images",
        {"diversity": "diversity", "average_diversity": "of mean weights"},
        1.0,
    ),
    Panel("Sliced Wasserstein distance from real images", {"swd": "x1000"}),
    Panel("Weave: power at a period of two pixels", {"weave": "over that of real images"}, 1.0),
    Panel(
        "Distance of pictures from what comes back of them",
        {"cycle_loss": "after both ways", "identity_loss": "where nothing should change"},
    ),
    Panel("Loss of the enlargement", {"pixel_loss": "pixels", "perceptual_loss": "features"}),
    Panel(
        "Distance from the style, and from what the pictures show",
        {"style_loss": "style", "content_loss": "content"},
    ),
    Panel("PSNR of pictures held out, dB", {"psnr": "network", "bicubic_psnr": "bicubic"}),
)
"""The figures that a training can have, by what its log measures."""


@final
class Curve:
    """A value over the steps, in at most 1,000 bins of equally many steps, however many there are.

    >>> curve = Curve(most_bins=2)
    >>> for step, value in enumerate([1.0, 3.0, 5.0, 6.0], 1):
    ...     curve.add(step, value)
    >>> curve.points()
    [(1.5, 2.0, 1.0, 3.0), (3.5, 5.5, 5.0, 6.0)]
    """

    def __init__(self, *, most_bins: int = _MOST_BINS) -> None:
        self._most_bins = most_bins
        self._width = 1
        self._bins: dict[int, tuple[int, float, float, float]] = {}  # count, sum, least, greatest

    @property
    def width(self) -> int:
        """Steps in one bin: it doubles where they would become too many."""
        return self._width

    def add(self, step: int, value: float) -> None:
        """Take in the value of a step, counted from 1."""
        while (step - 1) // self._width >= self._most_bins:
            self._halve()
        self._put((step - 1) // self._width, (1, value, value, value))

    def points(self) -> list[tuple[float, float, float, float]]:
        """Return the middle of each bin, and the mean, least and greatest value in it."""
        width = self._width
        return [
            (index * width + (width + 1) / 2, total / count, least, greatest)
            for index, (count, total, least, greatest) in sorted(self._bins.items())
        ]

    def _put(self, index: int, new: tuple[int, float, float, float]) -> None:
        old = self._bins.get(index)
        if old is not None:
            new = (old[0] + new[0], old[1] + new[1], min(old[2], new[2]), max(old[3], new[3]))
        self._bins[index] = new

    def _halve(self) -> None:
        bins, self._bins = self._bins, {}
        self._width *= 2
        for index, content in bins.items():
            self._put(index // 2, content)


@final
class LossCurves:
    """Draws ``curves.png`` from the log now and then, the more rarely the longer the training, and at the end.

    Args:
        least_s: seconds from one drawing to the next, which replaces it.
    """

    def __init__(self, *, least_s: float = 15.0) -> None:
        self._pace = Pace(least_s=least_s, growth=0.1)
        self._log = LogTail()
        self._curves: dict[str, Curve] = {}
        self._step = 0

    def observe(self, view: TrainingView, folder: RunFolder) -> bool:
        """Draw if it is time; training always goes on."""
        went_back, self._step = view.step <= self._step, view.step
        if went_back:  # and so did its log
            self._log, self._curves = LogTail(), {}
        if self._pace.due:
            self._draw(folder)
        return True

    def finish(self, folder: RunFolder) -> None:
        """Draw all that there is."""
        self._draw(folder)

    def _draw(self, folder: RunFolder) -> None:
        with self._pace.spend():
            for line in self._log.lines(folder):
                for name, value in line.items():
                    self._curves.setdefault(name, Curve()).add(int(line["step"]), value)
            if self._curves:
                folder.write("curves.png", draw_curves(self._curves))


def draw_curves(curves: Mapping[str, Curve]) -> bytes:
    """Return a PNG of what the curves show over the generator's steps: the mean, and pale behind it the range.

    Args:
        curves: by their names in the training log; a figure whose values the log does not have is left out.
    """
    # without pyplot, which would choose a window system and keep every figure alive
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    panels = [panel for panel in PANELS if not curves.keys().isdisjoint(panel.curves)]
    rows = max(1, -(-len(panels) // 2))
    figure = Figure(figsize=(10, 4 * rows), layout="constrained")
    FigureCanvasAgg(figure)
    places = figure.subplots(rows, 2, squeeze=False).flat
    for axes, panel in zip(places, panels, strict=False):
        _draw_panel(axes, panel, curves)
    for axes in list(figure.axes)[len(panels) :]:
        axes.remove()
    content = BytesIO()
    figure.savefig(content, format="png", dpi=120, metadata={"Software": None})
    return content.getvalue()


def _draw_panel(axes: "Axes", panel: Panel, curves: Mapping[str, Curve]) -> None:
    shown: list[float] = []
    for name, label in panel.curves.items():
        if name not in curves:
            continue
        steps, means, least, greatest = zip(*curves[name].points(), strict=True)
        (line,) = axes.plot(steps, means, label=label, linewidth=1)
        axes.fill_between(steps, least, greatest, color=line.get_color(), alpha=0.2, linewidth=0)
        shown += means
    if panel.ideal is not None:
        axes.axhline(panel.ideal, color="grey", linestyle="--", linewidth=1)
        shown.append(panel.ideal)
    axes.set(xlabel="Steps", title=panel.title, ylim=_limits(shown))
    axes.grid(alpha=0.3)
    axes.legend()


def _limits(values: Sequence[float]) -> tuple[float, float]:
    """Return the limits of an axis on which a few values of the very beginning do not press the rest flat."""
    import numpy as np

    low, high = (float(limit) for limit in np.percentile(values, (0.5, 99.5)))
    margin = 0.08 * (high - low) or 0.5
    return low - margin, high + margin
