"""Trained models for the browser, and two of them made to paint the same seeds."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import FileResponse

from interfaces.contract import Contract
from interfaces.page import PageParts

__all__ = ["Comparison", "model_routes"]

_ANEW = {"Cache-Control": "private, no-cache"}
_SIDE = 64


class Comparison(Contract):
    """Two models, and the seeds that both paint."""

    models: tuple[str, str]
    seed: int = 0
    """The first of them."""
    count: int = 8

    def settings(self, model: str) -> dict[str, Any]:
        """Return the settings of the run of one of them, called ``model``: its pictures as they are, at 64 px."""
        return {
            "model": model,
            "generation": {"seed": self.seed, "count": self.count},
            "enhancement": {"side": _SIDE, "enhancer": {"kind": "lanczos"}},
        }


def model_routes(parts: PageParts) -> APIRouter:
    """Return what the browser asks of models."""
    routes = APIRouter(prefix="/art/models")

    @routes.get("")
    def models() -> dict[str, Any]:
        """Return all trained models, the shipped one first."""
        return {"models": [card.model_dump(mode="json") for card in parts.shelf.cards()]}

    @routes.get("/{name}/picture/{which}")
    def picture(name: str, which: str) -> FileResponse:
        """Return a picture that lies beside a model: ``samples`` or ``comparison``."""
        return FileResponse(parts.shelf.picture(name, which), headers=_ANEW)

    @routes.post("/{name}/default")
    def default(name: str) -> dict[str, str]:
        """Have a model taken where nobody names one."""
        parts.shelf.make_default(name)
        return {"default": name}

    @routes.post("/compare")
    def compare(wanted: Comparison) -> dict[str, Any]:
        """Queue a run of each of two models, with the same seeds."""
        names = [parts.shelf.named(model) for model in wanted.models]
        return {"runs": [parts.desk.generate(wanted.settings(name)).id for name in names]}

    return routes
