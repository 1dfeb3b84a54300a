"""An application that is made when it is first asked for, so that the server of another need not wait for it."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import final

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["WhenAsked"]


@final
class WhenAsked:
    """Makes an application at its first request, which waits for it, and lets that answer every request.

    The application sees the whole path, as if it were not mounted below another.

    Args:
        make: makes it.
        alive: is closed when the server ends, and the application with it.
    """

    def __init__(self, make: Callable[[], FastAPI], alive: AsyncExitStack) -> None:
        self._make = make
        self._made: ASGIApp | None = None
        self._making = asyncio.Lock()
        self._alive = alive

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer the request."""
        async with self._making:
            if self._made is None:
                made = self._make()
                await self._alive.enter_async_context(made.router.lifespan_context(made))
                self._made = made
        await self._made({**scope, "root_path": scope.get("app_root_path", "")}, receive, send)
