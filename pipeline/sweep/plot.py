"""A sweep in one picture: every trial's metric while it trained, and what each setting had to do with it."""

from collections.abc import Sequence
from io import BytesIO
from math import ceil, sqrt
from typing import TYPE_CHECKING

from pipeline.settings.dotted import to_text
from pipeline.sweep.settings import Dimension, SweepSettings
from pipeline.sweep.study import TrialResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

__all__ = ["draw_sweep"]

_BEST, _COMPLETE, _PRUNED = "tab:red", "tab:blue", "0.6"
_MOST_COLUMNS = 3
_LONG = 6
"""Characters of a label that stands straight."""
_NAME = "sliced Wasserstein distance, x1000"


def draw_sweep(settings: SweepSettings, order: Sequence[TrialResult], floor: float) -> bytes:
    """Return a PNG.

    Args:
        settings: of the sweep.
        order: the trials, the best one first.
        floor: the metric between two lots of real pictures.
    """
    # without pyplot, which would choose a window system and keep every figure alive
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows, _ = _grid(len(settings.space))
    figure = Figure(figsize=(14, max(5.0, 2.6 * rows)), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subfigures(1, 2, squeeze=False, width_ratios=(1, 1.2))[0]
    measured = [one for one in order if one.values]
    _draw_values(left, measured, floor)
    _draw_dimensions(right, settings, measured)
    content = BytesIO()
    figure.savefig(content, format="png", dpi=110, metadata={"Software": None})
    return content.getvalue()


def _colour(result: TrialResult, place: int) -> str:
    if result.outcome != "complete":
        return _PRUNED
    return _BEST if place == 0 else _COMPLETE


def _draw_values(figure: "Figure | SubFigure", measured: Sequence[TrialResult], floor: float) -> None:
    axes = figure.subplots()
    for place, one in reversed(list(enumerate(measured))):  # the best one on top
        steps = sorted(one.values)
        best = one.outcome == "complete" and place == 0
        axes.plot(
            steps,
            [one.values[step] for step in steps],
            color=_colour(one, place),
            linewidth=2 if best else 1,
            marker="." if len(steps) > 1 else "o",
            label=f"best: trial {one.number}" if best else None,
        )
        if one.outcome != "complete":
            axes.plot(steps[-1], one.values[steps[-1]], "x", color="0.2")
    axes.plot([], [], color=_COMPLETE, label="trained to the end")
    axes.plot([], [], color=_PRUNED, marker="x", markeredgecolor="0.2", label="stopped early")
    axes.axhline(floor, color="0.2", linestyle=":", label="real against real")
    axes.set(xlabel="Generator steps", ylabel=_NAME, title="While training (lower is better)")
    axes.grid(alpha=0.3)
    axes.legend()


def _draw_dimensions(
    figure: "Figure | SubFigure", settings: SweepSettings, measured: Sequence[TrialResult]
) -> None:
    count = len(settings.space)
    grid = figure.subplots(*_grid(count), squeeze=False, sharey=True)
    cells = [axes for row in grid for axes in row]
    for axes, (name, dimension) in zip(cells, settings.space.items(), strict=False):
        _draw_dimension(axes, name, dimension, measured)
    for axes in cells[count:]:
        axes.set_visible(False)
    figure.suptitle("Last value by setting")
    for row in grid:
        row[0].set_ylabel("distance")


def _grid(count: int) -> tuple[int, int]:
    """Return rows and columns for ``count`` small axes."""
    columns = min(_MOST_COLUMNS, ceil(sqrt(count)))
    return ceil(count / columns), columns


def _draw_dimension(axes: "Axes", name: str, dimension: Dimension, measured: Sequence[TrialResult]) -> None:
    texts = [to_text(value) for value in dimension.values or ()]
    for place, one in reversed(list(enumerate(measured))):
        value = one.point[name]
        x = texts.index(to_text(value)) if texts else float(value)
        marker = "o" if one.outcome == "complete" else "x"
        axes.plot(x, one.value or 0.0, marker, color=_colour(one, place), markersize=6)
    if texts:
        axes.set_xticks(range(len(texts)), texts, rotation=20 if max(map(len, texts)) > _LONG else 0)
        axes.set_xlim(-0.5, len(texts) - 0.5)
    else:
        low, high = float(dimension.low or 0), float(dimension.high or 0)
        if dimension.log:
            axes.set_xscale("log")
        margin = (high / low) ** 0.05 if dimension.log else (high - low) * 0.05
        axes.set_xlim(*((low / margin, high * margin) if dimension.log else (low - margin, high + margin)))
    axes.set_xlabel(name)
    axes.grid(alpha=0.3)
