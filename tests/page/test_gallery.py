"""The gallery, in a real browser: filters, stars, comparing, settings of a picture, deletion, downloads."""

import importlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from PIL import Image

from tests.e2e.cli import call_json
from tests.page.browser import Served, browser, needs_browser, needs_gradio, serve

TILES = '[data-view="gallery"] .art-tile'


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with two runs: six pictures of 64 px, and two of 128 px that kept theirs of 64."""
    store = tmp_path_factory.mktemp("gallery") / "store"
    call_json(
        "pipeline", "run", "--count", 6, "--seed", 10, "--size", 64, "--fast", "--no-sheet", "--out", store
    )
    call_json(
        "pipeline", "run", "--count", 2, "--seed", 20, "--size", 128, "--keep", 64, "--enhancer", "lanczos",
        "--strength", 0.5, "--format", "webp", "--no-sheet", "--out", store,
    )  # fmt: skip
    return store


@pytest.fixture(scope="module")
def served(made: Path) -> Iterator[Served]:
    with serve(made, "--no-worker") as page:
        yield page


def open_gallery(page: Any, count: int) -> None:
    page.get_by_role("tab", name="Gallery").click()
    has(page, count)


def has(page: Any, count: int) -> None:
    """Wait until so many pictures hang in the gallery."""
    page.wait_for_function(f"document.querySelectorAll('{TILES}').length == {count}")


def pictures(served: Served, **wanted: object) -> Any:
    words = "&".join(f"{name}={value}" for name, value in wanted.items())
    return json.loads(served.get(f"/art/pictures?{words}")[1])["pictures"]


@needs_browser
def test_filters_show_what_is_wanted_and_stand_in_the_address(served: Served) -> None:
    with browser(served.address) as page:
        open_gallery(page, 8)
        page.get_by_label("seed", exact=True).fill("12")
        page.keyboard.press("Enter")
        has(page, 1)
        assert page.url.endswith("#gallery?seed=12")
        page.reload()
        has(page, 1)  # the address opens the tab
        page.get_by_label("stars, at least").select_option("1")
        page.get_by_text("No picture is like that. Choose less, or clear the filters.").wait_for()
        page.get_by_label("clear the filters").click()
        has(page, 8)
        assert "#" not in page.url
        run = pictures(served, seed=20)[0]["run"]
        page.get_by_label("run", exact=True).select_option(run)
        has(page, 2)
        page.get_by_label("from", exact=True).fill("2099-01-01")
        has(page, 0)


def until(page: Any, holds: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something holds that is not seen on the page, which goes on meanwhile."""
    ends = monotonic() + seconds
    while not holds():
        assert monotonic() < ends, "it did not come to be"
        page.wait_for_timeout(100)


@needs_browser
def test_stars_and_a_note_are_given_by_keys_and_by_pointer(served: Served) -> None:
    with browser(served.address) as page:
        open_gallery(page, 8)
        page.locator(f"{TILES}[title='seed 11']").click()
        page.keyboard.press("4")
        page.wait_for_function(
            "[...document.querySelectorAll('[data-view=gallery] .art-stars')].some((each) => each.textContent == '★★★★')"
        )
        page.keyboard.press("ArrowRight")
        page.locator("dialog").get_by_text("seed 12,").wait_for()
        page.get_by_label("2 stars").click()
        page.get_by_label("note").fill("for the hall")
        page.keyboard.press("Tab")
        until(page, lambda: any(each["note"] for each in pictures(served, stars=2)))
        page.get_by_label("previous picture").click()
        page.locator("dialog").get_by_text("seed 11,").wait_for()
        page.wait_for_function("document.querySelectorAll('dialog .art-star[aria-pressed=true]').length == 4")
    rated = {each["seed"]: (each["stars"], each["note"]) for each in pictures(served, stars=1)}
    assert rated == {11: (4, ""), 12: (2, "for the hall")}


@needs_browser
def test_a_picture_is_compared_with_what_it_was_enlarged_from(served: Served) -> None:
    with browser(served.address) as page:
        open_gallery(page, 8)
        page.locator(f"{TILES}[title='seed 20']").click()
        page.get_by_role("button", name="compare sizes").click()
        slider = page.get_by_label("from before to after")
        slider.focus()
        for _ in range(20):
            page.keyboard.press("ArrowRight")
        clip = "document.querySelectorAll('.art-compare-frame img')[1].style.clipPath"
        page.wait_for_function(f"{clip} == 'inset(0px 30% 0px 0px)'")
        widths = "[...document.querySelectorAll('.art-compare-frame img')].map(each => each.naturalWidth)"
        page.wait_for_function(f"{widths}.join() == '128,64'")
        page.get_by_label("after", exact=True).select_option("0")
        page.wait_for_function(f"{widths}.join() == '64,64'")
        page.get_by_text("all that the file says").click()
        assert '"stage": "conversion"' in page.locator("dialog pre").inner_text()


