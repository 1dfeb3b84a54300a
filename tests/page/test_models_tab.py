"""Trained models in the browser: listed, compared, one of them made the default."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.component_check.samples import random_model
from tests.page.browser import Served, browser, needs_browser, needs_gradio, serve
from tests.unit.storage.models import save_enhancer

CARD = """# A model <img src=x onerror="window.harmed = true">

![samples](samples.jpg)

Learnt from **twelve** pictures, see [the licence](javascript:alert).

| what | how much |
|---|---|
| pictures | 12 |

```
artgen train | tee
```
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Served]:
    """A page with a tiny generator that has a card, and a network that enlarges, beside the shipped generator."""
    models = folder / "data" / "models"
    random_model(models / "tiny")
    (models / "tiny" / "README.md").write_text(CARD)
    save_enhancer(models / "net", "net-x4")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARTGEN_DATA", str(folder / "data"))
        patch.setenv("ARTGEN_CACHE", str(folder / "cache"))
        with serve(folder / "store") as page:
            yield page


def cards(served: Served) -> dict[str, Any]:
    return {card["name"]: card for card in json.loads(served.get("/art/models")[1])["models"]}


def post(served: Served, path: str, body: Any = None) -> tuple[int, Any]:
    content = json.dumps(body).encode()
    status, answer, _ = served.ask(
        "POST", path, content, Content_Type="application/json", Origin=served.address
    )
    return status, json.loads(answer)


@needs_gradio
def test_every_model_is_told_with_what_it_is_and_without_its_place(served: Served, folder: Path) -> None:
    told = cards(served)
    shipped = told["paintings-64-projected"]

    assert len(told) == 3
    assert (shipped["shipped"], shipped["default"], shipped["makes"]) == (True, True, "64 px")
    assert shipped["licence"] == "CC BY-NC-SA 4.0"
    assert shipped["pictures"] == ["samples"]
    assert shipped["text"].startswith("# The shipped generator")
    assert (told["net-x4"]["kind"], told["net-x4"]["makes"]) == ("enhancer", "x4")
    assert str(folder) not in json.dumps(told)


@needs_browser
def test_a_card_is_text_whatever_stands_in_it(served: Served) -> None:
    with browser(served.address) as page:
        page.get_by_role("tab", name="Models").click()
        model = page.locator(".art-model").filter(has_text="Card").last
        model.get_by_text("Card").click()
        text = model.locator(".art-text")
        assert text.locator("h4").inner_text() == 'A model <img src=x onerror="window.harmed = true">'
        assert "Learnt from twelve pictures, see the licence." in text.inner_text()
        assert text.locator("td").all_inner_texts() == ["what", "how much", "pictures", "12"]
        assert text.locator("pre").inner_text() == "artgen train | tee"
        assert text.locator("img, a, script").count() == 0
        assert page.evaluate("window.harmed") is None


@needs_browser
def test_two_models_paint_the_same_seeds_beside_each_other(served: Served) -> None:
    with browser(served.address) as page:
        page.get_by_role("tab", name="Models").click()
        page.get_by_label("First seed").fill("5")
        page.get_by_label("Pictures", exact=True).fill("2")
        page.get_by_role("button", name="Compare").click()
        page.wait_for_function("document.querySelectorAll('.art-side img').length == 4", timeout=120_000)
        page.reload()
        page.wait_for_selector("#art-generate")
        page.get_by_role("tab", name="Models").click()
        page.wait_for_function("document.querySelectorAll('.art-side img').length == 4", timeout=60_000)
        seeds = page.locator(".art-side .art-tile").evaluate_all("tiles => tiles.map((tile) => tile.title)")
        assert seeds == ["seed 5", "seed 6", "seed 5", "seed 6"]
        names = page.locator(".art-side .art-says").all_inner_texts()
        assert names[0] == "paintings-64-projected"
    for run in served.state():
        pictures = json.loads(served.get(f"/art/pictures?run={run['id']}")[1])["pictures"]
        assert {(each["width"], each["height"]) for each in pictures} == {(64, 64)}


@needs_browser
def test_a_model_is_made_the_default_and_taken_where_none_is_named(served: Served) -> None:
    tiny = next(
        name for name, card in cards(served).items() if card["kind"] == "generator" and not card["shipped"]
    )
    with browser(served.address) as page:
        page.get_by_role("tab", name="Models").click()
        page.get_by_label(f"make {tiny} the default").click()
        page.get_by_label("make paintings-64-projected the default").wait_for()
    assert [name for name, card in cards(served).items() if card["default"]] == [tiny]
    assert post(served, "/art/models/paintings-64-projected/default") == (
        200,
        {"default": "paintings-64-projected"},
    )


@needs_gradio
def test_what_is_no_model_is_refused(served: Served, folder: Path) -> None:
    assert served.get("/art/models/net-x4/picture/samples")[0] == 404
    assert served.get("/art/models/..%2F..%2Fetc/picture/samples")[0] == 404
    for name in ("gone", str(folder / "data" / "models" / "tiny").replace("/", "%2F"), "net-x4"):
        status, answer = post(served, f"/art/models/{name}/default")
        assert status in (404, 409)
        assert str(folder) not in str(answer)
    body: Any
    for body in ({"models": ["gone", "gone"]}, {"models": ["net-x4", "paintings-64-projected"]}):
        assert post(served, "/art/models/compare", body)[0] in (404, 409)
    for body in ({"models": ["gone"]}, {"models": ["a", "b"], "count": "many"}, {}):
        assert post(served, "/art/models/compare", body)[0] == 422


@needs_browser
def test_nobody_is_shut_out_of_models(served: Served) -> None:
    from axe_playwright_python.sync_playwright import Axe

    for scheme in ("light", "dark"):
        with browser(served.address, color_scheme=scheme) as page:
            page.get_by_role("tab", name="Models").click()
            page.locator(".art-model").first.wait_for()
            found = Axe().run(page, context=".art-view").response["violations"]
            serious = [each for each in found if each["impact"] in ("serious", "critical")]
            assert serious == [], json.dumps(serious, indent=1)
