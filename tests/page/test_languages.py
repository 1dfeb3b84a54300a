"""The page in the language of the browser."""

import json
import re
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import JsonValue

from components.training.engine.collapse_log import CollapseLog
from components.training.gan.collapse import CollapseDetector
from components.training.gan.settings import GanSettings
from storage.run_folder import DirectoryFolder
from storage.run_queue import SqlRunQueue
from tests.page.browser import Served, browser, needs_browser, needs_gradio, serve
from tests.page.sentences import FOLDER
from tests.page.test_train_tab import TINY
from tests.samples import painting_files, write_zip

pytestmark = needs_browser

TABS: Mapping[str, str] = {
    "generate": "Згенерувати", "enhance": "Покращити", "style": "Стиль", "translate": "Перетворити", "lab": "Лабораторія", "gallery": "Галерея", "train": "Навчання", "models": "Моделі",
    "queue": "Запуски",
}  # fmt: skip
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_ENGLISH = re.compile(r"[a-z]{2,} [a-z]{2,}|^[A-Z][a-z]{2,}:?$")
_NAMES = re.compile(r"^(RealESRGAN|CC |Apache|BSD|\d)")
"""What has one name in all languages: networks, licences."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A page with pictures, one that was enlarged, and a training."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "data").mkdir()
    write_zip(folder / "data" / "paintings.zip", painting_files(("warm", "cool"), per_style=6))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARTGEN_DATA", str(folder / "own"))
        patch.setenv("ARTGEN_CACHE", str(folder / "cache"))
        with serve(folder / "store", "--data", str(folder / "data")) as page:
            generation = {"generation": {"count": 3, "seed": 7}, "enhancement": {"side": 64}}
            wish = {"source": "paintings.zip", "preset": "wgan-gp", "overrides": {**TINY, "steps": "40"}}
            for path, values in (("/art/runs", generation), ("/art/training/start", wish)):
                page.ask("POST", path, json.dumps(values).encode(), Content_Type="application/json")
            page.wait_for(lambda runs: len([each for each in runs if each["state"] == "done"]) == 2 or None)
            page.ask(
                "POST", "/art/training/trial", json.dumps(wish).encode(), Content_Type="application/json"
            )
            collapse(page)
            page.wait_for(lambda _: trial(page)["state"] == "done" or None)
            yield page


def collapse(served: Served) -> None:
    """Leave a training that has diverged, as one writes it."""
    folder = DirectoryFolder(served.store / "scripted")
    for step in range(10, 130, 10):
        folder.append("log.jsonl", json.dumps({"step": step, "critic_loss": -step, "generator_loss": 2}))
    found = CollapseDetector(GanSettings()).diverged("critic_loss")
    CollapseLog(folder).add(SimpleNamespace(step=120, epoch=0), found, "rollback")  # type: ignore[arg-type]
    queue = SqlRunQueue(served.store)
    settings: dict[str, JsonValue] = {"training": {"preset": "wgan-gp", "overrides": {}}}
    run = queue.create("train", settings, 300, folder=folder.path, claimed=True).id
    queue.finish(run, "cancelled")


def trial(served: Served, language: str = "en") -> Any:
    """Return what is said of the dry run."""
    return json.loads(served.get("/art/training/trial", Accept_Language=language)[1])


def catalogue(served: Served) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(served.get("/art/words/uk")[1])
    return found


def open_tab(page: Any, name: str) -> None:
    """Open a tab, which a narrow window has in its menu."""
    button = page.locator(f"#tab-{name}-button").first
    if not button.is_visible():
        page.locator(".overflow-menu > button").click()
        page.locator(".overflow-dropdown").get_by_text(TABS[name], exact=True).click()
    else:
        button.click()
    page.wait_for_timeout(1500)
    for folded in page.get_by_text(re.compile("^(More settings|Більше налаштувань)$")).all():
        if folded.is_visible() and folded.locator("..").get_attribute("class").find("open") < 0:
            folded.click()
    page.wait_for_timeout(300)


def lines(page: Any) -> set[str]:
    return {line.strip() for line in page.locator("body").inner_text().splitlines() if line.strip()}


@pytest.mark.parametrize("tab", TABS)
def test_a_ukrainian_browser_shows_every_tab_in_ukrainian(served: Served, tab: str) -> None:
    known = catalogue(served)
    with browser(served.address, locale="uk-UA") as page:
        open_tab(page, tab)
        assert page.evaluate("document.documentElement.lang") == "uk"
        shown = lines(page)
        assert shown & {str(each) for each in known.values()}
        assert sorted(shown & {one for one, said in known.items() if said != one}) == []
        left = (line for line in shown if not _CYRILLIC.search(line) and not _NAMES.match(line))
        assert sorted(line for line in left if _ENGLISH.search(line)) == []


@pytest.mark.parametrize("locale", ["en-US", "de-DE"])
def test_every_other_browser_shows_english(served: Served, locale: str) -> None:
    with browser(served.address, locale=locale) as page:
        for tab in TABS:
            open_tab(page, tab)
            assert page.evaluate("document.documentElement.lang") == "en"
            assert sorted(line for line in lines(page) if _CYRILLIC.search(line)) == []
        assert page.get_by_role("tab").all_inner_texts()[:2] == ["Generate", "Enhance"]


@pytest.mark.parametrize("tab", TABS)
def test_longer_words_are_not_cut_off_in_a_narrow_window(served: Served, tab: str) -> None:
    with browser(served.address, locale="uk-UA", width=360, height=740) as page:
        open_tab(page, tab)
        assert page.get_by_role("tab", selected=True).all_inner_texts() == [TABS[tab]]
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        cut = page.evaluate(
            """[...document.querySelectorAll("button, label, h3, dt, dd, summary, .art-view p, .art-view span")]
            .filter((each) => each.offsetParent && each.innerText && each.scrollWidth > each.clientWidth + 1 && each.clientWidth
              && getComputedStyle(each).display !== "inline" && getComputedStyle(each).overflowX !== "visible")
            .map((each) => each.innerText)"""
        )
        assert cut == []


def test_a_dry_run_and_a_collapse_are_told_in_the_language_of_the_page(served: Served) -> None:
    takes = trial(served)["takes"]
    assert re.fullmatch(r"12 pictures, 40 steps, \d+\.\d epochs", takes["training"])
    for locale, said, why in (
        ("uk-UA", r"зображень: 12, кроків: 40, епох: \d+,\d", "кроці 120 "),
        ("en-US", r"12 pictures, 40 steps, \d+\.\d epochs", "In step 120 "),
    ):
        with browser(served.address, locale=locale) as page:
            page.locator("#tab-train-button").first.click()
            page.locator(".art-takes dd").get_by_text(re.compile(said)).wait_for()
            warning = page.locator(".art-warning")
            warning.get_by_text(why).wait_for()
            assert warning.count() == 1
            assert ("precision=float32. Now: " in warning.inner_text()) == (locale == "en-US")
    assert {*trial(served, "uk")["takes"]} == {*takes}
    assert all(_CYRILLIC.search(words) for words in trial(served, "uk")["takes"].values())


def test_what_is_refused_is_told_in_the_language_of_the_page_whatever_the_browser_likes(
    served: Served,
) -> None:
    """Who opens the Ukrainian page by its address need not have a browser that likes Ukrainian."""
    with browser(served.address, locale="en-US") as page:
        page.goto(f"{served.address}/uk/")
        page.get_by_role("button", name=TABS["generate"]).wait_for()
        told = page.evaluate(
            """async () => {
              const { ask } = await import("/art/static/art.js");
              return ask("/art/about/none/a.png").catch((error) => error.message);
            }"""
        )
        assert told == "такого зображення немає"


def test_what_the_tab_says_of_a_run_is_in_the_language_of_the_browser(served: Served) -> None:
    with browser(served.address, locale="uk-UA") as page:
        page.get_by_label("Зерно (seed)").fill("99")
        page.get_by_label("швидке").check()
        page.click("#art-generate")
        said = page.locator("#art-told")
        said.get_by_text(re.compile("^Запуск .* поставлено в чергу")).wait_for(timeout=60_000)
        page.locator("#tab-gallery-button").first.click()
        page.locator(".art-pick").first.check()
        page.get_by_text("вибрано 1", exact=True).wait_for()
        page.get_by_role("button", name="видалити", exact=True).click()
        page.get_by_text("Видалено 1 зображення.").wait_for()
        page.get_by_role("button", name="повернути").click()
        page.get_by_text("Повернено 1 зображення.").wait_for()


def test_the_browser_counts_as_gettext_does(served: Served) -> None:
    from gettext import c2py

    from babel.messages.pofile import read_po

    with (FOLDER / "locale" / "uk.po").open("rb") as file:
        plural = c2py(read_po(file, locale="uk").plural_expr)
    forms = catalogue(served)["{0} star"]
    with browser(served.address, locale="uk-UA") as page:
        said = page.evaluate(
            """async () => {
              const { n } = await import("/art/static/words.js");
              return Array.from({ length: 130 }, (_, count) => n(count, "{0} star", "{0} stars"));
            }"""
        )
    assert said == [forms[plural(count)].format(count) for count in range(130)]


def test_a_ukrainian_page_shuts_nobody_out(served: Served) -> None:
    from axe_playwright_python.sync_playwright import Axe

    with browser(served.address, locale="uk-UA") as page:
        for tab in TABS:
            open_tab(page, tab)
            found = Axe().run(page, context=".art-view, .art-title").response["violations"]
            serious = [each for each in found if each["impact"] in ("serious", "critical")]
            assert serious == [], json.dumps(serious, indent=1)


@needs_gradio
def test_the_address_of_a_catalogue_gives_no_other_file(served: Served) -> None:
    assert served.get("/art/words/en")[:2] == (200, b"{}")
    for path in (
        "/art/words/de",
        "/art/words/..%2Fuk",
        "/art/words/uk.po",
        "/uk/gradio_api/file=/etc/passwd",
    ):
        assert served.get(path)[0] in (403, 404), path
    assert served.get("/", Accept_Language="uk")[2]["Vary"] == "Accept-Language"
