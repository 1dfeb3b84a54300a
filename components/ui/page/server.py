"""The server of the page: Gradio's controls, and beside them what the browser asks for by itself."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import gradio as gr
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from components.ui.page import PAGES
from components.ui.page.archives import archive_routes, closed_routes
from components.ui.page.body_limit import BodyLimit
from components.ui.page.enhance import enhance_routes
from components.ui.page.gallery_view import gallery_routes
from components.ui.page.guard import Guard, Login
from components.ui.page.lab_view import lab_routes
from components.ui.page.languages import LanguageChoice, word_routes
from components.ui.page.models_view import model_routes
from components.ui.page.pictures_view import picture_routes
from components.ui.page.problems import tell_errors
from components.ui.page.runs_view import run_routes
from components.ui.page.style_view import style_routes
from components.ui.page.theme import THEME
from components.ui.page.training_view import training_routes
from components.ui.page.translate_view import translate_routes
from components.ui.page.trials import trial_routes
from components.ui.page.uploads import upload_routes
from components.ui.page.when_asked import WhenAsked
from components.ui.page.words import ENGLISH, LANGUAGES, speaking, t
from interfaces.page import PageParts

__all__ = ["make_server"]

_STATIC = Path(__file__).parent / "static"


def make_server(parts: PageParts, *, hosts: Sequence[str], login: Login | None = None) -> FastAPI:
    """Return the application.

    Args:
        parts: the ports behind the page.
        hosts: names by which it may be called.
        login: who may use it; None for everybody who reaches it.
    """
    alive = AsyncExitStack()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with alive:
            yield

    server = FastAPI(
        title="artgen", docs_url=None, redoc_url=None, openapi_url="/art/openapi.json", lifespan=lifespan
    )
    server.add_middleware(BodyLimit)  # the last one is asked first
    server.add_middleware(Guard, hosts=hosts, login=login)
    server.add_middleware(LanguageChoice)
    tell_errors(server, parts)
    server.include_router(run_routes(parts))
    server.include_router(picture_routes(parts))
    server.include_router(training_routes(parts))
    server.include_router(model_routes(parts))
    server.include_router(upload_routes(parts))
    server.include_router(archive_routes(parts))
    server.include_router(enhance_routes(parts))
    server.include_router(trial_routes(parts))
    server.include_router(style_routes(parts))
    server.include_router(translate_routes(parts))
    server.include_router(lab_routes(parts))
    server.include_router(gallery_routes(parts))
    server.include_router(word_routes())
    server.mount("/art/static", StaticFiles(directory=_STATIC))
    for language in LANGUAGES:
        if language != ENGLISH:
            server.mount(f"/{language}", WhenAsked(partial(_page_of, parts, language), alive))
    _add_page(server, parts, ENGLISH)  # at the root, takes what no other does
    return server


def _page_of(parts: PageParts, language: str) -> FastAPI:
    """Return an application with the page in a language below the language's name."""
    app = FastAPI(openapi_url=None)
    tell_errors(app, parts)
    _add_page(app, parts, language)
    return app


def _add_page(app: FastAPI, parts: PageParts, language: str) -> None:
    path = "" if language == ENGLISH else f"/{language}"
    app.include_router(closed_routes(), prefix=path)
    blocks = _blocks(parts, language)
    gr.mount_gradio_app(
        app,
        blocks,
        path=path or "/",
        run_history=False,
        footer_links=[],
        theme=THEME,
        css_paths=_STATIC / "page.css",
        head=_head(language),
        ssr_mode=False,
        enable_monitoring=False,
        max_file_size="50mb",
    )
    _calm(blocks)


def _calm(blocks: gr.Blocks) -> None:
    """Let Gradio look twenty times a second for what was pressed, as it does by itself on Windows.

    Elsewhere it does so a thousand times, which takes a twentieth of a processor while nobody does anything.
    """
    blocks._queue.sleep_when_free = 0.05
    blocks._queue.progress_update_sleep_when_free = 0.2  # no tab has a progress of Gradio's own


def _head(language: str) -> str:
    """Return the language, and the scripts of the tabs."""
    named = f'<meta name="art-language" content="{language}">'
    return named + "".join(f'<script type="module" src="/art/static/{name}.js"></script>' for name in PAGES)


def _blocks(parts: PageParts, language: str) -> gr.Blocks:
    blocks: gr.Blocks
    with speaking(language), gr.Blocks(title="artgen", analytics_enabled=False) as blocks:
        gr.HTML('<h1 class="art-title">artgen</h1>')
        with gr.Tabs():
            for name, make in PAGES.items():
                page = make()
                with gr.Tab(t(page.title), id=name, elem_id=f"tab-{name}"):
                    page.build(parts)
    return blocks
