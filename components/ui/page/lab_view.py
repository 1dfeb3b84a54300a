"""Looks into generators for the browser: images at points, activations, and what becomes of an image without some of them."""

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query

from interfaces.page import PageParts

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["lab_routes"]

_MOST_FRAMES = 48
_Indices = Annotated[list[int] | None, Query(max_length=4096)]


def lab_routes(parts: PageParts) -> APIRouter:
    """Return what the browser asks of the laboratory.

    A point is as many numbers as the latent space has, ``seed:7``, or ``seed:7;0.5,-1``: that of a seed, moved so many deviations
    along the directions in which pictures change most.
    """
    routes = APIRouter(prefix="/art/lab")

    @routes.get("/models")
    def models() -> dict[str, Any]:
        """Return the names of the models that can be looked into."""
        return {"models": [card.name for card in parts.shelf.cards() if card.takes == "latent"]}

    @routes.get("/model")
    def model(model: str) -> dict[str, Any]:
        """Return how large its latent space is, what can be asked for, its layers, and the shares of its directions."""
        explorer = parts.explore(model)
        card = next(each for each in parts.shelf.cards() if each.name == model)
        found: dict[str, Any] = _looks().describe(explorer, card.styles if card.conditional else ())
        return found

    @routes.get("/point")
    def point(model: str, at: str, style: str | None = None) -> dict[str, Any]:
        """Return the image at a point, and the mean activation of every layer."""
        found: dict[str, Any] = _looks().point(parts.explore(model), at, style)
        return found

    @routes.get("/morph")
    def morph(
        model: str,
        start: str,
        end: str,
        frames: Annotated[int, Query(ge=2, le=_MOST_FRAMES)] = 24,
        style: str | None = None,
    ) -> dict[str, Any]:
        """Return the images from one point to another, and the points where the space is small."""
        found: dict[str, Any] = _looks().morph(parts.explore(model), start, end, frames, style)
        return found

    @routes.get("/activations")
    def activations(model: str, at: str, layer: str, style: str | None = None) -> dict[str, Any]:
        """Return the maps of a layer."""
        found: dict[str, Any] = _looks().activations(parts.explore(model), at, layer, style)
        return found

    @routes.get("/edit")
    def edit(
        model: str,
        at: str,
        layer: str,
        rows: _Indices = None,
        channels: _Indices = None,
        style: str | None = None,
    ) -> dict[str, Any]:
        """Return the image after rows or channels of a layer were set to zero, and by how much a pixel changed."""
        found: dict[str, Any] = _looks().edit(
            parts.explore(model), at, layer, rows or (), channels or (), style
        )
        return found

    return routes


def _looks() -> "ModuleType":
    from components.ui.page import lab_looks  # brings torch, and the page does not wait for that

    return lab_looks
