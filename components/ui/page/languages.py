"""Which language a browser is answered in, and the words of it."""

from collections.abc import Mapping
from typing import final

from fastapi import APIRouter, HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.ui.page.words import ENGLISH, LANGUAGES, catalogue, speaking, t

__all__ = ["LanguageChoice", "best_language", "word_routes"]


@final
class LanguageChoice:
    """Has everything answered in the language that the browser likes best: the page at the root, and what is said of an error.

    Args:
        app: has a page at the root, which is English, and one at ``/LANGUAGE`` for each other.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer the request."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        language = best_language(Headers(scope=scope).get("accept-language", ""))
        with speaking(language):
            if scope["path"] != "/":
                return await self._app(scope, receive, send)
            return await self._at_the_root(language, scope, receive, send)

    async def _at_the_root(self, language: str, scope: Scope, receive: Receive, send: Send) -> None:

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).add_vary_header("Accept-Language")
            await send(message)

        path = "/" if language == ENGLISH else f"/{language}/"
        return await self._app({**scope, "path": path, "raw_path": path.encode()}, receive, send_named)


def best_language(accepted: str) -> str:
    """Return the language that a browser likes best, of those that the page knows.

    Args:
        accepted: its header ``Accept-Language``.

    >>> best_language("uk-UA,uk;q=0.9,en;q=0.5"), best_language("de, en;q=0.7, uk;q=0.8"), best_language("de")
    ('uk', 'uk', 'en')
    """
    liked: list[tuple[float, str]] = []
    for each in accepted.split(","):
        tag, _, weight = each.strip().partition(";q=")
        language = tag.partition("-")[0].lower()
        if language in LANGUAGES:
            try:
                liked.append((float(weight or 1), language))
            except ValueError:  # no header that a browser sends
                continue
    wanted = [one for one in liked if one[0] > 0]
    return max(wanted, key=lambda one: one[0], default=(0, ENGLISH))[1]


def word_routes() -> APIRouter:
    """Return what the browser asks of words."""
    routes = APIRouter(prefix="/art")

    @routes.get("/words/{language}")
    def words(language: str) -> Mapping[str, str | tuple[str, ...]]:
        """Return what each English sentence is in a language; one that is counted has a form for each kind of number."""
        if language not in LANGUAGES:
            raise HTTPException(404, t("wanted one of {0}, got {1}", ", ".join(LANGUAGES), language))
        return catalogue(language)

    return routes
