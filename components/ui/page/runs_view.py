"""Runs for the browser: how each is, and what can be done about it."""

import json
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from time import monotonic
from typing import Any, final

from fastapi import APIRouter, HTTPException, Response
from fastapi.concurrency import run_in_threadpool

from components.ui.page.words import t
from interfaces.igs import Translate
from interfaces.page import PageParts
from interfaces.runs import RunRecord

__all__ = ["ACTIONS", "OF_TRAINING", "RunsView", "run_routes"]

_FRESH_S = 0.4
"""For so long an answer serves everybody who asks: twenty pages cost what one does."""
_SHOWN = 50
OF_TRAINING = ("steps", "epochs", "batch", "conditional", "generator.side", "side")
"""Settings of a training that are worth a look."""

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
        self._state = b""

    def fresh(self) -> bytes | None:
        """Return what `state` has returned a moment ago; None where that is too long ago."""
        return self._state if monotonic() - self._made < _FRESH_S else None

    def state(self) -> bytes:
        """Return the newest runs, newest first, as JSON."""
        with self._lock:
            if monotonic() - self._made >= _FRESH_S:
                # before the rows: what is stored meanwhile is then shown twice for a moment, and not left out
                previews = _previews(self._parts)
                shown = self._parts.queue.list(_SHOWN)
                rows = [_row(each, self._parts.hide, previews.get(each.id, ())) for each in shown]
                self._state = json.dumps({"runs": rows}, ensure_ascii=False).encode()
                self._made = monotonic()
            return self._state


def _previews(parts: PageParts) -> Mapping[str, Sequence[int]]:
    """Return the seeds that each run is enlarging."""
    found: dict[str, list[int]] = {}
    for name in parts.previews.names("*/*.webp"):
        run, _, seed = name.removesuffix(".webp").partition("/")
        if seed.isdecimal():
            found.setdefault(run, []).append(int(seed))
    return {run: sorted(seeds) for run, seeds in found.items()}


def _row(record: RunRecord, hide: Callable[[str], str], previews: Sequence[int]) -> dict[str, Any]:
    fields = {
        "id", "kind", "state", "request", "done", "total", "stage", "stage_done", "stage_total", "unit", "rate",
        "detail", "message", "position",
    }  # fmt: skip
    row = record.model_dump(mode="json", include=fields)
    created, message = record.created.isoformat(), hide(record.message)
    seeds = list(previews) if record.state == "running" else []
    shown = {"source": _source(record).get("kind"), "settings": _parameters(record), "previews": seeds}
    return {**row, "created": created, "message": message, **shown}


def _source(record: RunRecord) -> Mapping[str, Any]:
    """Return what a picture pipeline makes its pictures of; nothing for work of another kind."""
    config: Any = record.settings.get("config")
    found = config.get("generation", {}).get("source") if isinstance(config, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _parameters(record: RunRecord) -> dict[str, Any]:
    """Return the parameters in force that are worth a look, in a picture pipeline or a training."""
    training: Any = record.settings.get("training")
    if isinstance(training, Mapping):
        told = {name: training.get("overrides", {}).get(name) for name in OF_TRAINING}
        return {"preset": training.get("preset"), **{name: text for name, text in told.items() if text}}
    config: Any = record.settings.get("config")
    if not isinstance(config, Mapping):
        return {}
    generation, enhancement = config.get("generation", {}), config.get("enhancement", {})
    source = _source(record)
    network = enhancement.get("enhancer", {})
    film = config.get("conversion", {}).get("film", "none")
    found = {
        "seed": generation.get("seed"),
        "walk to": source.get("to"),
        "algorithm": source.get("algorithm"),
        "direction": Translate.stem(source, 0) if source.get("kind") == "translate" else None,
        "style": generation.get("style"),
        "size": enhancement.get("side"),
        "network": network.get("weights") or network.get("kind"),
        "format": config.get("conversion", {}).get("format"),
        "film": None if film == "none" else film,
        "model": config.get("model"),
    }
    return {name: value for name, value in found.items() if value is not None}


def run_routes(parts: PageParts) -> APIRouter:
    """Return what the browser asks of runs."""
    routes, view = APIRouter(prefix="/art"), RunsView(parts)

    @routes.get("/state")
    async def state() -> Response:
        """Return the newest runs of every kind, newest first, with their progress and parameters."""
        content = view.fresh() or await run_in_threadpool(view.state)
        return Response(content, media_type="application/json")

    @routes.post("/runs", status_code=202)
    def generate(values: dict[str, Any]) -> dict[str, str]:
        """Queue a run that generates pictures, from the tables of a configuration file."""
        return {"run": parts.desk.generate(values).id}

    @routes.post("/runs/{run}/{action}")
    def act(run: str, action: str) -> dict[str, str]:
        """Pause, cancel, resume or repeat a run, or put it first."""
        if action not in ACTIONS:
            raise HTTPException(404, t("wanted one of {0}, got {1}", ", ".join(ACTIONS), action))
        return {"run": ACTIONS[action](parts, run).id}

    return routes
