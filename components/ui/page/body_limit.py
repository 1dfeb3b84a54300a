"""How much a request may bring: no more than what is held in memory for it."""

from typing import final

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.ui.page.words import t

__all__ = ["MOST_KB", "BodyLimit"]

MOST_KB = 1000
"""Of settings, names and numbers, in 1,000 bytes: 500 pictures by the longest names are a third of it."""
_OWN_LIMIT = frozenset({"/art/uploads", "/art/archives", "/art/settings"})
"""These take files, and count for themselves what comes."""


@final
class BodyLimit:
    """Answers 413 to a request that brings more than settings can be, before they are read whole.

    Args:
        app: what answers all others.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer the request."""
        if scope["type"] != "http" or scope["path"] in _OWN_LIMIT:
            return await self._app(scope, receive, send)
        told = Headers(scope=scope).get("content-length", "")
        if told.isascii() and told.isdecimal() and int(told) > 1000 * MOST_KB:
            return await JSONResponse({"detail": _too_much()}, 413)(scope, receive, send)
        came = 0

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > 1000 * MOST_KB:  # FastAPI answers what is raised while it reads
                raise HTTPException(413, _too_much())
            return message

        return await self._app(scope, counted, send)


def _too_much() -> str:
    return t("wanted at most {0} kB of settings, got more", MOST_KB)
