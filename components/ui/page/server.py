"""The server of the page: Gradio's controls, and beside them what the browser asks for by itself."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI, HTTPException
from fastapi.responses import FileResponse, Response

from components.ui.page import PAGES
from components.ui.page.art import find_file, thumbnail
from components.ui.page.guard import Guard, Login
from components.ui.page.theme import THEME
from components.ui.page.views import ACTIONS, RunsView, pictures
from interfaces.errors import ArtgenError, RunError
from interfaces.page import PageParts
from interfaces.runs import StoredFile

__all__ = ["make_server"]

_STATIC = Path(__file__).parent / "static"
_FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}
_MOST = 200


def make_server(parts: PageParts, *, hosts: Sequence[str], login: Login | None = None) -> FastAPI:
    """Return the application.

    Args:
        parts: the ports behind the page.
        hosts: names by which it may be called.
        login: who may use it; None for everybody who reaches it.
    """
    server = FastAPI(title="artgen", docs_url=None, redoc_url=None, openapi_url="/art/openapi.json")
    server.middleware("http")(Guard(hosts, login))
    _add_routes(server, parts)
    return gr.mount_gradio_app(
        server,
        _blocks(parts),
        path="/",
        run_history=False,
        footer_links=[],
        theme=THEME,
        css_paths=_STATIC / "page.css",
        head='<script src="/art/page.js" defer></script>',
        ssr_mode=False,
        enable_monitoring=False,
        max_file_size="50mb",
    )


def _blocks(parts: PageParts) -> gr.Blocks:
    with gr.Blocks(title="artgen", analytics_enabled=False) as blocks:
        gr.HTML('<h1 class="art-title">artgen</h1>')
        with gr.Tabs():
            for name, make in PAGES.items():
                page = make()
                with gr.Tab(page.title, id=name, elem_id=f"tab-{name}"):
                    page.build(parts)
    return blocks


def _add_routes(server: FastAPI, parts: PageParts) -> None:
    runs = RunsView(parts)

    @server.get("/art/page.js", include_in_schema=False)
    def script() -> FileResponse:
        return FileResponse(_STATIC / "page.js", media_type="text/javascript")

    @server.get("/art/state")
    def state() -> dict[str, Any]:
        """Return the newest runs of every kind, newest first, with their progress and parameters."""
        return runs.state()

    @server.get("/art/pictures")
    def stored(run: str | None = None, offset: int = 0, limit: int = 60) -> dict[str, Any]:
        """Return stored pictures, newest run first."""
        try:
            return pictures(parts, run=run, offset=max(offset, 0), limit=min(max(limit, 1), _MOST))
        except RunError as error:
            raise HTTPException(404, str(error)) from error

    @server.get("/art/file/{run}/{name}")
    def picture(run: str, name: str) -> FileResponse:
        """Return a stored picture."""
        file = _found(parts, run, name)
        return FileResponse(file.path, media_type=file.media_type, headers={"Cache-Control": "private, no-cache"})

    @server.get("/art/thumb/{run}/{name}")
    def small(run: str, name: str) -> Response:
        """Return a small copy of a stored picture."""
        file = _found(parts, run, name)
        return Response(thumbnail(parts, file), media_type="image/webp", headers=_FOREVER)

    @server.post("/art/runs/{run}/{action}")
    def act(run: str, action: str) -> dict[str, str]:
        """Pause, cancel, resume or repeat a run, or put it first."""
        if action not in ACTIONS:
            raise HTTPException(404, f"wanted one of {', '.join(ACTIONS)}, got {action}")
        try:
            return {"run": ACTIONS[action](parts, run).id}
        except ArtgenError as error:
            raise HTTPException(409, str(error)) from error


def _found(parts: PageParts, run: str, name: str) -> StoredFile:
    file = find_file(parts, run, name)
    if file is None:
        raise HTTPException(404, "there is no such picture")
    return file
