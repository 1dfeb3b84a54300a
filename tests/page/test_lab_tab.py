"""The laboratory's tab: a point under the hand, in a real browser."""

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image

from interfaces.laboratory import LabGenerator
from pipeline.component_check.samples import random_model
from tests.page.browser import Served, browser, needs_browser, needs_gradio, serve
from tests.page.screenshots import open_tab

_SMALL = LabGenerator(side=8, first_side=2, widths=(6, 4), latent=2)


def make_model(folder: Path, name: str, *, conditional: bool = False, latent: int = 2) -> None:
    random_model(folder, architecture=_SMALL.model_copy(update={"latent": latent}), conditional=conditional)
    described = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps({**described, "name": name}))


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "models"
    make_model(folder / "plain", "plain")
    make_model(folder / "classes", "by-class", conditional=True, latent=3)
    return folder


@pytest.fixture(scope="module")
def served(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The page with two small models beside the shipped one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARTGEN_DATA", str(models.parent))
        with serve(tmp_path_factory.mktemp("page") / "store", "--no-worker") as page:
            yield page


def pixels(address: str) -> np.ndarray:
    content = base64.b64decode(address.removeprefix("data:image/png;base64,"))
    return np.asarray(Image.open(io.BytesIO(content)).convert("L"))


def expected(models: Path, name: str, at: list[float], *labels: int) -> np.ndarray:
    """Return the pixels that the network of a model makes of a point."""
    import torch

    from components.networks.build import load_generator
    from storage.model_store import FolderModelStore

    network: Any = load_generator(FolderModelStore(models=models).get(name))
    with torch.no_grad():
        image = network(torch.tensor([at], dtype=torch.float32), *(torch.tensor([each]) for each in labels))[
            0, 0
        ]
    made: np.ndarray = ((image + 1) * 127.5).numpy()
    return made


def shown(page: Any, at: str) -> np.ndarray:
    """Wait until the picture of a point is shown, and return its pixels."""
    image = page.locator(f".art-lab-image[data-at='{at}']")
    image.wait_for()
    return pixels(image.get_attribute("src"))


def choose_model(page: Any, name: str) -> None:
    open_tab(page, "lab")
    page.get_by_label("Model", exact=True).locator("visible=true").select_option(name)


def close(one: np.ndarray, other: np.ndarray) -> bool:
    return bool(np.abs(one - other).max() <= 0.51)


@needs_browser
def test_the_picture_follows_slider_and_hand(served: Served, models: Path) -> None:
    with browser(served.address) as page:
        choose_model(page, "plain")
        assert close(shown(page, "0,0"), expected(models, "plain", [0, 0]))
        page.get_by_label("coordinate 1").fill("0.25")
        assert close(shown(page, "0.25,0"), expected(models, "plain", [0.25, 0]))
        pad = page.locator(".art-pad")
        box = pad.bounding_box()
        pad.click(position={"x": box["width"] * 0.75, "y": box["height"] * 0.9})
        page.wait_for_function("document.querySelector('.art-lab-image').dataset.at !== '0.25,0'")
        at = page.locator(".art-lab-image").first.get_attribute("data-at")
        x, y = map(float, at.split(","))
        assert x == pytest.approx(0.5, abs=0.02)
        assert y == pytest.approx(-0.8, abs=0.02)
        assert float(page.get_by_label("coordinate 2").input_value()) == pytest.approx(y, abs=0.006)


@needs_browser
def test_every_layer_has_its_mean_and_its_maps_and_the_picture_without_a_channel_stands_beside(
    served: Served,
) -> None:
    with browser(served.address) as page:
        choose_model(page, "plain")
        page.get_by_label("coordinate 1").fill("0.5")
        page.get_by_label("coordinate 2").fill("-0.75")
        whole = shown(page, "0.5,-0.75")
        page.locator(".art-layers li").nth(7).wait_for()
        means = json.loads(served.get("/art/lab/point?model=plain&at=0.5,-0.75")[1])["means"]
        assert page.locator(".art-layers button").all_inner_texts() == [*means]
        assert [float(each) for each in page.locator(".art-layers output").all_inner_texts()] == [
            pytest.approx(each, abs=0.0006) for each in means.values()
        ]
        page.get_by_role("button", name="4-convolution").click()
        for channel in range(4):
            page.get_by_label(f"channel {channel}", exact=True).wait_for()
        page.get_by_label("row 1", exact=True).click()
        page.get_by_text("without what is crossed out").wait_for()
        edited = pixels(page.get_by_alt_text("the picture without what is crossed out").get_attribute("src"))
        wanted = json.loads(
            served.get("/art/lab/edit?model=plain&at=0.5,-0.75&layer=4-convolution&rows=1")[1]
        )["image"]
        assert (edited == pixels(wanted)).all()
        assert (edited != whole).any()
        page.get_by_label("row 1", exact=True).click()
        page.get_by_text("without what is crossed out").wait_for(state="hidden")


@needs_browser
def test_the_way_from_a_to_b_is_played_and_ends_there(served: Served, models: Path) -> None:
    with browser(served.address) as page:
        choose_model(page, "plain")
        page.get_by_label("coordinate 1").fill("-1")
        shown(page, "-1,0")
        page.get_by_role("button", name="this is A").click()
        page.get_by_label("coordinate 2").fill("0.5")
        shown(page, "-1,0.5")
        page.get_by_role("button", name="this is B").click()
        page.get_by_text("A: -1.00; 0.00 · B: -1.00; 0.50").wait_for()
        page.get_by_label("coordinate 2").fill("1")
        shown(page, "-1,1")
        page.get_by_role("button", name="play A to B").click()
        assert close(shown(page, "-1,0.5"), expected(models, "plain", [-1, 0.5]))
        strip = page.locator(".art-lab-strip img")
        assert strip.count() == 24
        assert close(pixels(strip.first.get_attribute("src")), expected(models, "plain", [-1, 0]))


@needs_browser
def test_a_model_of_classes_is_asked_for_one_and_a_cube_has_three_pads(served: Served, models: Path) -> None:
    with browser(served.address) as page:
        choose_model(page, "by-class")
        assert close(shown(page, "0,0,0"), expected(models, "by-class", [0, 0, 0], 0))
        assert page.locator(".art-pad").count() == 3
        page.get_by_label("coordinate 3").fill("0.5")
        shown(page, "0,0,0.5")
        page.get_by_label("Class", exact=True).locator("visible=true").select_option("warm")
        wanted = expected(models, "by-class", [0, 0, 0.5], 1)
        page.locator(".art-lab-image[data-of=warm]").wait_for()
        assert close(shown(page, "0,0,0.5"), wanted)


@needs_browser
def test_a_painting_is_moved_along_the_directions_that_change_it_most(served: Served) -> None:
    with browser(served.address) as page:
        open_tab(page, "lab")
        first = shown(page, "seed:7;0,0,0,0,0,0,0,0")
        page.get_by_label("direction 1: ").fill("2")
        assert (shown(page, "seed:7;2,0,0,0,0,0,0,0") != first).any()
        page.get_by_label("Seed", exact=True).locator("visible=true").fill("8")
        page.keyboard.press("Tab")
        assert (shown(page, "seed:8;2,0,0,0,0,0,0,0") != first).any()


@needs_gradio
@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("point?model=plain&at=0", 422, "wanted 2 numbers"),
        ("point?model=plain&at=0,2", 422, "wanted numbers in [-1, 1]"),
        ("point?model=plain&at=here", 422, "wanted 2 numbers such as"),
        ("point?model=plain&at=seed:-1", 422, "or seed:7, got 'seed:-1'"),
        ("point?model=plain&at=seed:1;x", 422, "moves such as 0.5,-1"),
        ("point?model=plain&at=0,0&style=warm", 422, "knows no classes"),
        ("point?model=none&at=0,0", 404, "there is no model 'none'"),
        ("point?model=../plain&at=0,0", 404, "there is no model"),
        ("activations?model=plain&at=0,0&layer=x", 422, "unknown layer 'x'"),
        ("edit?model=plain&at=0,0&layer=4-convolution&rows=9", 422, "rows: wanted 0 to 3"),
        ("edit?model=plain&at=0,0&layer=4-convolution", 422, "wanted rows or channels"),
        ("morph?model=plain&start=0,0&end=1,1&frames=99", 422, "48"),
    ],
)
def test_what_is_asked_for_and_is_not_there_is_told(
    served: Served, address: str, status: int, said: str
) -> None:
    got, content, _ = served.get(f"/art/lab/{quote(address, safe='?=&,;:/')}")
    assert (got, said in json.loads(content)["detail"]) == (status, True), content
