"""A translation trained from the page: of two collections that are handed in, or of two that lie there."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.page.browser import Served, browser, needs_browser, needs_gradio, serve
from tests.samples import painting_files, write_zip

TINY = {
    "generator.side": "16", "generator.width": "4", "generator.blocks": "1", "critic.field": "16", "critic.width": "4",
    "steps": "4", "device": "cpu", "precision": "float32",
}  # fmt: skip


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A page that was told of a folder with two collections."""
    folder = tmp_path_factory.mktemp("page")
    data = folder / "data"
    data.mkdir()
    for name, style in (("photos.zip", "warm"), ("drawings.zip", "cool")):
        write_zip(data / name, painting_files((style,), per_style=4))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARTGEN_DATA", str(folder / "home"))
        patch.setenv("ARTGEN_CACHE", str(folder / "cache"))
        with serve(folder / "store", "--data", str(data)) as page:
            yield page


@pytest.fixture
def archives(tmp_path: Path) -> list[Path]:
    """Two archives that the page has not been told of."""
    made = [tmp_path / "faces.zip", tmp_path / "cartoons.zip"]
    for path, style in zip(made, ("dark", "light"), strict=True):
        write_zip(path, painting_files((style,), per_style=5))
    return made


def post(served: Served, path: str, **wish: Any) -> tuple[int, Any]:
    status, content, _ = served.ask(
        "POST", path, json.dumps(wish).encode(), Content_Type="application/json", Origin=served.address
    )
    return status, json.loads(content)


def styles_of(served: Served, run: str) -> list[str]:
    """Return the domains of the model that a training has ended with."""
    served.wait_until(run, "done")
    model = json.loads(served.get(f"/art/training/run/{run}")[1])["model"]
    cards = json.loads(served.get("/art/models")[1])["models"]
    [styles] = [card["styles"] for card in cards if card["name"] == model]
    return list(styles)


@needs_browser
def test_two_archives_are_handed_in_and_a_translation_between_them_is_trained(
    served: Served, archives: list[Path]
) -> None:
    with browser(served.address) as page:
        page.get_by_role("tab", name="Train").click()
        page.locator("#art-train").wait_for()
        a, b = (page.get_by_role("combobox", name=name) for name in ("Pictures", "Other collection"))
        assert b.count() == 0  # nobody needs it yet
        page.get_by_text("translation-small:").click()
        b.wait_for()
        page.get_by_text("Pictures of your own").click()
        for path, chosen in zip(archives, (b, b), strict=True):
            page.set_input_files("#art-archive", path)
            page.get_by_label(f"remove {path.name}").wait_for()
            page.wait_for_function(
                "([input, name]) => input.value == name", arg=[chosen.element_handle(), path.name]
            )
        assert a.input_value() == "faces.zip"  # the last two, in the order in which they came
        page.locator("#tab-train").get_by_text("More settings").click()
        lines = "\n".join(f"{name} = {value}" for name, value in TINY.items())
        page.get_by_role("textbox", name="Settings One a line").fill(lines)
        page.click("#art-dry-run")
        page.wait_for_function(
            "document.querySelector('[data-view=trial]').innerText.includes('in all (estimated from')",
            timeout=120_000,
        )
        told = page.locator('[data-view="trial"]').inner_text()
        assert "Dry run of translation-small on faces.zip, cartoons.zip" in told
        before = {run["id"] for run in served.state()}
        page.click("#art-train")
        run = served.wait_for(lambda runs: next((r["id"] for r in runs if r["id"] not in before), None))
        assert styles_of(served, run) == ["faces", "cartoons"]
        page.reload()
        page.get_by_role("tab", name="Translate").click()
        page.get_by_text("From faces to cartoons and back").wait_for()


@needs_gradio
def test_the_second_collection_goes_with_presets_that_translate_alone_and_is_another_one(
    served: Served,
) -> None:
    run = post(
        served, "/art/training/start", source="photos.zip", source_b="drawings.zip", preset="translation-small",
        overrides=TINY,
    )[1]["run"]  # fmt: skip
    assert styles_of(served, run) == ["photos", "drawings"]
    for wish, said in (
        ({"source_b": "drawings.zip", "preset": "wgan-gp"}, "source_b: wanted a second collection with one of face2anime,"),
        ({"source_b": "photos.zip", "preset": "face2anime"}, "source_b: wanted another collection than the first, got 'photos.zip' twice"),
        ({"source_b": "/etc", "preset": "face2anime"}, "there is no '/etc'"),
        ({"preset": "translation-small", "overrides": TINY}, None),
    ):  # fmt: skip
        status, answer = post(served, "/art/training/start", source="photos.zip", **wish)
        if said is None:  # one domain alone: that is seen when the pictures are read
            failed = served.wait_until(answer["run"], "failed")
            assert "wanted two domains, got 1" in failed["message"]
        else:
            assert (status, said in answer["detail"]) == (422, True), answer
