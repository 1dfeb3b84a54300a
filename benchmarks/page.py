"""How quick the page is: ``python -m benchmarks.page [start] [gallery] [control] [laboratory] [clients]``; without a name, all of it.

- start: from the command ``artgen ui`` until **Generate** can be pressed, in a headless browser that is open already; and the processor
  time that the server takes for it, which says something on a machine that others use, too.
- gallery: a store of 1,000 small pictures; from the press of the tab until thumbnails are seen, first with none made yet and then
  again, and what the server takes more of memory for it.
- control: from a key on the slider that compares two sizes until the browser has drawn the other edge.
- laboratory: from a step of a slider of the tab Laboratory until the browser has the picture of that point, of a generator of digits.
- clients: what the server takes of processor time while 20 programs ask how a run is as often as a page does, beside what the worker
  takes for the run.
"""

import http.client
import statistics
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from threading import Event, Thread
from time import perf_counter, sleep
from typing import Any
from unittest.mock import patch

import psutil

from interfaces.laboratory import LabGenerator
from pipeline.component_check.samples import random_model
from tests.e2e.cli import call_json
from tests.page.browser import browser, free_port, serve
from tests.page.many import make_store

PICTURES = 1000
CLIENTS = 20
STARTS = 5
_IN_SIGHT = "document.querySelectorAll('[data-view=gallery] img').length && [...document.querySelectorAll('[data-view=gallery] img')]"

_LABORATORY = """async () => {
  const slider = document.querySelector(".art-lab-sliders input"), image = document.querySelector(".art-lab-image");
  const times = [];
  for (let step = 1; step <= 40; step += 1) {
    const begun = performance.now();
    slider.value = step / 50;
    slider.dispatchEvent(new Event("input"));
    while (image.dataset.at !== `${step / 50},0`) await new Promise(requestAnimationFrame);
    await image.decode();
    times.push(performance.now() - begun);
  }
  return times;
}"""


def start() -> None:
    """Print how long it takes until the page can be used, from the command on."""
    times = []
    for _ in range(STARTS):
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        with tempfile.TemporaryDirectory() as scratch, browser(address, opened=False) as page:
            begun = perf_counter()
            with serve(Path(scratch) / "store", port=port) as served:
                answers = perf_counter() - begun
                page.goto(address)
                page.wait_for_selector("#art-generate")
                usable = perf_counter() - begun
                times.append((answers, usable, _spent(psutil.Process(served.process.pid))))
    answers, usable, spent = (statistics.median(each) for each in zip(*times, strict=True))
    print(
        f"from the command until the server answers {answers:.2f} s, until Generate can be pressed {usable:.2f} s, "
        f"for which the server takes {spent:.2f} s of processor time"
    )


def gallery(count: int = PICTURES) -> None:
    """Make a large store, open its gallery, and print what was measured."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "store"
        make_store(root, count)
        with serve(root, "--no-worker") as served:
            server = psutil.Process(served.process.pid)
            _settled(server)
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


def control() -> None:
    """Print how long the browser takes from a key on the slider to the other picture."""
    with tempfile.TemporaryDirectory() as scratch:
        store = Path(scratch) / "store"
        options = ("--seed", 1073, "--size", 1024, "--keep", 64, "--fast", "--out", store)
        call_json("pipeline", "run", *options)
        with serve(store, "--no-worker") as served, browser(served.address) as page:
            _settled(psutil.Process(served.process.pid))
            page.get_by_role("tab", name="Gallery").click()
            page.locator("[data-view=gallery] .art-tile").first.click()
            page.get_by_role("button", name="compare sizes").click()
            page.locator(".art-compare-range").focus()
            page.wait_for_timeout(500)
            times = [page.evaluate(_UNTIL_DRAWN, place) for place in range(10, 90, 2)]
    print(
        f"a step of the slider of two pictures of 1024 px is drawn after {statistics.median(times):.0f} ms (at most {max(times):.0f})"
    )


_UNTIL_DRAWN = """(place) => new Promise((done) => {
  const range = document.querySelector(".art-compare-range"), begun = performance.now();
  range.value = place;
  range.dispatchEvent(new Event("input", { bubbles: true }));
  requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - begun)));
})"""


def laboratory() -> None:
    """Print how long the picture of a point takes, from the step of the slider on."""
    with tempfile.TemporaryDirectory() as scratch:
        random_model(Path(scratch) / "models" / "digits", architecture=LabGenerator())
        with (
            patch.dict("os.environ", {"ARTGEN_DATA": scratch}),
            serve(Path(scratch) / "store", "--no-worker") as served,
            browser(served.address) as page,
        ):
            page.get_by_role("tab", name="Laboratory").click()
            page.locator(".art-lab-image").first.wait_for()
            page.get_by_label("Model", exact=True).locator("visible=true").select_option("sample")
            page.locator(".art-lab-image[data-at='0,0']").wait_for()
            times = page.evaluate(_LABORATORY)
            print(
                f"a step of a slider of the laboratory: the picture is there after {statistics.median(times):.0f} ms (at most {max(times):.0f})"
            )


def clients(count: int = CLIENTS) -> None:
    """Print what the server takes while many follow a run, beside what the run takes."""
    with tempfile.TemporaryDirectory() as scratch:
        store = Path(scratch) / "store"
        with serve(store) as served:
            server = psutil.Process(served.process.pid)
            _settled(server)
            (worker,) = server.children()
            ended = Event()
            followers = [Thread(target=_follow, args=(served.address, ended)) for _ in range(count)]
            queued = call_json("pipeline", "run", "--queue", "--count", 60, "--fast", "--out", store)
            before = _spent(server), _spent(worker)
            begun = perf_counter()
            for each in followers:
                each.start()
            try:
                served.wait_until(queued["id"], "done", seconds=1200)
            finally:
                ended.set()
                for each in followers:
                    each.join()
            took = perf_counter() - begun
            after = _spent(server), _spent(worker)
    serving, working = after[0] - before[0], after[1] - before[1]
    print(
        f"{count} clients follow a run of {took:.0f} s: the server takes {serving:.1f} s of processor time, the worker {working:.1f} s: "
        f"{serving / working:.1%}"
    )


def _follow(address: str, ended: Event) -> None:
    """Ask once a second, as a page does, over one connection."""
    with closing(http.client.HTTPConnection(address.removeprefix("http://"), timeout=60)) as connection:
        while not ended.wait(1.0):
            connection.request("GET", "/art/state")
            connection.getresponse().read()


def _spent(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _settled(process: psutil.Process) -> None:
    """Wait until the server has imported what the first job will need, which takes long where the machine is busy."""
    while not any("libtorch_cpu" in each.path for each in process.memory_maps()):
        sleep(0.5)
    while True:
        before = _spent(process)
        sleep(2)
        if _spent(process) - before < 0.1:
            return


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


PARTS = {"start": start, "gallery": gallery, "control": control, "laboratory": laboratory, "clients": clients}

if __name__ == "__main__":
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()
