"""Trials: a small part of a picture, enlarged before the whole is, so that the browser can show what a strength does."""

import re

from fastapi import APIRouter, HTTPException
from fastapi.responses import Response

from components.ui.page.enhance import ENLARGERS, chosen_enlargers
from components.ui.page.uploads import find_upload
from components.ui.page.words import t
from interfaces.errors import StorageError
from interfaces.page import PageParts

__all__ = ["trial_routes"]

_TRIED = 4
"""How many times as large a part is made to be tried."""
_MOST_TRIED = 100_000
"""Bytes of a PNG of 128 by 128 pixels, and some."""
_DIGEST = re.compile(r"[0-9a-f]{64}")


def trial_routes(parts: PageParts) -> APIRouter:
    """Return what the browser asks of trials."""
    routes = APIRouter(prefix="/art")

    @routes.post("/trials/{enlarger}/{picture}")
    def try_out(enlarger: str, picture: str) -> dict[str, str]:
        """Let a small picture that was handed in be enlarged four times, before all that waits. Returns the run."""
        [(name, settings)] = chosen_enlargers([enlarger])
        kept = find_upload(parts, picture, "the part")
        if kept.path.suffix != ".png" or kept.path.stat().st_size > _MOST_TRIED:
            raise HTTPException(400, t("wanted a PNG of at most {0} bytes to try", _MOST_TRIED))
        return {"run": parts.desk.try_out(name, kept.path, {"scale": _TRIED, "enhancer": settings}).id}

    @routes.get("/trials/{enlarger}/{picture}")
    def tried(enlarger: str, picture: str) -> Response:
        """Return the result of a trial."""
        if enlarger not in ENLARGERS or not _DIGEST.fullmatch(picture):
            raise HTTPException(404, t("there is no such trial"))
        try:
            content = parts.trials.read(f"{enlarger}/{picture}.png")
        except StorageError as error:
            raise HTTPException(404, t("there is no such trial")) from error
        return Response(content, media_type="image/png")

    return routes
