"""A gallery of three hundred pictures: looked through, narrowed, sorted out, with pointer and keys, and light on the browser."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.page.browser import Served, browser, needs_browser, serve
from tests.page.many import STYLES, make_store
from tests.page.test_gallery import TILES, has, open_gallery

COUNT, PAGE = 300, 60
LOADED = f"[...document.querySelectorAll('{TILES} img')].filter((each) => each.complete && each.naturalWidth)"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    store = tmp_path_factory.mktemp("many") / "store"
    make_store(store, COUNT, side=64)
    with serve(store, "--no-worker") as page:
        yield page


def told(page: Any, words: str) -> None:
    page.locator('[data-view="gallery"] .art-count').get_by_text(words, exact=True).wait_for()


def more(page: Any) -> None:
    """Press the button without scrolling to it."""
    page.locator(".art-more").evaluate("button => button.click()")


def show_all(page: Any) -> None:
    for hung in range(2 * PAGE, COUNT + 1, PAGE):
        more(page)
        has(page, hung)


def nodes(page: Any) -> int:
    """Return how many nodes the browser holds, those that it only has not forgotten yet left out."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    session.send("HeapProfiler.collectGarbage")
    metrics = session.send("Performance.getMetrics")["metrics"]
    session.detach()
    return int(next(each["value"] for each in metrics if each["name"] == "Nodes"))


def files(served: Served) -> set[str]:
    return {path.name for path in served.store.glob("*/*.png")}


@needs_browser
def test_pictures_come_by_pages_and_are_loaded_when_they_come_into_sight(served: Served) -> None:
    with browser(served.address) as page:
        open_gallery(page, PAGE)
        told(page, f"{PAGE} of {COUNT} pictures")
        assert page.locator(TILES).first.get_attribute("title") == "seed 200"  # the newest run first
        show_all(page)
        told(page, f"{COUNT} of {COUNT} pictures")
        assert page.locator(".art-more").is_hidden()
        page.wait_for_function(f"{LOADED}.length > 20")
        assert page.evaluate(f"{LOADED}.length") < COUNT
        last = page.locator(f"{TILES} img").last
        assert last.evaluate("image => image.naturalWidth") == 0
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        page.wait_for_function("image => image.naturalWidth == 64", arg=last.element_handle())
        assert page.locator(TILES).last.get_attribute("title") == "seed 99"


@needs_browser
def test_a_filter_has_pages_of_its_own(served: Served) -> None:
    with browser(served.address) as page:
        open_gallery(page, PAGE)
        page.get_by_label("style", exact=True).select_option("oil")
        told(page, f"{PAGE} of {COUNT // len(STYLES)} pictures")
        more(page)
        has(page, COUNT // len(STYLES))
        titles = page.locator(TILES).evaluate_all("tiles => tiles.map((each) => each.title)")
        wanted = [seed for first in (200, 100, 0) for seed in range(first, first + 100) if seed % 3 == 1]
        assert titles == [f"seed {seed}" for seed in wanted]
        page.reload()
        has(page, PAGE)  # the filter is in the address, and what was hung is not
        told(page, f"{PAGE} of {COUNT // len(STYLES)} pictures")


@needs_browser
def test_a_picture_deep_in_the_gallery_is_reached_by_keys_alone(served: Served) -> None:
    with browser(served.address) as page:
        open_gallery(page, PAGE)
        show_all(page)
        page.locator(f"{TILES}[title='seed 0']").focus()
        page.keyboard.press("Enter")
        dialog = page.locator("dialog")
        dialog.get_by_text("seed 0,").wait_for()
        for _ in range(40):
            page.keyboard.press("ArrowRight")
        dialog.get_by_text("seed 40,").wait_for()
        for _ in range(41):
            page.keyboard.press("ArrowLeft")
        dialog.get_by_text("seed 199,").wait_for()  # over the border between two runs
        page.keyboard.press("Escape")
        dialog.wait_for(state="detached")
        assert page.evaluate("document.activeElement.title") == "seed 0"


@needs_browser
def test_several_pictures_are_deleted_and_brought_back(served: Served) -> None:
    with browser(served.address) as page:
        before = files(served)
        open_gallery(page, PAGE)
        show_all(page)
        chosen = (0, 1, 2, 150, 299)
        for seed in chosen:
            page.get_by_label(f"select the picture of seed {seed}", exact=True).focus()
            page.keyboard.press("Space")
        told(page, "5 selected")
        page.get_by_role("button", name="delete", exact=True).click()
        has(page, COUNT - 5)
        told(page, f"{COUNT - 5} of {COUNT - 5} pictures")
        assert before - files(served) == {f"seed{seed}_64x64.png" for seed in chosen}
        page.keyboard.press("Enter")  # on undo, which has the focus
        has(page, COUNT)
        assert files(served) == before
        assert page.locator(f"{TILES}[title='seed 150'] img").count() == 1


@needs_browser
def test_the_browser_holds_no_more_the_longer_one_looks(served: Served) -> None:
    with browser(served.address) as page:
        open_gallery(page, PAGE)
        show_all(page)
        in_view = page.evaluate("document.querySelectorAll('[data-view=gallery] *').length")
        assert in_view < 6 * COUNT + 200
        held = nodes(page)
        choice = page.get_by_label("style", exact=True)
        for style in (*STYLES, *STYLES):
            choice.select_option(style)
            first = next(seed for seed in range(200, 203) if STYLES[seed % len(STYLES)] == style)
            page.locator(f"[data-view=gallery] .art-cell:first-child [title='seed {first}']").click()
            dialog = page.locator("dialog")
            dialog.get_by_text(f"seed {first},").wait_for()
            for _ in range(10):
                page.keyboard.press("ArrowRight")
            page.keyboard.press("Escape")
            dialog.wait_for(state="detached")
        page.get_by_label("clear the filters").click()
        has(page, PAGE)
        show_all(page)
        assert nodes(page) < 1.2 * held
