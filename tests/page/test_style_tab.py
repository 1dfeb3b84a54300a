"""The tab that gives pictures the style of others."""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image

from tests.page.browser import Served, browser, needs_browser, needs_gradio, serve


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The page of an empty store, with its worker."""
    with serve(tmp_path_factory.mktemp("page") / "store") as page:
        yield page


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A content of 48 by 32 pixels and a red style."""
    folder = tmp_path_factory.mktemp("pictures")
    draw = np.random.default_rng(1)
    Image.fromarray(draw.integers(0, 255, (32, 48, 3), np.uint8)).save(folder / "harbour.png")
    red = np.stack([draw.integers(150, 255, (40, 40)), *draw.integers(0, 60, (2, 40, 40))], 2)
    Image.fromarray(red.astype(np.uint8)).save(folder / "red.png")
    return folder / "harbour.png", folder / "red.png"


def drop(page: Any, content: Path, *styles: Path) -> None:
    page.get_by_role("tab", name="Style").click()
    page.set_input_files("#art-contents", content)
    page.set_input_files("#art-styles", styles)
    page.get_by_label(f"remove {content.name}").wait_for()
    for style in styles:
        page.get_by_label(f"weight of {style.name}").first.wait_for()


def choose(page: Any, label: str, option: str) -> None:
    page.get_by_label(label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()


def newest(served: Served) -> Any:
    return json.loads(served.get("/art/stylized")[1])["pictures"][0]


@needs_browser
def test_two_dropped_pictures_become_one_that_lies_over_its_content_and_goes_to_the_enhancement(
    served: Served, pictures: tuple[Path, Path]
) -> None:
    with browser(served.address) as page:
        drop(page, *pictures)
        choose(page, "Algorithm", "reinhard")
        page.get_by_role("spinbutton", name="Size").fill("48")
        page.click("#art-stylize")
        pair = page.get_by_role("region", name="harbour.png")
        pair.wait_for()
        page.wait_for_function(
            "[...document.querySelectorAll('.art-duo .art-stage img')].every((i) => i.naturalWidth === 48)"
        )
        assert pair.get_by_label("right of harbour.png").locator("option").all_inner_texts() == [
            "reinhard, 48 x 32",
            "the picture itself",
        ]
        result = newest(served)["results"][0]
        content = served.get(f"/art/file/{result['run']}/{quote(result['name'])}")[1]
        mean = np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).mean((0, 1))
        assert result["name"].startswith("harbour_")
        assert mean[0] > 150 > 80 > mean[1]  # it has the colours of the style
        pair.get_by_role("button", name="send to enhancement").click()
        page.get_by_role("tab", name="Enhance", selected=True).wait_for()
        page.get_by_label(f"remove {result['name']}").wait_for()
        assert result["name"] in page.evaluate("artPictures()")


@needs_browser
def test_a_picture_is_seen_while_it_is_made(served: Served, pictures: tuple[Path, Path]) -> None:
    with browser(served.address) as page:
        drop(page, *pictures)
        page.get_by_text("More settings").locator("visible=true").click()
        choose(page, "Features", "random")
        page.get_by_role("spinbutton", name="Size").fill("128")
        page.get_by_role("spinbutton", name="Steps").fill("2000")
        page.click("#art-stylize")
        page.wait_for_function("document.querySelector('.art-draft')?.naturalWidth === 128")
        [run] = [each for each in served.state() if each["state"] == "running"]
        try:
            said = page.locator(".art-under-way .art-says")
            said.get_by_text(re.compile(r"gatys: generation, 0 of 1, 128 px, loss [\d.e-]+, ")).wait_for()
            page.get_by_label(f"progress of run {run['id']}").wait_for()
        finally:  # the trials of the next test would wait for its end
            served.ask("POST", f"/art/runs/{run['id']}/cancel")
            served.wait_until(run["id"], "cancelled")


def hand_in(served: Served, path: Path) -> Any:
    status, answer, _ = served.ask("POST", f"/art/uploads?name={path.name}", path.read_bytes())
    assert status == 200, answer
    return json.loads(answer)


@needs_browser
def test_a_mask_is_painted_and_the_style_goes_there_alone(
    served: Served, pictures: tuple[Path, Path]
) -> None:
    content, red = pictures
    with browser(served.address) as page:
        drop(page, content, red)
        page.get_by_label("paint where red.png goes").click()
        canvas = page.locator(".art-mask")
        box = canvas.bounding_box()
        page.get_by_label("size of the brush").fill("50")
        page.mouse.move(box["x"] + 2, box["y"] + 2)
        page.mouse.down()
        page.mouse.move(box["x"] + 2, box["y"] + box["height"] - 2)
        page.mouse.up()
        page.get_by_role("button", name="done", exact=True).click()
        page.get_by_label("change where red.png goes").wait_for()
        [style] = json.loads(page.evaluate("artStyle()"))["styles"]
    mask = np.asarray(Image.open(io.BytesIO(served.get(f"/art/uploads/{style['mask']}")[1])).convert("L"))
    assert mask.shape == (32, 48)
    assert (mask[:, :8] == 255).all()
    assert (mask[:, 30:] == 0).all()


