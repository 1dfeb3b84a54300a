"""Who may ask: hosts by name, this page's own requests, and those who know the password."""

import base64
import binascii
from collections.abc import Awaitable, Callable, Sequence
from secrets import compare_digest
from typing import NamedTuple, final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

__all__ = ["Guard", "Login"]

_ASKING = ("GET", "HEAD", "OPTIONS")
_Next = Callable[[Request], Awaitable[Response]]


class Login(NamedTuple):
    """Who may use the page."""

    user: str
    password: str


@final
class Guard:
    """Lets a request pass or answers it.

    Args:
        hosts: names by which this server may be called, without port; another one is a page elsewhere that had its name
            point here (DNS rebinding).
        login: whoever asks must know it; None lets everybody in.
    """

    def __init__(self, hosts: Sequence[str], login: Login | None) -> None:
        self._hosts = {host.lower() for host in hosts}
        self._login = login

    async def __call__(self, request: Request, call_next: _Next) -> Response:
        """Return the answer to ``request``."""
        host = request.headers.get("host", "")
        if urlsplit(f"//{host}").hostname not in self._hosts:
            return PlainTextResponse("wanted a host name of this server", 421)
        origin = request.headers.get("origin")
        if request.method not in _ASKING and origin is not None and urlsplit(origin).netloc != host:
            return PlainTextResponse("wanted a request of this page, got one of another", 403)
        if self._login is not None and not self._knows(request.headers.get("authorization", "")):
            return PlainTextResponse(
                "wanted user and password", 401, {"WWW-Authenticate": 'Basic realm="artgen", charset="UTF-8"'}
            )
        response = await call_next(request)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("X-Frame-Options", "SAMEORIGIN")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        return response

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
