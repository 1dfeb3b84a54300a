"""How much of the map changes from one to the next while a model learns: as numbers, and as a curve."""

import csv
from collections.abc import Sequence
from io import BytesIO, StringIO
from typing import NamedTuple

from interfaces.errors import StorageError
from interfaces.ports import RunFolder

__all__ = ["CURVE_FILE", "MapNote", "calm", "draw_curve", "read_notes", "write_notes"]

CURVE_FILE = "maps/changes.csv"


class MapNote(NamedTuple):
    """One map of a training: a line of ``maps/changes.csv``."""

    step: int
    epoch: int
    changed: float | None
    """Share of the points that have another class than in the map before; None where there is none to compare with."""
    stopped: bool
    """Whether the training was stopped here, since too little changed."""


def read_notes(folder: RunFolder) -> list[MapNote]:
    """Return the lines of ``maps/changes.csv``; none where there is no such file.

    Raises:
        StorageError: it holds something else.
    """
    if CURVE_FILE not in folder.names(CURVE_FILE):
        return []
    try:
        rows = list(csv.DictReader(StringIO(folder.read(CURVE_FILE).decode())))
        return [
            MapNote(
                int(row["step"]),
                int(row["epoch"]),
                float(row["changed"]) if row["changed"] else None,
                row["stopped"] == "1",
            )
            for row in rows
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise StorageError(
            f"{folder.path / CURVE_FILE}: wanted the columns {', '.join(MapNote._fields)}, got something else: {error}; remove the file"
        ) from error


def write_notes(folder: RunFolder, notes: Sequence[MapNote]) -> None:
    """Write ``maps/changes.csv`` anew."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(MapNote._fields)
    for note in notes:
        changed = "" if note.changed is None else f"{note.changed:.6f}"
        writer.writerow([note.step, note.epoch, changed, int(note.stopped)])
    folder.write(CURVE_FILE, text.getvalue().encode())


def calm(notes: Sequence[MapNote], limit: float) -> int:
    """Return how many of the last maps in a row changed by less than ``limit``, since the training was last stopped for that.

    >>> calm([MapNote(1, 0, 0.5, False), MapNote(2, 1, 0.01, False), MapNote(3, 2, 0.02, False)], 0.1)
    2
    """
    count = 0
    for note in reversed(notes):
        if note.stopped or note.changed is None or note.changed >= limit:
            break
        count += 1
    return count


def draw_curve(notes: Sequence[MapNote], limit: float) -> bytes:
    """Return a PNG of the share that changed, in percent, over the steps.

    Args:
        notes: of the maps.
        limit: below which the training is stopped, from 0 to 1: a dashed line; 0 for none.
    """
    # without pyplot, which would choose a window system and keep every figure alive
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    known = [(note.step, 100 * note.changed) for note in notes if note.changed is not None]
    figure = Figure(figsize=(8, 4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.plot([step for step, _ in known], [share for _, share in known], marker=".", linewidth=1)
    if limit:
        axes.axhline(100 * limit, color="grey", linestyle="--", linewidth=1)
    axes.set(xlabel="Steps", ylabel="%", title="Points whose class changed since the map before")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    content = BytesIO()
    figure.savefig(content, format="png", dpi=120, metadata={"Software": None})
    return content.getvalue()
