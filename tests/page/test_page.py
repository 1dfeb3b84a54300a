"""The page, in a real browser and over HTTP."""

import json
import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from storage.run_queue import SqlRunQueue
from tests.page.browser import Served, browser, needs_browser, needs_gradio, serve
from tests.page.waiting import Word, held_job, submit_held


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The page of a store that is empty at first, with its worker."""
    with serve(tmp_path_factory.mktemp("page") / "store") as page:
        yield page


def generate(served: Served, page: Any, *, count: int = 1, seed: str = "7", side: str = "64") -> str:
    """Fill in the form, press the button, and return the run that is queued then."""
    fill(page, count=count, seed=seed, side=side)
    before = {run["id"] for run in served.state()}
    page.click("#art-generate")
    return str(
        served.wait_for(lambda runs: next((run["id"] for run in runs if run["id"] not in before), None))
    )


def fill(page: Any, *, count: int = 1, seed: str = "7", side: str = "64") -> None:
    page.get_by_label("number input for Count").fill(str(count))
    page.get_by_label("Seed").fill(seed)
    page.get_by_label("Size").fill(side)
    page.keyboard.press("Enter")
    page.get_by_label("quick").check()


def shows(page: Any, run: str, count: int) -> None:
    """Wait until the page shows at least so many pictures of the run."""
    view = f"document.querySelector('[data-view=live][data-run=\"{run}\"]')"
    page.wait_for_function(f"{view} && {view}.querySelectorAll('img').length >= {count}", timeout=120_000)


def has_done(served: Served, run: str, count: int) -> None:
    """Wait until so many of a run's pictures are there, and the next one waits for its word."""
    seen = served.wait_for(
        lambda runs: next((r for r in runs if r["id"] == run and r["done"] >= count), None)
    )
    assert (seen["done"], seen["state"]) == (count, "running")


def written(folder: Path) -> dict[str, int]:
    """Return when each file of a run was written."""
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


@needs_browser
def test_the_first_picture_comes_with_two_clicks(served: Served) -> None:
    with browser(served.address) as page:
        page.locator('[data-view="live"]').get_by_text("Nothing was made yet").wait_for()
        page.get_by_label("quick").check()
        page.click("#art-generate")
        image = page.locator(
            '[data-view="live"] button.art-tile img'
        )  # before it, a preview hangs there, which is no button
        image.last.wait_for(timeout=120_000)
        page.wait_for_function(
            "image => image.naturalWidth > 0", arg=image.last.element_handle(), timeout=60_000
        )
        assert image.last.evaluate("image => image.naturalWidth") == 1024
        shown = page.locator('[data-view="live"]').inner_text()
        assert "size\n1024" in shown
        assert "network\nartgen-x4-fast" in shown


@needs_browser
def test_a_second_browser_and_a_page_that_was_reloaded_show_the_same_run(served: Served) -> None:
    with browser(served.address) as page:
        run = generate(served, page, count=12)
        shows(page, run, 1)
        page.reload()
        shows(page, run, 12)
    with browser(served.address) as other:
        shows(other, run, 12)


@needs_gradio
def test_a_worker_that_is_killed_costs_nothing(served: Served, word: Word, tmp_path: Path) -> None:
    from pipeline.jobs.verbs import run as run_here

    run = submit_held(served.store, word, count=12, seed=100).id
    word.let(104)
    has_done(served, run, 5)
    before = written(served.store / run)
    os.kill(worker_of(served), signal.SIGKILL)
    word.let(111)
    assert served.wait_until(run, "done")["done"] == 12
    after = written(served.store / run)
    assert {name: after[name] for name in before} == before  # made once
    run_here(held_job(tmp_path, word, count=12, seed=100), tmp_path)
    alone = {path.name: path.read_bytes() for path in tmp_path.rglob("*.png")}
    assert {path.name: path.read_bytes() for path in (served.store / run).iterdir()} == alone


