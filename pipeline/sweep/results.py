"""The results of a sweep: one table and one picture, written again after every trial."""

import csv
import io
import json
import shlex
from collections.abc import Sequence
from typing import Any

from interfaces.ports import RunFolder
from pipeline.settings.dotted import to_text
from pipeline.sweep.plot import draw_sweep
from pipeline.sweep.settings import SweepSettings
from pipeline.sweep.study import TrialResult

__all__ = ["RESULT_FILE", "ranked", "training_command", "write_result"]

RESULT_FILE = "sweep.json"
_ORDER = {"complete": 0, "pruned": 1, "failed": 2, "refused": 3}


def ranked(results: Sequence[TrialResult]) -> list[TrialResult]:
    """Return the best finished trial first, then those that were stopped, by value, then the others."""
    return sorted(results, key=lambda one: (_ORDER[one.outcome], one.value or 0.0, one.number))


def training_command(settings: SweepSettings, result: TrialResult) -> str:
    """Return the command that trains with a trial's settings, for as long as the preset says."""
    overrides = [f"{name}={to_text(value)}" for name, value in {**settings.fixed, **result.point}.items()]
    prefix = ["--style-from-prefix"] if settings.style_from_prefix else []
    parts = ["artgen", "train", settings.source, "--preset", settings.preset, *prefix]
    return shlex.join([*parts, *(part for one in overrides for part in ("--set", one))])


def write_result(
    folder: RunFolder, settings: SweepSettings, results: Sequence[TrialResult], floor: float, *, picture: bool
) -> None:
    """Write ``sweep.json`` and ``sweep.csv``, and ``sweep.png`` where a ``picture`` is wanted."""
    order = ranked(results)
    best = order[0] if order and order[0].outcome == "complete" else None
    document: dict[str, Any] = {
        "metric": {**settings.metric.model_dump(mode="json"), "better": "lower", "floor": floor},
        "settings": settings.model_dump(mode="json"),
        "best": best
        and {"number": best.number, "value": best.value, "train": training_command(settings, best)},
        "trials": [{**one.model_dump(mode="json"), "folder": f"trials/{one.number:03d}"} for one in results],
    }
    folder.write(RESULT_FILE, json.dumps(document, indent=1, ensure_ascii=False).encode())
    folder.write("sweep.csv", _to_csv(order, settings).encode())
    if picture:
        folder.write("sweep.png", draw_sweep(settings, order, floor))


def _to_csv(order: Sequence[TrialResult], settings: SweepSettings) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["trial", "outcome", "value", "step", "seconds", "reason", *settings.space])
    for one in order:
        step = max(one.values, default=None)
        point = [to_text(one.point[name]) for name in settings.space]
        writer.writerow([one.number, one.outcome, one.value, step, one.seconds, one.reason, *point])
    return text.getvalue()
