"""Trainings for the browser: how each goes, and its samples by run and step."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, final

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse
from pydantic import JsonValue, ValidationError

from components.ui.page.words import t
from interfaces.page import PageParts
from interfaces.page_training import TrainingTrial, TrainingWish
from interfaces.said import Said, fault

__all__ = ["TrainingView", "training_routes"]

_ANEW = {"Cache-Control": "private, no-cache"}


@final
class TrainingView:
    """What the browser asks of trainings."""

    def __init__(self, parts: PageParts) -> None:
        self._parts = parts
        self._desk = parts.trainings

    def state(self, run: str, since: float, token: str) -> dict[str, Any]:
        """Return curves, steps of the samples, collapses, and the model's name, where it is done."""
        curves = self._desk.curves(run, since=since, token=token)
        return {
            **curves._asdict(),
            "panels": [panel._asdict() for panel in curves.panels],
            "samples": sorted(self._desk.samples(run)),
            "collapses": [self._in_words(each) for each in curves.collapses],
            "model": self._desk.model(run),
        }

    def trial(self, trial: TrainingTrial) -> dict[str, Any]:
        """Return how a dry run is."""
        takes = {name: self._in_words(words) for name, words in trial.takes.items()}
        return {**trial.model_dump(mode="json"), "says": self._in_words(trial.says), "takes": takes}

    def _in_words(self, said: Said) -> str:
        return self._parts.hide(t(said))

    def sheet(self, run: str, step: int) -> Path:
        """Return a sheet of samples."""
        found = self._desk.samples(run).get(step)
        if found is None:
            raise HTTPException(404, t("there is no such sheet of samples"))
        return found

    def wish(self, values: Mapping[str, JsonValue]) -> TrainingWish:
        """Return what somebody wants."""
        try:
            return TrainingWish.model_validate(values)
        except ValidationError as error:
            faults = (t("{0}: {1}", ".".join(map(str, one["loc"])), fault(one)) for one in error.errors())
            raise HTTPException(422, "; ".join(faults)) from error


def training_routes(parts: PageParts) -> APIRouter:
    """Return what the browser asks of trainings."""
    routes, view = APIRouter(prefix="/art/training"), TrainingView(parts)

    @routes.get("/sources")
    def sources() -> dict[str, Any]:
        """Return what there is to learn from, and the presets, by name."""
        presets = {card.name: card.words for card in parts.trainings.presets()}
        return {"sources": parts.trainings.sources(), "presets": presets}

    @routes.post("/start")
    def start(wish: dict[str, JsonValue]) -> dict[str, str]:
        """Queue a training: ``{"source": NAME, "preset": NAME, "overrides": {"steps": "100"}}``."""
        return {"run": parts.trainings.start(view.wish(wish)).id}

    @routes.get("/trial")
    def trial() -> dict[str, Any]:
        """Return how the latest dry run is."""
        return view.trial(parts.trainings.trial())

    @routes.post("/trial")
    def try_out(wish: dict[str, JsonValue]) -> dict[str, Any]:
        """Begin a dry run of a training; the one before is given up."""
        return view.trial(parts.trainings.try_out(view.wish(wish)))

    @routes.get("/run/{run}")
    def state(run: str, since: float = 0, token: str = "") -> dict[str, Any]:
        """Return what a training's log says: the curves in 500 points at the most, or what is new since a step."""
        return view.state(run, since, token)

    @routes.get("/run/{run}/sample/{step}")
    def sample(run: str, step: int) -> FileResponse:
        """Return a sheet of samples of a training, all of the same noise."""
        return FileResponse(view.sheet(run, step), media_type="image/png", headers=_ANEW)

    return routes