def shows_settings(page: Any, seed: str, format: str, quality: str) -> None:
    """Wait until the controls hold them."""
    page.get_by_text(f"The settings of seed {seed} are in the controls.").wait_for()
    expect = importlib.import_module("playwright.sync_api").expect
    expect(page.get_by_role("textbox", name="Seed")).to_have_value(seed)
    expect(page.get_by_label("number input for Count")).to_have_value("1")
    expect(page.get_by_label(quality)).to_be_checked()
    page.get_by_text("More settings").click()
    expect(page.get_by_label("Format")).to_have_value(format)


@needs_gradio
def test_what_a_picture_says_becomes_what_the_controls_hold(made: Path, tmp_path: Path) -> None:
    from components.conversion import read_metadata
    from components.ui.page.restore import neighbours, restored
    from interfaces.errors import SettingsError
    from pipeline.factories.stores import local_models
    from pipeline.settings.config import load_config

    [kept] = made.glob("*/seed20_64x64.webp")
    document: Any = read_metadata(kept)
    found = restored(document, local_models())
    assert found.values["enhancement.side"] == 128
    assert found.values["enhancement.strength"] == 0.5
    assert found.values["model"] == local_models().list()[0].name

    enlarged = document["chain"][1]["settings"]
    enlarged["enhancer"] = {"kind": "realesrgan", "weights": "artgen-x4-fast", "tta": True}
    document["seed"] = 2
    document["chain"][0]["digests"]["model"] = "0" * 64
    quick = restored(document, local_models())
    assert (quick.values["quality"], quick.values["enhancement.enhancer.tta"]) == ("quick", True)
    assert quick.told == ["Its model (000000000000…) is not on this machine; the default one is chosen."]
    config = load_config(neighbours(quick), {"out": tmp_path})
    assert config.generation.image_seeds == (0, 1, 3, 4, 5, 6)
    assert config.enhancement.enhancer.model_dump()["weights"] == "artgen-x4-fast"

    document["chain"][0]["settings"]["source"] = {"kind": "pictures"}
    with pytest.raises(SettingsError, match="this one was made of other pictures"):
        restored(document, local_models())


@needs_browser
def test_the_settings_of_a_picture_are_used_again(served: Served) -> None:
    with browser(served.address) as page:
        open_gallery(page, 8)
        page.locator(f"{TILES}[title='seed 13']").click()
        page.get_by_role("button", name="use these settings").click()
        shows_settings(page, "13", "png", "best")  # at 64 px nothing was enlarged


@needs_browser
def test_a_picture_that_is_dropped_onto_the_page_says_its_settings(served: Served, tmp_path: Path) -> None:
    [own] = pictures(served, seed=21)
    content = (served.store / own["run"] / own["name"]).read_bytes()
    foreign = io.BytesIO()
    Image.new("RGB", (8, 8)).save(foreign, "PNG")
    before = sorted(served.store.rglob("*"))
    with browser(served.address) as page:
        drop(page, foreign.getvalue(), "holiday.png")
        page.get_by_text("holiday.png: the picture does not say how it was made").wait_for()
        drop(page, b"no picture", "letter.txt")
        page.get_by_text("letter.txt: picture: wanted a PNG, JPEG, WebP or TIFF picture").wait_for()
        drop(page, content, "found.webp")
        page.get_by_text("It was enlarged by lanczos; this tab enlarges with Real-ESRGAN.").wait_for()
        shows_settings(page, "21", "webp", "best")
    assert sorted(served.store.rglob("*")) == before


def drop(page: Any, content: bytes, name: str) -> None:
    """Drop a file onto the page."""
    page.evaluate(
        """([content, name]) => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(content)], name));
            document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
        }""",
        [list(content), name],
    )


@needs_gradio
def test_a_file_that_is_too_large_is_refused_before_it_is_read_whole(served: Served) -> None:
    status, said, _ = served.ask("POST", "/art/settings", b"x" * (65 << 20))
    assert (status, json.loads(said)) == (413, {"detail": "wanted a picture of at most 64 MB"})


