"""What the browser asks for: runs, pictures, and what shall be done about a run."""

from collections.abc import Callable, Mapping
from threading import Lock
from time import monotonic
from typing import Any, final

from interfaces.page import PageParts
from interfaces.runs import RunRecord, StoredFile

__all__ = ["ACTIONS", "RunsView", "picture_row", "pictures"]

_FRESH_S = 0.4
"""For so long an answer serves everybody who asks: twenty pages cost what one does."""
_SHOWN = 50

ACTIONS: Mapping[str, Callable[[PageParts, str], RunRecord]] = {
    "pause": lambda parts, run: parts.queue.request(run, "pause"),
    "cancel": lambda parts, run: parts.queue.request(run, "cancel"),
    "resume": lambda parts, run: parts.desk.go_on(run),
    "repeat": lambda parts, run: parts.desk.repeat(run),
    "first": lambda parts, run: parts.queue.move(run, 1),
}
"""What can be done about a run, by name."""


@final
class RunsView:
    """The state of all runs, as the browser shows it; it may be asked from many threads."""

    def __init__(self, parts: PageParts) -> None:
        self._parts = parts
        self._lock = Lock()
        self._made = -_FRESH_S
        self._state: dict[str, Any] = {"runs": []}

    def state(self) -> dict[str, Any]:
        """Return the newest runs, newest first."""
        with self._lock:
            if monotonic() - self._made >= _FRESH_S:
                self._state = {"runs": [_row(each) for each in self._parts.queue.list()[:_SHOWN]]}
                self._made = monotonic()
            return self._state


def _row(record: RunRecord) -> dict[str, Any]:
    fields = {
        "id", "kind", "state", "request", "done", "total", "stage", "stage_done", "stage_total", "unit", "rate",
        "message", "position",
    }  # fmt: skip
    row = record.model_dump(mode="json", include=fields)
    return {**row, "created": record.created.isoformat(), "settings": _parameters(record)}


def _parameters(record: RunRecord) -> dict[str, Any]:
    """Return the parameters in force that are worth a look, in a picture pipeline."""
    config: Any = record.settings.get("config")
    if not isinstance(config, Mapping):
        return {}
    generation, enhancement = config.get("generation", {}), config.get("enhancement", {})
    network = enhancement.get("enhancer", {})
    found = {
        "seed": generation.get("seed"),
        "style": generation.get("style"),
        "size": enhancement.get("side"),
        "network": network.get("weights") or network.get("kind"),
        "format": config.get("conversion", {}).get("format"),
        "model": config.get("model"),
    }
    return {name: value for name, value in found.items() if value is not None}


def pictures(parts: PageParts, *, run: str | None = None, offset: int = 0, limit: int = 60) -> dict[str, Any]:
    """Return some of the stored pictures, newest run first; smaller sizes that are kept stand with the final one.

    Raises:
        RunError: there is no such run.
    """
    finals = [file for file in parts.results.files(run) if file.role == "final"]
    finals.sort(key=lambda file: (file.run, -(file.seed or 0)), reverse=True)
    return {"total": len(finals), "pictures": [picture_row(file) for file in finals[offset : offset + limit]]}


def picture_row(file: StoredFile) -> dict[str, Any]:
    """Return what the browser shows of a picture, without its place on the disk."""
    row = file.model_dump(mode="json", include={"run", "name", "seed", "width", "height", "size"})
    return {**row, "created": file.created.isoformat()}
