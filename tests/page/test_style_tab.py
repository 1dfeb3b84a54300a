"""The tab that gives pictures the style of others."""

import io
import json
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
    [config] = [json.loads(served.get("/art/stylized")[1])["pictures"][0]]
    return config


@needs_browser
def test_two_dropped_pictures_become_one_that_lies_over_its_content_and_goes_to_the_enhancement(
    served: Served, pictures: tuple[Path, Path]
) -> None:
    with browser(served.address) as page:
        drop(page, *pictures)
        choose(page, "Algorithm", "reinhard")
        page.get_by_label("Size", exact=True).fill("48")
        page.click("#art-stylize")
        pair = page.get_by_role("region", name="harbour.png")
        pair.wait_for()
        page.wait_for_function("[...document.querySelectorAll('.art-duo .art-stage img')].every((i) => i.naturalWidth === 48)")
        assert pair.get_by_label("right of harbour.png").locator("option").all_inner_texts() == ["reinhard, 48 x 32", "the picture itself"]
        result = newest(served)["results"][0]
        content = served.get(f"/art/file/{result['run']}/{quote(result['name'])}")[1]
        mean = np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).mean((0, 1))
        assert result["name"].startswith("harbour_")
        assert mean[0] > 150 > 80 > mean[1]  # it has the colours of the style
        pair.get_by_role("button", name="send to enhancement").click()
        page.get_by_role("tab", name="Enhance", selected=True).wait_for()
        page.get_by_label(f"remove {result['name']}").wait_for()
        assert result["name"] in page.evaluate("artPictures()")
