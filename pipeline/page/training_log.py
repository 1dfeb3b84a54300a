"""The log of a training for curves: read once, thinned, and told again from where somebody knows it."""

import json
import math
from collections import deque
from pathlib import Path
from secrets import token_hex
from threading import Lock
from typing import Any, final

from components.evaluation.curves import PANELS, Curve
from interfaces.page_training import TrainingCurves, TrainingPanel
from interfaces.said import Said

__all__ = ["CurveReader"]

_MOST_POINTS = 500
_LOG, _COLLAPSES = "log.jsonl", "collapses.jsonl"
_DONE = {
    "rollback": Said("went back and on with other noise"),
    "stop": Said("was stopped"),
    "warn": Said("went on"),
}


@final
class CurveReader:
    """Reads what was added to the log of a training in ``folder`` since the last time; may be asked from many threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._begin(0)

    def _begin(self, file: int) -> None:
        self._file, self._offset, self._mark = file, 0, token_hex(4)
        self._curves: dict[str, Curve] = {}

    def read(self, since: float, token: str) -> TrainingCurves:
        """Return all points, or those from the step ``since`` on, where ``token`` says that the others are the same."""
        with self._lock:
            self._read()
            widths = [curve.width for curve in self._curves.values()]
            own = f"{self._mark}.{len(widths)}.{sum(widths)}"
            least = since - max(widths, default=1) if token == own else -math.inf
            series = {
                name: [(step, mean) for step, mean, _, _ in curve.points() if step >= least]
                for name, curve in self._curves.items()
            }
        panels = [
            TrainingPanel(panel.title, curves, panel.ideal)
            for panel in PANELS
            if (curves := {name: label for name, label in panel.curves.items() if name in series})
        ]
        shown = {name for panel in panels for name in panel.curves}
        series = {name: points for name, points in series.items() if name in shown}
        return TrainingCurves(own, token != own, series, panels, self._collapses())

    def _read(self) -> None:
        try:
            with (self._folder / _LOG).open("rb") as log:
                # a training that goes back to a checkpoint writes the log anew
                status = Path(log.name).stat()
                if status.st_ino != self._file or status.st_size < self._offset:
                    self._begin(status.st_ino)
                log.seek(self._offset)
                content = log.read()
        except OSError:  # there is none yet, or no more
            self._begin(0)
            return
        content = content[: content.rfind(b"\n") + 1]
        self._offset += len(content)
        for line in content.splitlines():
            self._add(json.loads(line))

    def _add(self, values: dict[str, Any]) -> None:
        step = int(values["step"])
        for name, value in values.items():
            if isinstance(value, int | float) and math.isfinite(value):
                self._curves.setdefault(name, Curve(most_bins=_MOST_POINTS)).add(step, value)

    def _collapses(self) -> list[Said]:
        try:
            content = (self._folder / _COLLAPSES).read_text(encoding="utf-8")
        except OSError:  # there was none
            return []
        whole = content[: content.rfind("\n") + 1].splitlines()
        return [_sentence(json.loads(line)) for line in deque(whole, maxlen=20)]


def _sentence(line: dict[str, Any]) -> Said:
    """Return a collapse in words.

    >>> _sentence({"step": 50, "kind": "mode", "measured": "diversity", "value": 0.1, "threshold": 0.5,
    ...     "action": "stop", "advice": "lower learning_rate"})
    'In step 50 training collapsed (mode): diversity was 0.1, wanted 0.5 at least. It was stopped; if it happens again: lower learning_rate'
    """
    value, threshold = line.get("value"), line.get("threshold")
    advice, now, settings = str(line.get("advice")).partition(". Now: ")
    return Said(
        "In step {0} training collapsed ({1}): {2} was {3}{4}. It {5}; if it happens again: {6}",
        line.get("step"),
        Said(str(line.get("kind"))),
        line.get("measured"),
        Said("no finite number") if value is None else Said("{0:.3g}", value),
        "" if threshold is None else Said(", wanted {0:.3g} at least", threshold),
        _DONE.get(line.get("action", ""), line.get("action", "")),
        Said("{0}. Now: {1}", Said(advice), settings) if now else Said(advice),
    )
