"""The training log: one JSON object a line."""

import json
from collections.abc import Mapping
from typing import final

from interfaces.errors import StorageError
from interfaces.ports import RunFolder

__all__ = ["LOG_NAME", "TrainingLog"]

LOG_NAME = "log.jsonl"


@final
class TrainingLog:
    """Appends to ``log.jsonl``, and cuts off what a training that was killed wrote after its checkpoint."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder

    def add(self, values: Mapping[str, float]) -> None:
        """Append one line; ``values`` holds ``step``."""
        self._folder.append(LOG_NAME, json.dumps(values))

    def cut(self, step: int) -> None:
        """Keep the lines up to ``step`` and drop the others, an unfinished last one too."""
        try:
            lines = self._folder.read(LOG_NAME).decode().splitlines()
        except StorageError:  # killed before its first line
            lines = []
        kept = [line for line in lines if _step(line) <= step]
        self._folder.write(LOG_NAME, "".join(f"{line}\n" for line in kept).encode())


def _step(line: str) -> float:
    try:
        return float(json.loads(line)["step"])
    except (ValueError, KeyError, TypeError):
        return float("inf")