@needs_browser
def test_a_page_that_is_started_anew_goes_on(tmp_path: Path, word: Word) -> None:
    with serve(tmp_path / "store") as first:
        run = submit_held(first.store, word, count=12, seed=7).id
        word.let(10)
        has_done(first, run, 4)
    word.let(18)
    with serve(tmp_path / "store") as second, browser(second.address) as page:
        assert second.wait_until(run, "done")["done"] == 12
        shows(page, run, 12)


@needs_browser
def test_a_run_is_cancelled_and_goes_on_from_the_list_of_runs(served: Served, word: Word) -> None:
    run = submit_held(served.store, word, count=12, seed=500).id
    word.let(502)
    has_done(served, run, 3)
    with browser(served.address) as page:
        page.get_by_role("tab", name="Runs").click()
        listed = page.locator('[data-view="queue"]')
        listed.get_by_label(f"cancel run {run}").click(timeout=60_000)
        served.wait_for(lambda runs: next((r for r in runs if r["id"] == run and r["request"]), None))
        word.let(503)  # the picture that is under way is made yet
        assert served.wait_until(run, "cancelled")["done"] == 4
        word.let(511)
        listed.get_by_label(f"go on run {run}").click(timeout=60_000)
        assert served.wait_until(run, "done")["done"] == 12


@needs_browser
def test_the_gallery_hangs_pictures_page_by_page_and_shows_one_large(served: Served) -> None:
    with browser(served.address) as page:
        served.wait_until(generate(served, page, count=70, seed="900"), "done")
        page.get_by_role("tab", name="Gallery").click()
        page.wait_for_function(
            "document.querySelectorAll('[data-view=gallery] .art-tile').length == 60", timeout=60_000
        )
        page.get_by_role("button", name="more").click()
        page.wait_for_function(
            "document.querySelectorAll('[data-view=gallery] .art-tile').length > 60", timeout=60_000
        )
        page.locator('[data-view="gallery"] .art-tile').first.click()
        page.locator("dialog img").wait_for()
        story = page.locator("dialog dl")
        story.wait_for()
        assert story.inner_text().startswith("seed\n900")
        assert "licence\nCC BY-NC-SA 4.0" in story.inner_text()
        page.keyboard.press("Escape")
        page.locator("dialog").wait_for(state="detached")


def change(store: Path, statement: str) -> None:
    """Do something to the index that artgen never does."""
    with closing(sqlite3.connect(store / "index.sqlite")) as connection:
        connection.execute(statement)
        connection.commit()


@needs_browser
def test_what_is_wrong_with_the_index_is_told_until_it_is_mended(tmp_path: Path) -> None:
    with serve(tmp_path / "store", "--no-worker") as served, browser(served.address) as page:
        SqlRunQueue(served.store).create("pipeline", {}, 1)
        page.locator('[data-view="live"]').get_by_text("waits for its turn").wait_for()
        lost = page.locator(".art-lost")
        change(served.store, "ALTER TABLE runs RENAME TO gone")
        told = "the index of store cannot be used: no such table: runs; put a copy of index.sqlite back"
        lost.filter(has_text=told).wait_for()
        assert str(tmp_path) not in lost.inner_text()
        assert "waits for its turn" in page.locator('[data-view="live"]').inner_text()
        change(served.store, "ALTER TABLE gone RENAME TO runs")
        lost.wait_for(state="detached")
        served.process.terminate()
        lost.filter(has_text="artgen does not answer").wait_for()


@needs_browser
def test_wrong_settings_are_told_in_words(served: Served) -> None:
    with browser(served.address) as page:
        before = len(served.state())
        fill(page, seed="9-3")
        page.click("#art-generate")
        page.wait_for_function(
            "document.querySelector('#art-told').innerText.includes('wanted ranges that count up')",
            timeout=30_000,
        )
        assert len(served.state()) == before


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_shut_out(served: Served, scheme: str) -> None:
    """No serious finding of axe, which knows the rules of WCAG, in what is ours."""
    from axe_playwright_python.sync_playwright import Axe

    with browser(served.address, color_scheme=scheme) as page:
        for tab in ("Generate", "Enhance", "Gallery", "Runs"):
            page.get_by_role("tab", name=tab).click()
            page.wait_for_timeout(700)
            found = Axe().run(page, context=".art-view, .art-title").response["violations"]
            serious = [each for each in found if each["impact"] in ("serious", "critical")]
            assert serious == [], json.dumps(serious, indent=1)