@needs_browser
def test_what_is_deleted_comes_back_by_undo(served: Served) -> None:
    with browser(served.address) as page:
        open_gallery(page, 8)
        for seed in (14, 15):
            page.get_by_label(f"select the picture of seed {seed}").check()
        page.get_by_role("button", name="delete", exact=True).click()
        has(page, 6)
        [gone] = list((served.store / "trash").rglob("seed14*"))
        assert served.get(f"/art/file/{gone.parent.name}/{gone.name}")[0] == 404
        page.get_by_role("button", name="undo").click()
        has(page, 8)
        page.locator(f"{TILES}[title='seed 14']").click()
        page.keyboard.press("Delete")
        has(page, 7)
        page.get_by_role("button", name="undo").click()
        has(page, 8)


@needs_browser
def test_all_but_the_starred_are_deleted_once_their_number_was_confirmed(served: Served) -> None:
    first, *_ = pictures(served, seed=20)
    served.ask(
        "POST", f"/art/rate/{first['run']}/{first['name']}", b'{"stars": 5}', Content_Type="application/json"
    )
    with browser(served.address) as page:
        asked: list[str] = []

        def answer(dialog: Any) -> None:
            asked.append(dialog.message)
            dialog.accept() if len(asked) > 1 else dialog.dismiss()

        page.on("dialog", answer)
        open_gallery(page, 8)
        page.get_by_label("run", exact=True).select_option(first["run"])
        has(page, 2)
        page.get_by_role("button", name="delete all but the starred…").click()
        until(page, lambda: len(asked) == 1)
        has(page, 2)
        page.get_by_role("button", name="delete all but the starred…").click()
        has(page, 1)
        assert asked == ["Delete 1 of the 2 pictures that the filters show? The 1 with stars stay."] * 2
        page.get_by_role("button", name="undo").click()
        has(page, 2)


@needs_browser
def test_a_selection_and_a_filter_are_downloaded_as_an_archive(served: Served) -> None:
    with browser(served.address) as page:
        open_gallery(page, 8)
        page.get_by_label("select the picture of seed 10").check()
        page.get_by_label("select the picture of seed 11").check()
        with page.expect_download() as download:
            page.get_by_role("link", name="download these").click()
        with zipfile.ZipFile(download.value.path()) as archive:
            assert archive.testzip() is None
            assert sorted(Path(name).name for name in archive.namelist()) == [
                "seed10_64x64.png",
                "seed11_64x64.png",
            ]
    run = pictures(served, seed=20)[0]["run"]
    status, content, headers = served.get(f"/art/zip?run={run}")
    assert (status, headers["Content-Type"]) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            assert archive.read(name) == (served.store / name).read_bytes()
        assert len(archive.namelist()) == 2


@needs_browser
def test_variations_are_the_pictures_of_the_neighbouring_seeds(served: Served) -> None:
    with browser(served.address) as page:
        open_gallery(page, 8)
        page.locator(f"{TILES}[title='seed 10']").click()
        page.get_by_role("button", name="variations").click()
        page.get_by_text("The pictures of the neighbouring seeds are queued as run").wait_for()
    [queued] = [run for run in served.state() if run["state"] == "queued"]
    assert queued["total"] == 8
    shown = call_json("runs", "show", queued["id"], "--out", served.store)
    assert shown["settings"]["config"]["generation"]["seeds"] == [6, 7, 8, 9, 11, 12, 13, 14]


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_open_picture_shuts_nobody_out(served: Served, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    # in a narrow window the tab lies in the menu of Gradio's tabs; the address opens it
    with browser(f"{served.address}/#gallery", color_scheme=scheme, width=360, height=740) as page:
        has(page, 8)
        page.locator(f"{TILES}[title='seed 20']").click()
        page.get_by_role("button", name="compare sizes").click()
        page.wait_for_timeout(500)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        found = Axe().run(page, context=".art-view, .art-dialog").response["violations"]
        serious = [each for each in found if each["impact"] in ("serious", "critical")]
        assert serious == [], json.dumps(serious, indent=1)


@needs_gradio
@pytest.mark.parametrize(
    "path",
    [
        "/art/settings/..%2F..%2Fetc/passwd",
        "/art/picture/RUN/..%2Findex.sqlite",
        "/art/variations/RUN/%2Fetc%2Fpasswd",
    ],
)
def test_no_other_file_is_asked_for_its_settings(served: Served, path: str) -> None:
    path = path.replace("RUN", pictures(served, seed=10)[0]["run"])
    for status, content, _ in (served.get(path), served.ask("POST", path)):
        assert status in (404, 405)
        assert str(served.store).encode() not in content
