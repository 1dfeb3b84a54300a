"""Who may ask: hosts by name, this page's own requests, and those who know the password."""

import base64
import binascii
from collections.abc import Sequence
from secrets import compare_digest
from typing import NamedTuple, final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.ui.page.words import t

__all__ = ["Guard", "Login"]

_ASKING = ("GET", "HEAD", "OPTIONS")
_LOCAL = ("127.0.0.1", "::1")
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
}


class Login(NamedTuple):
    """Who may use the page."""

    user: str
    password: str


@final
class Guard:
    """Lets a request pass or answers it.

    Args:
        app: what answers those that pass.
        hosts: names by which this server may be called, without port; another one is a page elsewhere that had its name
            point here (DNS rebinding).
        login: whoever asks must know it; None lets everybody in.
    """

    def __init__(self, app: ASGIApp, hosts: Sequence[str], login: Login | None) -> None:
        self._app = app
        self._hosts = {host.lower() for host in hosts}
        self._login = login

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer the request, or turn it away."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        refused = self._refused(scope["method"], Headers(scope=scope))
        if refused is not None:
            return await refused(scope, receive, send)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _ALWAYS.items():
                    headers.setdefault(name, value)
            await send(message)

        return await self._app(_uncompressed(scope), receive, send_guarded)

    def _refused(self, method: str, headers: Headers) -> PlainTextResponse | None:
        """Return the answer to a request that may not pass."""
        host = headers.get("host", "")
        if urlsplit(f"//{host}").hostname not in self._hosts:
            return PlainTextResponse(t("wanted a host name of this server"), 421)
        origin = headers.get("origin")
        if method not in _ASKING and origin is not None and urlsplit(origin).netloc != host:
            return PlainTextResponse(t("wanted a request of this page, got one of another"), 403)
        if self._login is not None and not self._knows(headers.get("authorization", "")):
            return PlainTextResponse(
                t("wanted user and password"),
                401,
                {"WWW-Authenticate": 'Basic realm="artgen", charset="UTF-8"'},
            )
        return None

    def _knows(self, header: str) -> bool:
        assert self._login is not None  # noqa: S101  # asked only then
        scheme, _, encoded = header.partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        same_user = compare_digest(user.encode(), self._login.user.encode())
        return compare_digest(password.encode(), self._login.password.encode()) and same_user


def _uncompressed(scope: Scope) -> Scope:
    """Return the request without what it says of compression where it comes from this machine: that would cost more than it saves."""
    client = scope.get("client")
    if client is None or client[0] not in _LOCAL:
        return scope
    return {**scope, "headers": [each for each in scope["headers"] if each[0] != b"accept-encoding"]}
