"""Translations for the browser: what became of each picture, and what came back of that."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter

from components.ui.page.made_of_pictures import MadeOfPicture, made_of_pictures
from components.ui.page.translate import domains_of
from interfaces.page import PageParts

__all__ = ["translate_routes"]

_SHOWN = 30
"""Runs whose pictures are shown."""
_UNKNOWN = ("A", "B")
"""The domains of a model that is gone."""
_NOT_OF_IT = ("paths", "names", "there_and_back")
"""Fields of the source by which a result does not differ from its reconstruction."""


def translate_routes(parts: PageParts) -> APIRouter:
    """Return what the browser asks of translations."""
    routes = APIRouter(prefix="/art")

    @routes.get("/translated")
    def translated() -> dict[str, Any]:
        """Return the newest translated pictures, each with its result and, where it was asked for, the reconstruction after it.

        With them goes the hiding score of the model's direction, where it was measured.
        """
        found: dict[str, dict[str, Any]] = {}
        domains = {each.name: domains_of(each) for each in parts.models.list()}
        for record in parts.queue.list(_SHOWN):
            for made in made_of_pictures(parts, record, "translate"):
                _add(found, made, domains.get(made.config["model"], _UNKNOWN))
        hiding = {card.name: card.hiding for card in parts.shelf.cards()} if found else {}
        for row in found.values():
            row["hiding"] = hiding.get(row["model"], {}).get(row["direction"])
        return {"pictures": [{**row, "results": _in_order(row["results"])} for row in found.values()]}

    return routes


def _add(found: dict[str, dict[str, Any]], made: MadeOfPicture, domains: tuple[str, str]) -> None:
    """Put a result beside those of the same picture with the same settings; the newest of each kind stays."""
    source = made.config["generation"]["source"]
    settings = {name: value for name, value in source.items() if name not in _NOT_OF_IT}
    there, other = domains if source["direction"] == "a-to-b" else domains[::-1]
    row: dict[str, Any] = {
        **{"picture": made.picture, "name": made.name, "model": made.config["model"]},
        **{"direction": source["direction"], "from": there, "to": other, "results": {}},
    }
    row = found.setdefault(repr((made.picture, made.config["model"], settings)), row)
    is_back = bool(source["there_and_back"])
    by = f"{there} → {other} → {there}" if is_back else f"{there} → {other}"
    shown = made.file.model_dump(mode="json", include={"run", "name", "seed", "width", "height"})
    row["results"].setdefault(is_back, {**shown, "by": by, "strength": 1, "back": is_back})


def _in_order(results: Mapping[bool, dict[str, Any]]) -> list[dict[str, Any]]:
    return [results[each] for each in sorted(results)]
