"""How the page bears a large store: ``python -m benchmarks.page [PICTURES]``.

Makes a store of small pictures of noise, serves it, and opens its gallery in a headless browser: the time from the press of
the tab until thumbnails are seen, first with none made yet and then again, and what the server takes more of memory for it.
"""

import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import psutil

from tests.page.browser import browser, serve
from tests.page.many import make_store

PICTURES = 1000
_IN_SIGHT = "document.querySelectorAll('[data-view=gallery] img').length && [...document.querySelectorAll('[data-view=gallery] img')]"


def main(count: int) -> None:
    """Make the store, open its gallery, and print what was measured."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "store"
        make_store(root, count)
        with serve(root, "--no-worker") as served:
            server = psutil.Process(served.process.pid)
            for when in ("no thumbnail made yet", "thumbnails made"):
                with browser(served.address) as page:
                    before = server.memory_info().rss
                    first, sight = _open_gallery(page)
                    print(
                        f"{count} pictures, {when}: the first thumbnail after {first:.2f} s, all in sight after {sight:.2f} s"
                    )
                    _show_all(page, count)
                    grown = (server.memory_info().rss - before) / 2**20
                    print(
                        f"  every one of {count} hung and seen: the server takes {grown:.0f} MB more ({before / 2**20:.0f} MB before)"
                    )


def _open_gallery(page: Any) -> tuple[float, float]:
    """Return the seconds until one thumbnail is there, and until all are that are in sight."""
    started = perf_counter()
    page.get_by_role("tab", name="Gallery").click()
    page.wait_for_function(f"{_IN_SIGHT}.some((each) => each.complete && each.naturalWidth)")
    first = perf_counter() - started
    seen = "(each) => each.getBoundingClientRect().top > innerHeight || (each.complete && each.naturalWidth)"
    page.wait_for_function(f"{_IN_SIGHT}.every({seen})")
    return first, perf_counter() - started


def _show_all(page: Any, count: int) -> None:
    while page.locator(".art-more").is_visible():
        hung = page.locator("[data-view=gallery] img").count()
        page.locator(".art-more").click()
        page.wait_for_function(f"document.querySelectorAll('[data-view=gallery] img').length > {hung}")
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.evaluate(
        "document.querySelectorAll('[data-view=gallery] img').forEach((each) => { each.loading = 'eager'; })"
    )
    page.wait_for_function(
        f"{_IN_SIGHT}.filter((each) => each.complete && each.naturalWidth).length >= {count}", timeout=120_000
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else PICTURES)