@needs_browser
def test_a_cell_of_the_preview_grid_is_pressed_and_its_weights_are_taken(
    served: Served, pictures: tuple[Path, Path]
) -> None:
    before = len(json.loads(served.get("/art/pictures")[1])["pictures"])
    with browser(served.address) as page:
        drop(page, *pictures)
        page.get_by_text("More settings").locator("visible=true").click()
        choose(page, "Features", "random")
        page.click("#art-style-grid")
        cell = page.get_by_role("button", name="content 0.3, style 3.0")
        page.wait_for_function("document.querySelectorAll('.art-try-cell img').length === 9", timeout=300_000)
        assert cell.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)") == 128
        cell.click()
        page.get_by_text("Taken: content 0.3, style 3.0").wait_for()
        page.wait_for_function(
            """() => ["Content", "Style"].map((name) =>
              document.querySelector(`[aria-label="number input for ${name} weight"]`).value).join() === "0.3,3" """
        )
    assert len(json.loads(served.get("/art/pictures")[1])["pictures"]) == before  # the gallery has no trials


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_shut_out_of_it(served: Served, pictures: tuple[Path, Path], scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    with browser(served.address, color_scheme=scheme, width=360) as page:
        page.evaluate("import('/art/static/use.js').then(({ openTab }) => openTab('style'))")
        page.set_input_files("#art-contents", pictures[0])
        page.set_input_files("#art-styles", pictures[1])
        page.get_by_label("weight of red.png").wait_for()
        for painting in (False, True):
            if painting:
                page.get_by_label("paint where red.png goes").click()
                page.locator(".art-mask").wait_for()
            found = Axe().run(page, context=".art-dialog" if painting else ".art-view").response["violations"]
            serious = [each for each in found if each["impact"] in ("serious", "critical")]
            assert serious == [], json.dumps(serious, indent=1)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def submitted(served: Served, source: Any) -> tuple[int, str]:
    body = json.dumps({"generation": {"source": {"kind": "stylize", **source}}}).encode()
    status, answer, _ = served.ask("POST", "/art/runs", body, Content_Type="application/json")
    return status, answer.decode()


def kept_path(served: Served, path: Path) -> str:
    digest = hand_in(served, path)["picture"]
    [found] = served.store.glob(f"pictures/*/{digest}.*")
    return str(found)


@needs_gradio
def test_what_names_a_path_or_foreign_code_is_refused(served: Served, pictures: tuple[Path, Path]) -> None:
    content, style = (kept_path(served, each) for each in pictures)
    good = {"paths": [content], "styles": [style]}
    for wrong, said in (
        ({"algorithm": "os:system"}, "generation.source.algorithm: wanted one of gatys"),
        ({"algorithm": "nobody"}, "generation.source.algorithm: wanted one of gatys"),
        ({"features": "/etc/passwd"}, "generation.source.features: wanted one of vgg19, random"),
        ({"paths": ["/etc/passwd"]}, "generation.source.paths: wanted pictures that were handed in"),
        ({"styles": ["/etc/passwd"]}, "generation.source.styles: wanted pictures that were handed in"),
        ({"masks": [str(pictures[1])]}, "generation.source.masks: wanted pictures that were handed in"),
        ({"styles": [style.replace(Path(style).stem, "0" * 64)]}, "generation.source.styles"),
    ):
        status, told = submitted(served, {**good, **wrong})
        assert (status, said in told) == (422, True), told
        assert str(served.store) not in told


@needs_gradio
def test_pictures_that_are_not_there_or_do_not_go_together_are_told(
    served: Served, pictures: tuple[Path, Path]
) -> None:
    content, style = (hand_in(served, each) for each in pictures)
    gone = {"picture": "0" * 64, "name": "gone.png"}
    masked = {**style, "mask": content["picture"]}
    for held, said in (
        ({"contents": [], "styles": [style]}, "content: wanted at least one picture"),
        ({"contents": [content], "styles": [gone]}, "gone.png is not there any more"),
        ({"contents": [content], "styles": [{**style, "mask": "../index"}]}, "mask is not there any more"),
        (
            {"contents": [content], "styles": [masked, style]},
            "masks: wanted none or one for each of the 2 styles",
        ),
        ({"contents": [content, content], "styles": [masked]}, "masks: wanted one content picture"),
        ({"contents": [content]}, "got something else"),
        ({"contents": [content], "styles": []}, "wanted at least 1 style picture for reinhard, got none"),
    ):
        assert said in pressed(served, held, algorithm="reinhard")
    told = pressed(
        served, {"contents": [content], "styles": [style]}, algorithm="reinhard", steps=20, size=32
    )
    assert told.startswith("- Run ")
    assert "reinhard makes no use of steps." in told


def pressed(served: Served, held: Any, **changes: Any) -> str:
    """Press the button over HTTP, and return what is told."""
    from components.ui.fields import field_of
    from components.ui.page.style import PLACES

    names = [each.rpartition(".")[2] for each in PLACES]
    values = [
        changes.get(name, "" if default in (None, ()) else default)
        for name, default in zip(names, (field_of(place).default for place in PLACES), strict=True)
    ]
    body = json.dumps({"data": [json.dumps(held), "", *values]}).encode()
    status, answer, _ = served.ask("POST", "/gradio_api/call/stylize", body, Content_Type="application/json")
    assert status == 200, answer
    told = served.get(f"/gradio_api/call/stylize/{json.loads(answer)['event_id']}")[1].decode()
    assert "event: complete" in told, told
    return str(json.loads(told.partition("data: ")[2].splitlines()[0])[0])


@needs_gradio
def test_every_field_has_a_control_or_a_reason_for_having_none() -> None:
    from components.ui.page.style import PLACES, WITHOUT
    from interfaces.igs import Stylize

    shown = {
        each.removeprefix("generation.source.") for each in PLACES if each.startswith("generation.source.")
    }
    assert shown | {*WITHOUT} == {*Stylize.model_fields}
    assert not shown & {*WITHOUT}
    assert all(WITHOUT.values())


@needs_gradio
def test_the_page_knows_every_algorithm_and_what_it_makes_use_of() -> None:
    from components.generation.style_transfer.registry import STYLE_ALGORITHMS
    from components.ui.page.style import USES

    assert {name: STYLE_ALGORITHMS[name].uses for name in STYLE_ALGORITHMS} == USES  # type: ignore[attr-defined]
