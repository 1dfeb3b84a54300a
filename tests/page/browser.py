"""A real browser, and the real page in a process of its own."""

import base64
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

__all__ = ["CHROMIUM", "Served", "browser", "free_port", "needs_browser", "needs_gradio", "serve"]

_AT_WORK = (
    "[...document.querySelectorAll('.art-view')].some((each) => each.offsetParent && each.children.length)"
)
"""The scripts of the page have filled what is in sight, so that they hear what is done to it."""
_PATIENCE_MS = 120_000
"""What comes within a moment on an idle machine."""
_ROOT = Path(__file__).resolve().parent.parent.parent
_ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def _has(module: str) -> bool:
    from importlib.util import find_spec

    return find_spec(module) is not None


needs_gradio = pytest.mark.skipif(
    not _has("gradio"), reason="the page wants the extra: pip install 'artgen[ui]'"
)
needs_browser = pytest.mark.skipif(
    CHROMIUM is None or not _has("playwright") or not _has("gradio"),
    reason="wants chromium, playwright and the extra artgen[ui]",
)


class Served:
    """The page under way."""

    def __init__(self, address: str, process: "subprocess.Popen[str]", store: Path) -> None:
        self.address = address
        self.process = process
        self.store = store

    def get(self, path: str, **headers: str) -> "tuple[int, bytes, Any]":
        """Return status, content and headers of an answer; the path goes out as it is written."""
        return self.ask("GET", path, b"", **headers)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> "tuple[int, bytes, Any]":
        from http.client import HTTPConnection

        with closing(HTTPConnection(self.address.removeprefix("http://"), timeout=60)) as connection:
            connection.request(
                method, path, body, {name.replace("_", "-"): value for name, value in headers.items()}
            )
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.headers

    def state(self) -> Any:
        import json

        return json.loads(self.get("/art/state")[1])["runs"]

    def run(self, run: str) -> Any:
        """Return what the page shows of a run."""
        return next(each for each in self.state() if each["id"] == run)

    def wait_until(self, run: str, state: str, seconds: float = 120) -> Any:
        """Wait until the run is in that state, and return it."""
        return self.wait_for(
            lambda runs: next((r for r in runs if r["id"] == run and r["state"] == state), None), seconds
        )

    def wait_for(self, found: Callable[[Any], Any], seconds: float = 120) -> Any:
        """Wait until ``found`` finds something in the runs, and return it."""
        ends = monotonic() + seconds
        while monotonic() < ends:
            if (there := found(self.state())) is not None:
                return there
            sleep(0.2)
        raise AssertionError(f"it did not come to be: {self.state()}")


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@contextmanager
def serve(store: Path, *options: str, port: int | None = None) -> Iterator[Served]:
    """Let ``artgen ui`` serve ``store`` for as long as the block lasts."""
    port = free_port() if port is None else port
    command = [sys.executable, "-m", "pipeline.cli", "ui", "--out", str(store), "--port", str(port), *options]
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}  # this checkout, from whatever folder
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    )
    served = Served(f"http://127.0.0.1:{port}", process, store)
    try:
        ends = monotonic() + 120
        while True:
            assert process.poll() is None, process.communicate()[0]
            assert monotonic() < ends, "the page did not come up"
            try:
                served.get("/art/state")
                break
            except OSError:
                sleep(0.02)
        yield served
    finally:
        process.terminate()
        process.communicate(timeout=60)


@contextmanager
def browser(
    address: str,
    *,
    login: str | None = None,
    width: int = 1280,
    height: int = 900,
    opened: bool = True,
    **options: Any,
) -> Iterator[Any]:
    """Yield a page of a fresh browser that has opened ``address``, or is about to; requests to anywhere else fail the test."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_ARGUMENTS))
        headers = {"Authorization": "Basic " + base64.b64encode(login.encode()).decode()} if login else None
        context = chromium.new_context(
            viewport={"width": width, "height": height}, extra_http_headers=headers, **options
        )
        context.set_default_timeout(_PATIENCE_MS)
        page = context.new_page()
        asked: list[str] = []
        problems: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: problems.append(str(error)))
        if opened:
            page.goto(address, timeout=90_000)
            page.wait_for_selector("#art-generate", timeout=90_000, state="attached")
            page.wait_for_function(_AT_WORK, timeout=90_000)
        yield page
        server = address.partition("/#")[0]
        elsewhere = [url for url in asked if not url.startswith((server, "data:", "blob:"))]
        chromium.close()
        assert elsewhere == []
        assert problems == []
