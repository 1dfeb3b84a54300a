"""The rows of a report as text: for a terminal, for Markdown, for a spreadsheet."""

import csv
import io
from collections.abc import Mapping, Sequence

from pipeline.evaluate.training_report import Collapse, TrainingSummary
from pipeline.settings.dotted import to_text

__all__ = ["COLUMNS", "cells", "duration", "to_csv", "to_markdown"]

COLUMNS = (
    "training", "preset, and what differs", "state", "images", "epochs", "total time", "time per epoch",
    "mode collapse", "final metrics",
)  # fmt: skip

_NAMES = {
    "inception_frechet": "FID", "inception_kernel": "KID", "inception_score": "IS", "swd_mean": "SWD",
    "weave_two_pixel": "weave", "ms_ssim": "MS-SSIM", "c2st_accuracy": "C2ST",
}  # fmt: skip
"""What an evaluation is known by, in the order of the table; the others stand in the JSON and the CSV."""
_FROM_LOG = ("swd", "weave", "diversity", "wasserstein", "gradient_norm", "critic_loss", "generator_loss")
_MINUTE_S, _HOUR_S = 60, 3600


def cells(summary: TrainingSummary) -> tuple[str, ...]:
    """Return the texts of one row, one for each of `COLUMNS`."""
    unknown_epochs = "?" if not summary.seen else "below 1"
    return (
        summary.name,
        ", ".join([summary.preset, *(f"{name}={to_text(value)}" for name, value in summary.differs.items())]),
        _state(summary),
        f"{summary.images:,}" if summary.images else "?",
        f"{summary.epochs:.3g}" if summary.epochs is not None else unknown_epochs,
        duration(summary.seconds),
        duration(summary.seconds_per_epoch) if summary.seconds_per_epoch is not None else "?",
        _collapses(summary.collapses),
        _metrics(summary),
    )


def to_markdown(summaries: Sequence[TrainingSummary]) -> str:
    """Return the table in Markdown."""
    rows = [COLUMNS, ["---"] * len(COLUMNS), *map(cells, summaries)]
    lines = (" | ".join(cell.replace("|", "\\|") for cell in row) for row in rows)
    return "".join(f"| {line} |\n" for line in lines)


def to_csv(summaries: Sequence[TrainingSummary]) -> str:
    """Return all numbers, unrounded, one column each."""
    rows = [_flat(summary) for summary in summaries]
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def duration(seconds: float) -> str:
    """Return a time as a reader takes it in.

    >>> duration(995.4), duration(16_800), duration(3.21)
    ('16.6 min', '4.67 h', '3.21 s')
    """
    for length, unit in ((_HOUR_S, "h"), (_MINUTE_S, "min")):
        if seconds >= 2 * length:
            return f"{seconds / length:.3g} {unit}"
    return f"{seconds:.3g} s"


def _flat(summary: TrainingSummary) -> dict[str, object]:
    values = summary.model_dump(mode="json")
    row = {name: value for name, value in values.items() if not isinstance(value, dict | list)}
    differs = " ".join(f"{name}={to_text(value)}" for name, value in summary.differs.items())
    lists = {"differs": differs, "collapses": len(summary.collapses), "notes": "; ".join(summary.notes)}
    numbers: Mapping[str, Mapping[str, float]] = {
        "": summary.measurements,
        "floor_": summary.floors,
        "log_": summary.final,
    }
    return {
        **row,
        **lists,
        "first_collapse_epoch": summary.collapses[0].epoch if summary.collapses else None,
        **{prefix + name: value for prefix, table in numbers.items() for name, value in table.items()},
    }


def _state(summary: TrainingSummary) -> str:
    if summary.state == "done":
        return "done"
    of_total = f" of {summary.total_steps:,}" if summary.total_steps else ""
    return f"{summary.state} at step {summary.steps:,}{of_total}"


def _collapses(collapses: Sequence[Collapse]) -> str:
    """Return yes or no, and how often, as the paper says it."""
    if not collapses:
        return "none"
    first, last, count = collapses[0].epoch + 1, collapses[-1].epoch + 1, len(collapses)
    kinds = f" ({', '.join(dict.fromkeys(one.kind for one in collapses))})"
    if count == 1:
        return f"once, in epoch {first}{kinds}"
    return f"{count} times, every {(last - first) / (count - 1):.2g} epochs from epoch {first} on{kinds}"


def _metrics(summary: TrainingSummary) -> str:
    if summary.measurements:
        known = [(_NAMES[key], key) for key in _NAMES if key in summary.measurements]
        others = [
            (key, key) for key in summary.measurements if key.endswith("_frechet") and key not in _NAMES
        ]
        return ", ".join(
            f"{name} {summary.measurements[key]:.4g}"
            + (f" (real {summary.floors[key]:.3g})" if key in summary.floors else "")
            for name, key in [*known, *others]
        )
    return ", ".join(f"{name} {summary.final[name]:.3g}" for name in _FROM_LOG if name in summary.final)
