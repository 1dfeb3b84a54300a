"""Style transfer for the browser: what was made, what is being tried, and pictures of the store taken up again."""

import re
from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from components.ui.page.made_of_pictures import MadeOfPicture, made_of_pictures
from components.ui.page.pictures_view import existing
from components.ui.page.problems import full
from components.ui.page.uploads import keep_upload
from components.ui.page.words import t
from interfaces.errors import StorageError
from interfaces.page import PageParts

__all__ = ["style_routes"]

_SHOWN = 30
"""Runs whose pictures are shown."""
_DIGEST = re.compile(r"[0-9a-f]{64}")
_CELL = re.compile(r"\d-\d")


def style_routes(parts: PageParts) -> APIRouter:
    """Return what the browser asks of style transfer."""
    routes = APIRouter(prefix="/art")

    @routes.get("/stylized")
    def stylized() -> dict[str, Any]:
        """Return the newest stylized pictures, each with the content that it was made of."""
        runs = parts.queue.list(_SHOWN)
        found = (each for record in runs for each in made_of_pictures(parts, record, "stylize"))
        return {"pictures": [_row(each) for each in found]}

    @routes.get("/style-trials/{trial}/{cell}")
    def tried(trial: str, cell: str) -> Response:
        """Return what a trial made with one pair of weights, ``ROW-COLUMN``; 404 until it is made."""
        if not (_DIGEST.fullmatch(trial) and _CELL.fullmatch(cell)):
            raise HTTPException(404, t("there is no such trial"))
        try:
            content = parts.trials.read(f"style/{trial}/{cell}.png")
        except StorageError as error:
            raise HTTPException(404, t("there is no such trial, or not yet")) from error
        return Response(content, media_type="image/png")

    @routes.post("/taken/{run}/{name}")
    async def take(run: str, name: str) -> dict[str, str]:
        """Keep a picture of the store as one that was handed in. Returns the digest that names it."""
        file = await run_in_threadpool(existing, parts, run, name)
        with full(parts):
            kept = await run_in_threadpool(
                lambda: keep_upload(parts, file.name, Path(file.path).read_bytes())
            )
        return {"picture": kept.digest, "name": kept.name}

    return routes


def _row(made: MadeOfPicture) -> dict[str, Any]:
    row = made.file.model_dump(mode="json", include={"run", "name", "seed", "width", "height"})
    by = made.config["generation"]["source"]["algorithm"]
    return {"picture": made.picture, "name": made.name, "results": [{**row, "by": by, "strength": 1}]}
