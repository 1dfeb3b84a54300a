"""A walk from a picture of the gallery to another seed: asked for, made by the worker, and seen as a film."""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops

from tests.e2e.cli import call_json
from tests.page.browser import Served, browser, needs_browser, needs_gradio, serve

TILES = '[data-view="gallery"] .art-tile'
FILM = ".art-film img"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The page with a worker, over a store with two pictures."""
    store = tmp_path_factory.mktemp("walk") / "store"
    call_json("pipeline", "run", "--seed", 10, "--count", 2, "--size", 64, "--no-sheet", "--out", store)
    with serve(store) as page:
        yield page


def open_picture(page: Any, seed: int) -> None:
    page.get_by_role("tab", name="Gallery").click()
    page.locator(f"{TILES}[title='seed {seed}']").click()


def moves(page: Any) -> str:
    """Return from where the film that is shown comes."""
    return page.locator(FILM).get_attribute("src") or ""


def walks(served: Served) -> list[Any]:
    return [run for run in served.state() if run["settings"].get("walk to") is not None]


@pytest.fixture(scope="module")
def walked(served: Served) -> Any:
    """A walk of four pictures from seed 10 to seed 1073, asked for in the dialog of a picture; its run when it is done."""
    with browser(served.address) as page:
        open_picture(page, 10)
        page.get_by_role("button", name="walk to…").click()
        drawn = page.get_by_label("walk to seed").input_value()
        page.get_by_role("button", name="draw another seed").click()
        assert page.get_by_label("walk to seed").input_value() != drawn
        assert page.get_by_label("pictures", exact=True).input_value() == "24"
        page.get_by_label("walk to seed").fill("1073")
        page.get_by_label("pictures", exact=True).fill("4")
        page.get_by_role("button", name="make the film").click()
        page.get_by_text("The walk is queued as run").wait_for()
        page.wait_for_function(f"document.querySelector('{FILM}')?.naturalWidth == 64", timeout=90_000)
        assert "/art/file/" in moves(page)
        with page.expect_download() as download:
            page.get_by_role("link", name="download the film").click()
        with Image.open(download.value.path()) as film:
            assert (film.format, film.size, film.n_frames) == ("WEBP", (64, 64), 6)  # type: ignore[attr-defined]  # of what is animated
    [run] = walks(served)
    return run


@needs_browser
def test_a_walk_from_a_picture_is_made_and_seen_as_a_film(served: Served, walked: Any) -> None:
    assert (walked["state"], walked["done"], walked["settings"]["film"]) == ("done", 4, "webp")
    assert (walked["settings"]["seed"], walked["settings"]["walk to"]) == (10, 1073)
    [first, *_] = sorted((served.store / walked["id"]).glob("seed10to1073-1_64x64.png"))
    [alone] = served.store.glob("2*/seed10_64x64.png")
    with Image.open(first) as one, Image.open(alone) as other:
        assert ImageChops.difference(one, other).getbbox() is None
    film = json.loads(served.get(f"/art/film/{walked['id']}")[1])["film"]
    status, content, headers = served.get(f"/art/file/{film['run']}/{film['name']}")
    assert (status, headers["Content-Type"], film["seed"]) == (200, "image/webp", None)
    with Image.open(io.BytesIO(content)) as moving:
        assert moving.n_frames == 6  # type: ignore[attr-defined]  # of what is animated


@needs_browser
def test_whoever_asks_for_less_motion_sees_a_still_until_play_is_pressed(served: Served, walked: Any) -> None:
    with browser(served.address, reduced_motion="reduce") as page:
        page.wait_for_function(f"document.querySelector('{FILM}')?.naturalWidth > 0", timeout=30_000)
        assert "/art/thumb/" in moves(page)
        page.get_by_role("button", name="play", exact=True).click()
        assert "/art/file/" in moves(page)
        page.get_by_role("button", name="stop", exact=True).click()
        assert "/art/thumb/" in moves(page)


@needs_browser
def test_the_pictures_of_a_walk_say_where_they_lie_and_show_its_film(served: Served, walked: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe

    with browser(f"{served.address}/#gallery?run={walked['id']}", width=360, height=740) as page:
        page.locator(f"{TILES}[title='seed 10→1073 #2']").click()
        page.locator("dialog").get_by_text("seed 10→1073 #2,").wait_for()
        page.get_by_role("button", name="film", exact=True).click()
        page.wait_for_function(f"document.querySelector('dialog {FILM}')?.naturalWidth == 64")
        page.get_by_role("button", name="walk to…").click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        found = Axe().run(page, context=".art-dialog").response["violations"]
        assert [each for each in found if each["impact"] in ("serious", "critical")] == []
        page.get_by_role("button", name="make the film").click()
        page.get_by_text("this one lies between two seeds").wait_for()
    assert len(walks(served)) == 1


@needs_browser
def test_a_film_hangs_in_the_gallery_by_its_first_picture_and_plays_when_it_is_pressed(
    served: Served, walked: Any
) -> None:
    run = walked["id"]
    with browser(f"{served.address}/#gallery?run={run}") as page:
        tile = page.locator(f"{TILES}[title='film of run {run}']")
        poster = tile.locator("img")
        poster.wait_for()
        assert "/art/thumb/" in (poster.get_attribute("src") or "")
        assert "film" in tile.inner_text()
        page.get_by_text("5 of 5 pictures").wait_for()
        tile.click()
        page.wait_for_function(f"document.querySelector('dialog {FILM}')?.naturalWidth == 64")
        assert "/art/file/" in (page.locator(f"dialog {FILM}").get_attribute("src") or "")
        page.locator("dialog").get_by_text(re.compile(f"^film, 64 . 64, run {run}$")).wait_for()
        page.locator("dialog").get_by_text("all that the file says").wait_for()
        for name in ("variations", "use as content", "use as style", "walk to…", "compare sizes", "film"):
            assert not page.get_by_role("button", name=name, exact=True).is_visible(), name
        page.keyboard.press("ArrowRight")
        page.locator("dialog").get_by_text("seed 10→1073 #1,").wait_for()
        page.get_by_role("button", name="film", exact=True).wait_for()
        page.keyboard.press("Escape")
        page.get_by_label("seed", exact=True).fill("10")
        page.keyboard.press("Enter")
        tile.wait_for(state="detached")  # it is of many seeds
    content = json.loads(served.get(f"/art/pictures?run={run}")[1])
    assert (content["total"], [each["role"] for each in content["pictures"]]) == (5, ["film", *4 * ["final"]])
    with Image.open(io.BytesIO(served.get(f"/art/thumb/{run}/film.webp")[1])) as still:
        assert getattr(still, "n_frames", 1) == 1


@needs_browser
@pytest.mark.parametrize("pressed", ["seed 10→1073 #3", "film of run RUN"])
def test_the_settings_of_a_walk_are_filled_in_whole_from_a_picture_of_it_and_from_its_film(
    served: Served, walked: Any, pressed: str
) -> None:
    run = walked["id"]
    before = len(walks(served))
    with browser(f"{served.address}/#gallery?run={run}") as page:
        page.locator(f"{TILES}[title='{pressed.replace('RUN', run)}']").click()
        page.get_by_role("button", name="use these settings").click()
        page.get_by_text("The settings of the walk from seed 10 to 1073 are in the controls.").wait_for()
        page.get_by_text(
            "It lies on a walk of 4 pictures: Generate makes all of them, and a film."
        ).wait_for()
        page.wait_for_function("document.querySelector('#tab-generate input[type=number]').value == '4'")
        page.click("#art-generate")
        again = served.wait_for(lambda runs: walks(served)[: len(walks(served)) - before] or None)[0]
        served.wait_until(again["id"], "done")
    assert (again["settings"]["seed"], again["settings"]["walk to"], again["total"]) == (10, 1073, 4)
    one, other = (
        {path.name: path.read_bytes() for path in (served.store / each).glob("seed*")}
        for each in (run, again["id"])
    )
    assert one == other


@needs_browser
def test_a_picture_of_a_run_without_a_film_offers_none(served: Served, walked: Any) -> None:
    with browser(served.address) as page:
        open_picture(page, 11)
        page.get_by_text("all that the file says").wait_for()
        assert not page.get_by_role("button", name="film", exact=True).is_visible()
        assert not page.get_by_label("walk to seed").is_visible()


@needs_gradio
@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"to": 10}, b"wanted a walk to another seed than 10, where it begins"),
        ({"to": -1}, b"greater than or equal to 0"),
        ({"to": 5, "count": 101}, b"less than or equal to 100"),
        ({"to": 5, "count": 1}, b"greater than or equal to 2"),
        ({}, b"to"),
    ],
)
def test_no_other_walk_is_taken_in(served: Served, wanted: dict[str, int], said: bytes) -> None:
    [alone] = served.store.glob("2*/seed10_64x64.png")
    before = len(served.state())
    address, body = f"/art/walk/{alone.parent.name}/{alone.name}", json.dumps(wanted).encode()
    status, content, _ = served.ask("POST", address, body, Content_Type="application/json")
    assert status == 422
    assert said in content
    assert len(served.state()) == before


@needs_gradio
def test_a_large_picture_is_walked_from_in_a_small_size_and_quickly(tmp_path: Path) -> None:
    from components.ui.page.restore import restored, walk_from
    from pipeline.factories.stores import local_models
    from pipeline.settings.config import load_config

    enhancer = {"kind": "realesrgan", "weights": "realesr-general-x4v3", "denoise": 0.5, "tta": True}
    chain = [
        {"stage": "generation", "settings": {"source": {"kind": "noise"}, "style": "baroque"}},
        {"stage": "enhancement", "settings": {"side": 1024, "strength": 0.5, "enhancer": enhancer}},
    ]
    document = {"seed": 7, "width": 1024, "height": 1024, "role": "final", "chain": chain}
    config = load_config(walk_from(restored(document, local_models()), 9, 30), {"out": tmp_path})
    assert (config.generation.seed, config.generation.count, config.generation.style) == (7, 30, "baroque")
    assert config.generation.source.model_dump()["to"] == 9
    assert (config.enhancement.side, config.enhancement.strength) == (256, 0.5)
    network = config.enhancement.enhancer.model_dump()
    assert (network["weights"], network["tta"], network["denoise"]) == ("artgen-x4-fast", False, 1.0)
    assert (config.conversion.film, config.conversion.contact_sheet) == ("webp", False)
