"""That a training has collapsed or diverged, and where it is written down."""

import json
import math
from collections.abc import Sequence
from typing import NamedTuple, final

from components.training.checkpoints.state import Parts
from interfaces.errors import StorageError
from interfaces.ports import RunFolder

__all__ = ["COLLAPSES_NAME", "DIVERGED", "Collapse", "CollapseLog", "describe"]

COLLAPSES_NAME = "collapses.jsonl"
DIVERGED = "not-a-number"
"""The kind of a collapse in which a number is not finite."""


class Collapse(NamedTuple):
    """That a training has collapsed, and why that is said."""

    kind: str
    measured: str
    """Name of the value."""
    value: float
    threshold: float | None
    """What the value should not be below; None for one that is not finite."""
    advice: str


@final
class CollapseLog:
    """One JSON object for each collapse, in ``collapses.jsonl``; there is no such file where there was none."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder

    def add(self, state: Parts, collapse: Collapse, action: str) -> None:
        """Append that ``state`` has collapsed, and what was done; a value that is not finite becomes null."""
        line = {
            "step": state.step,
            "epoch": state.epoch,
            "kind": collapse.kind,
            "measured": collapse.measured,
            "value": collapse.value if math.isfinite(collapse.value) else None,
            "threshold": collapse.threshold,
            "action": action,
            "advice": collapse.advice,
        }
        self._folder.append(COLLAPSES_NAME, json.dumps(line))

    def cut(self, count: int) -> None:
        """Keep the first ``count``: those that the checkpoint knows of from which a training goes on."""
        lines = self._lines()
        if not count:
            self._folder.delete(COLLAPSES_NAME)
        elif len(lines) > count:
            self._folder.write(COLLAPSES_NAME, "".join(f"{line}\n" for line in lines[:count]).encode())

    def _lines(self) -> Sequence[str]:
        try:
            return self._folder.read(COLLAPSES_NAME).decode().splitlines()
        except StorageError:  # there was no collapse
            return []


def describe(state: Parts, collapse: Collapse) -> str:
    """Return one sentence: when, what, and why that is said."""
    step, value = state.step, f"{collapse.measured} is {collapse.value:.3g}"
    if collapse.threshold is None:
        return f"training diverged in step {step}: {value}"
    return (
        f"training collapsed ({collapse.kind}) in epoch {state.epoch + 1}, step {step}: {value}, "
        f"wanted {collapse.threshold:.3g} at least"
    )
