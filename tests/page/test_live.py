"""What is seen while pictures are made."""

import json
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from tests.page.browser import Served, browser, needs_browser, needs_gradio, serve
from tests.page.test_page import shows, worker_of
from tests.page.waiting import Word, submit_held

PENDING = '[data-view="live"] .art-pending'


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("live") / "store") as page:
        yield page


def pending(page: Any) -> list[str]:
    found: list[str] = page.locator(PENDING).evaluate_all("cells => cells.map((each) => each.innerText)")
    return found


def sizes(page: Any) -> list[int]:
    """Return the width of every picture that is seen, in order; 0 for one that is not loaded yet."""
    found: list[int] = page.locator('[data-view="live"] img').evaluate_all(
        "images => images.map((each) => each.naturalWidth)"
    )
    return found


def has_sizes(page: Any, *wanted: int) -> None:
    view = "[...document.querySelectorAll('[data-view=live] img')].map((each) => each.naturalWidth)"
    page.wait_for_function(f"JSON.stringify({view}) == '{json.dumps(wanted, separators=(',', ':'))}'")


def enlarging(served: Served, run: str) -> Any:
    return next((r["previews"] for r in served.state() if r["id"] == run and r["previews"]), None)


def previews(served: Served) -> list[str]:
    return sorted(path.name for path in (served.store / "previews").rglob("*") if path.is_file())


@needs_browser
def test_each_picture_is_seen_before_it_is_enlarged_and_exchanged_in_its_place(
    served: Served, word: Word
) -> None:
    with browser(served.address) as page:
        run = submit_held(served.store, word, count=3, seed=40, side=256).id
        has_sizes(page, 64, 64, 64)
        assert pending(page) == [f"seed {seed}, being enlarged" for seed in (40, 41, 42)]
        word.let(40)
        has_sizes(page, 256, 64, 64)
        assert pending(page) == ["seed 41, being enlarged", "seed 42, being enlarged"]
        assert page.locator('[data-view="live"] button.art-tile').count() == 1
        page.reload()
        has_sizes(page, 256, 64, 64)  # what is seen comes from the store, and not from this browser
        word.let(42)
        has_sizes(page, 256, 256, 256)
        assert pending(page) == []
        served.wait_until(run, "done")
        assert not (served.store / "previews").exists()


@needs_browser
def test_who_wants_less_motion_sees_no_pulse(served: Served, word: Word) -> None:
    run = submit_held(served.store, word, count=1, seed=1, side=128).id
    served.wait_for(lambda runs: enlarging(served, run))
    for motion, animation in (("no-preference", "art-pulse"), ("reduce", "none")):
        with browser(served.address, reduced_motion=motion) as page:
            has_sizes(page, 64)
            shown = page.locator(f"{PENDING} img").evaluate("image => getComputedStyle(image).animationName")
            assert shown == animation
    word.let(1)


@needs_browser
def test_a_worker_that_is_killed_leaves_no_preview_that_stays(served: Served, word: Word) -> None:
    with browser(served.address) as page:
        run = submit_held(served.store, word, count=3, seed=7, side=128).id
        word.let(7)
        has_sizes(page, 128, 64, 64)
        (served.store / "previews" / run / ".0123.partial").write_bytes(b"half of one")
        (served.store / "previews" / "of-a-run-that-is-gone").mkdir()
        os.kill(worker_of(served), signal.SIGKILL)
        word.let(8)
        has_sizes(page, 128, 128, 64)  # another one goes on
        assert previews(served) == ["9.webp"]
        word.let(9)
        served.wait_until(run, "done")
        shows(page, run, 3)
        assert not (served.store / "previews").exists()


@needs_gradio
def test_a_run_that_is_cancelled_leaves_no_preview(served: Served, word: Word) -> None:
    run = submit_held(served.store, word, count=20, seed=100, side=128).id
    assert served.wait_for(lambda runs: enlarging(served, run))[0] == 100
    assert served.ask("POST", f"/art/runs/{run}/cancel", Origin=served.address)[0] == 200
    word.let(100)
    assert served.wait_until(run, "cancelled")["previews"] == []
    assert not (served.store / "previews").exists()


@needs_gradio
def test_previews_are_served_by_run_and_seed_and_nothing_else_is(served: Served, word: Word) -> None:
    run = submit_held(served.store, word, count=2, seed=5, side=128).id
    served.wait_for(lambda runs: enlarging(served, run))
    status, content, headers = served.get(f"/art/preview/{run}/5")
    assert (status, headers["Content-Type"], content[8:12]) == (200, "image/webp", b"WEBP")
    (served.store / "previews" / "secret.webp").write_bytes(b"secret")
    for path in (
        f"{run}/6.webp",
        f"{run}/..%2Fsecret",
        "..%2F/5",
        "%2E%2E/5",
        f"{run}/-1",
        "gone/5",
        f"{run}/99",
    ):
        status, content, _ = served.get(f"/art/preview/{path}")
        assert status in (404, 422), path
        assert str(served.store).encode() not in content
        assert b"secret" not in content.replace(b"Fsecret", b"")
    word.let(6)
    served.wait_until(run, "done")
    assert served.get(f"/art/preview/{run}/5")[0] == 404
