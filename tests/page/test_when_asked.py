"""The page of another language is made when it is first asked for, once, and ends with the server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from tests.page.browser import needs_gradio

pytestmark = needs_gradio


def test_many_who_ask_at_once_get_one_application_that_sees_the_whole_path_and_ends_with_the_server() -> None:
    httpx = pytest.importorskip("httpx")
    from fastapi import FastAPI, Request

    from components.ui.page.when_asked import WhenAsked

    happened: list[str] = []

    def make() -> FastAPI:
        @asynccontextmanager
        async def lifespan(_: FastAPI) -> AsyncIterator[None]:
            happened.append("begun")
            await asyncio.sleep(0)  # others ask meanwhile
            yield
            happened.append("ended")

        happened.append("made")
        app = FastAPI(lifespan=lifespan)

        @app.get("/uk/where")
        def where(request: Request) -> str:
            assert happened == ["made", "begun"]
            return f"{request.url.path} {request.scope['root_path']}"

        return app

    async def ask() -> list[str]:
        async with AsyncExitStack() as alive:
            server = FastAPI()
            server.mount("/uk", WhenAsked(make, alive))
            assert happened == []
            transport = httpx.ASGITransport(server)
            async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
                answers = await asyncio.gather(*(client.get("/uk/where") for _ in range(5)))
        return [each.json() for each in answers]

    assert asyncio.run(ask()) == ["/uk/where "] * 5
    assert happened == ["made", "begun", "ended"]