@needs_gradio
@pytest.mark.parametrize(
    "path",
    [
        "/art/file/../index.sqlite",
        "/art/file/..%2F..%2Fetc/passwd",
        "/art/file/%2Fetc/passwd",
        "/art/file/RUN/..%2Findex.sqlite",
        "/art/file/RUN/%2E%2E%2Findex.sqlite",
        "/art/file/RUN/..%5C..%5Cindex.sqlite",
        "/art/file/./index.sqlite",
        "/art/thumb/RUN/%2Fetc%2Fpasswd",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file=STORE/index.sqlite",
        "/gradio_api/file=../../../../etc/passwd",
        "/file=/etc/passwd",
        "/art/static/../server.py",
        "/art/static/..%2Fserver.py",
        "/art/static/%2Fetc%2Fpasswd",
        "/static/..%2F..%2F..%2Fetc%2Fpasswd",
        "/assets/..%2f..%2f..%2fetc%2fpasswd",
        "/custom_component/x/y/../../../../../../../etc/passwd",
    ],
)
def test_no_file_but_the_stores_pictures_leaves_the_machine(served: Served, path: str) -> None:
    runs = served.state()
    path = path.replace("RUN", runs[0]["id"] if runs else "none").replace("STORE", str(served.store))
    status, content, _ = served.get(path)
    assert status in (400, 403, 404), content[:200]
    assert b"root:" not in content
    assert b"SQLite format" not in content
    assert str(served.store) in path or str(served.store).encode() not in content


@needs_gradio
def test_requests_from_elsewhere_are_turned_away(served: Served) -> None:
    assert served.get("/art/state", Host="evil.example")[0] == 421
    assert served.ask("POST", "/art/runs/x/cancel", Origin="http://evil.example")[0] == 403
    assert served.ask("POST", "/gradio_api/queue/join", b"{}", Origin="http://evil.example")[0] == 403
    assert served.ask("POST", "/art/runs/x/cancel", Origin=served.address)[0] == 409
    assert served.ask("POST", "/art/runs/x/explode", Origin=served.address)[0] == 404


@needs_gradio
def test_who_does_not_know_the_password_sees_nothing(tmp_path: Path) -> None:
    import base64

    (tmp_path / "login").write_text("anna:secret\n")
    with serve(tmp_path / "store", "--auth-file", str(tmp_path / "login"), "--no-worker") as served:
        for path in (
            "/",
            "/art/state",
            "/art/static/art.js",
            "/config",
            "/gradio_api/info",
            "/art/openapi.json",
        ):
            status, content, headers = served.get(path)
            assert (status, content) == (401, b"wanted user and password"), path
            assert "Basic" in headers["WWW-Authenticate"]
        for wrong in ("anna:wrong", "otto:secret", "anna", ""):
            header = "Basic " + base64.b64encode(wrong.encode()).decode()
            assert served.get("/art/state", Authorization=header)[0] == 401
        assert served.get("/art/state", Authorization="Basic ???")[0] == 401
        right = "Basic " + base64.b64encode(b"anna:secret").decode()
        assert served.get("/art/state", Authorization=right)[0] == 200


@needs_browser
def test_the_browser_of_who_knows_the_password_shows_the_page(tmp_path: Path) -> None:
    with (
        serve(tmp_path / "store", "--auth", "anna:secret", "--no-worker") as served,
        browser(served.address, login="anna:secret") as page,
    ):
        page.locator('[data-view="live"] p').wait_for()


def worker_of(served: Served) -> int:
    """Return the process that works for the page."""
    import psutil

    [worker] = [each for each in psutil.Process(served.process.pid).children() if "worker" in each.cmdline()]
    return int(worker.pid)
