"""The tab that carries pictures from one domain to another."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image

from interfaces.igme import ResnetTranslation
from pipeline.component_check.samples import random_model
from tests.e2e.cli import call
from tests.page.browser import Served, browser, needs_browser, needs_gradio, serve

_NETWORK = ResnetTranslation(side=16, width=4, blocks=1)


def make_model(folder: Path, name: str, *, both_ways: bool = True) -> None:
    """Write an untrained model that carries pictures from ``photos`` to ``drawings``."""
    random_model(folder, architecture=_NETWORK.model_copy(update={"both_ways": both_ways}))
    described = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(
        json.dumps({**described, "name": name, "styles": ["photos", "drawings"]})
    )


def write_report(folder: Path, scores: dict[str, float], sha256: str | None = None) -> None:
    """Write what an evaluation leaves beside the model in ``folder``."""
    digest = sha256 or json.loads((folder / "model.json").read_text())["weights_sha256"]
    directions = [{"direction": way, "hiding_score": score} for way, score in scores.items()]
    (folder / "evaluation.json").write_text(
        json.dumps({"model": {"sha256": digest}, "directions": [*directions, {"direction": "c"}]})
    )


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "models"
    make_model(folder / "both", "both")
    write_report(folder / "both", {"a-to-b": 2.345})
    make_model(folder / "one", "one-way", both_ways=False)
    return folder


@pytest.fixture(scope="module")
def served(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The page of an empty store, with its worker, and two models that translate beside the shipped one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARTGEN_DATA", str(models.parent))
        with serve(tmp_path_factory.mktemp("page") / "store") as page:
            yield page


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture of 48 by 32 pixels."""
    file = tmp_path_factory.mktemp("pictures") / "harbour.png"
    Image.fromarray(np.random.default_rng(1).integers(0, 255, (32, 48, 3), np.uint8)).save(file)
    return file


def expected(models: Path, photo: Path, *ways: str) -> np.ndarray:
    """Return the pixels that the networks of the model make of a picture, one after the other."""
    import torch

    from components.networks.build import load_generator
    from storage.model_store import FolderModelStore

    networks: Any = load_generator(FolderModelStore(models=models).get("both"))
    image = torch.from_numpy(np.array(Image.open(photo))).permute(2, 0, 1)[None].float() / 127.5 - 1
    with torch.no_grad():
        for way in ways:
            image = networks.towards(way)(image)
    made: np.ndarray = (image[0].permute(1, 2, 0).numpy() + 1) * 127.5
    return made


def stored(served: Served, result: Any) -> np.ndarray:
    content = served.get(f"/art/file/{result['run']}/{quote(result['name'])}")[1]
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(float)


def drop(page: Any, photo: Path) -> None:
    page.get_by_role("tab", name="Translate").click()
    page.set_input_files("#art-translate-files", photo)
    page.get_by_label(f"remove {photo.name}").locator("visible=true").wait_for()


def choose(page: Any, label: str, option: str) -> None:
    page.get_by_label(label, exact=True).locator("visible=true").click()
    page.get_by_role("option", name=option, exact=True).click()


def fresh_photo(folder: Path, seed: int) -> Path:
    """Return a picture that no other test drops."""
    file = folder / f"photo{seed}.png"
    Image.fromarray(np.random.default_rng(seed).integers(0, 255, (32, 48, 3), np.uint8)).save(file)
    return file


def newest(served: Served) -> Any:
    return json.loads(served.get("/art/translated")[1])["pictures"][0]


@needs_browser
def test_a_dropped_picture_stands_beside_its_translation_and_what_came_back_and_goes_on_from_there(
    served: Served, models: Path, photo: Path
) -> None:
    with browser(served.address) as page:
        drop(page, photo)
        page.get_by_text("From photos to drawings and back; it learnt on squares of 16 pixels.").wait_for()
        page.click("#art-translate")
        pair = page.get_by_role("region", name="harbour.png")
        pair.get_by_text("reconstruction", exact=True).wait_for()
        assert pair.locator("figcaption").all_inner_texts() == [
            "input\nphotos",
            "result\ndrawings",
            "reconstruction\nphotos",
        ]
        page.wait_for_function(
            "[...document.querySelectorAll('.art-duo img')].every((image) => image.naturalWidth === 48)"
        )
        pair.get_by_text("Hiding score of this direction: 2.35.").wait_for()
        assert pair.get_by_label("right of harbour.png").locator("option").all_inner_texts() == [
            "photos → drawings, 48 x 32",
            "photos → drawings → photos, 48 x 32",
            "the picture itself",
        ]
        result, back = newest(served)["results"]
        assert result["name"] == "harbour_a-to-b_48x32.png"
        there = expected(models, photo, "a-to-b")
        again = expected(models, photo, "a-to-b", "b-to-a")
        assert np.abs(there - again).max() > 20  # else the next lines would say nothing
        assert np.abs(stored(served, result) - there).max() <= 0.6
        assert np.abs(stored(served, back) - again).max() <= 0.6
        pair.get_by_role("button", name="send to enhancement").click()
        page.get_by_role("tab", name="Enhance", selected=True).wait_for()
        assert result["name"] in page.evaluate("artPictures()")
        page.get_by_role("tab", name="Translate").click()
        pair.get_by_role("button", name="use as style").click()
        page.get_by_role("tab", name="Style", selected=True).wait_for()
        page.get_by_label(f"weight of {result['name']}").wait_for()


@needs_browser
def test_a_picture_that_is_on_its_way_is_waited_for(served: Served, tmp_path: Path) -> None:
    photo = fresh_photo(tmp_path, 9)
    on_their_way: list[Any] = []
    with browser(served.address) as page:
        page.route("**/art/uploads?**", lambda route: on_their_way.append(route))  # it gets attributes
        drop(page, photo)
        page.get_by_text("From photos to drawings and back").wait_for()
        page.click("#art-translate")
        page.locator(".art-held").get_by_text("on its way").wait_for()
        for route in on_their_way:
            route.continue_()
        page.get_by_role("region", name=photo.name).get_by_text("reconstruction", exact=True).wait_for()


@needs_browser
def test_the_menu_of_directions_has_the_names_of_the_domains_and_the_size_is_taken(
    served: Served, tmp_path: Path
) -> None:
    photo = fresh_photo(tmp_path, 2)
    with browser(served.address) as page:
        drop(page, photo)
        choose(page, "Direction", "drawings → photos")
        page.get_by_label("Longer side").locator("visible=true").fill("24")
        page.get_by_label("Reconstruction").uncheck()
        page.click("#art-translate")
        pair = page.get_by_role("region", name=photo.name)
        pair.wait_for()
        assert pair.locator("figcaption").all_inner_texts() == ["input\ndrawings", "result\nphotos"]
        assert pair.locator(".art-hiding").count() == 0  # it was measured in the other direction alone
        [result] = newest(served)["results"]
        assert (result["width"], result["height"], result["by"]) == (24, 16, "drawings → photos")


@needs_browser
def test_a_model_that_knows_no_way_back_offers_none(served: Served, tmp_path: Path) -> None:
    photo = fresh_photo(tmp_path, 3)
    with browser(served.address) as page:
        drop(page, photo)
        choose(page, "Direction", "drawings → photos")
        choose(page, "Model", "one-way")
        page.get_by_text("From photos to drawings alone; it learnt on squares of 16 pixels.").wait_for()
        page.get_by_label("Reconstruction").wait_for(state="hidden")
        page.get_by_label("Direction").locator("visible=true").click()
        page.wait_for_function(
            "[...document.querySelectorAll('li[role=option]')].map((each) => each.ariaLabel).join() === 'photos → drawings'"
        )
        page.keyboard.press("Escape")
        page.click("#art-translate")
        page.get_by_role("region", name=photo.name).wait_for()
        [result] = newest(served)["results"]
        assert result["by"] == "photos → drawings"


@needs_browser
@pytest.mark.parametrize(("locale", "says"), [("en-US", "Direction"), ("uk-UA", "Напрям")])
def test_nobody_is_shut_out_of_it(served: Served, photo: Path, locale: str, says: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    pressed(served, [hand_in(served, photo)], "both", back=True)
    served.wait_for(lambda runs: all(each["state"] == "done" for each in runs) or None)
    for scheme in ("light", "dark"):
        with browser(served.address, color_scheme=scheme, locale=locale, width=360) as page:
            page.evaluate("import('/art/static/use.js').then(({ openTab }) => openTab('translate'))")
            page.set_input_files("#art-translate-files", photo)
            page.locator(".art-held img").locator("visible=true").wait_for()
            page.get_by_role("region", name=photo.name).locator("figure").nth(2).wait_for()
            page.get_by_text(says, exact=True).locator("visible=true").wait_for()
            found = Axe().run(page, context=".art-view").response["violations"]
            serious = [each for each in found if each["impact"] in ("serious", "critical")]
            assert serious == [], json.dumps(serious, indent=1)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@needs_browser
def test_without_a_model_it_says_how_to_get_one_and_a_page_that_is_opened_then_has_it(
    tmp_path: Path, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTGEN_DATA", str(tmp_path))
    with serve(tmp_path / "store", "--no-worker") as served, browser(served.address) as page:
        drop(page, photo)
        page.get_by_text("No model that translates is on this machine.").wait_for()
        page.get_by_text("artgen train A B --preset translation-small").wait_for()
        page.get_by_text("Nothing was translated yet.").wait_for()
        page.click("#art-translate")
        page.locator("#art-translate-told").get_by_text(
            "model: wanted one that translates, and none is on this machine; train one"
        ).wait_for()
        make_model(tmp_path / "models" / "late", "late")
        page.reload()
        page.get_by_role("tab", name="Translate").click()
        page.get_by_text("From photos to drawings and back").wait_for()
        page.get_by_text("No model that translates is on this machine.").wait_for(state="hidden")
        assert page.get_by_label("Model", exact=True).locator("visible=true").input_value() == "late"
        page.set_input_files("#art-translate-files", photo)
        page.get_by_label(f"remove {photo.name}").locator("visible=true").wait_for()
        page.click("#art-translate")
        page.locator("#art-translate-told").get_by_text("is queued: the reconstruction.").wait_for()


@needs_browser
def test_a_picture_of_the_gallery_goes_to_translation_where_a_model_does_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTGEN_DATA", str(tmp_path))
    store = tmp_path / "store"
    call("pipeline", "run", "--count", 1, "--size", 64, "--enhancer", "lanczos", "--no-sheet", "--out", store)
    with serve(store, "--no-worker") as served, browser(served.address) as page:
        tile = page.locator('[data-view="gallery"] .art-tile')
        page.get_by_role("tab", name="Gallery").click()
        with page.expect_response("**/art/models"):
            tile.click()
        page.get_by_role("button", name="use as content").wait_for()
        assert page.get_by_role("button", name="translate this").count() == 0
        make_model(tmp_path / "models" / "late", "late")
        page.reload()
        page.get_by_role("tab", name="Gallery").click()
        tile.click()
        page.get_by_role("button", name="translate this").click()
        page.get_by_role("tab", name="Translate", selected=True).wait_for()
        page.get_by_text("The picture is there to be translated").wait_for()
        page.get_by_text("From photos to drawings and back").wait_for()
        page.click("#art-translate")
        page.locator("#art-translate-told").get_by_text("is queued: the reconstruction.").wait_for()


@needs_gradio
def test_the_newest_result_of_the_same_settings_is_shown_and_others_beside_it(
    served: Served, tmp_path: Path
) -> None:
    handed = hand_in(served, fresh_photo(tmp_path, 4))
    for longer_side in (16, 16, 32):
        told = pressed(served, [handed], "both", longer_side=longer_side)
        run = told.split()[1]
        served.wait_until(run, "done")
    rows = [
        row
        for row in json.loads(served.get("/art/translated")[1])["pictures"]
        if row["picture"] == handed["picture"]
    ]
    assert [row["results"][0]["width"] for row in rows] == [32, 16]
    assert rows[0]["results"][0]["run"] == run


@needs_gradio
def test_what_names_a_path_or_no_model_is_refused(served: Served, photo: Path, tmp_path: Path) -> None:
    handed = hand_in(served, photo)
    [kept] = served.store.glob(f"pictures/*/{handed['picture']}.*")
    for source, model, said in (
        ({"paths": ["/etc/passwd"]}, "both", "generation.source.paths: wanted pictures that were handed in"),
        ({"paths": [str(kept)]}, "/etc/passwd", "model: wanted the name of a model that is here"),
        ({"paths": [str(kept)], "direction": "up"}, "both", "generation.source.direction"),
    ):
        body = json.dumps(
            {"generation": {"source": {"kind": "translate", **source}}, "model": model}
        ).encode()
        status, answer, _ = served.ask("POST", "/art/runs", body, Content_Type="application/json")
        assert (status, said in answer.decode()) == (422, True), answer
        assert str(served.store) not in answer.decode()
    gone = {"picture": "0" * 64, "name": "gone.png"}
    for held, said in (
        ([], "pictures: wanted at least one, got none"),
        ([gone], "gone.png is not there any more"),
        ({"picture": 1}, "got something else"),
    ):
        assert said in pressed(served, held, "both")


def test_a_hiding_score_is_told_of_the_weights_that_it_was_measured_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.page.shelf import LocalShelf

    monkeypatch.setenv("ARTGEN_DATA", str(tmp_path))
    for name in ("measured", "other", "damaged", "none"):
        make_model(tmp_path / "models" / name, name)
    write_report(tmp_path / "models" / "measured", {"a-to-b": 1.5, "b-to-a": 4})
    write_report(tmp_path / "models" / "other", {"a-to-b": 1.5}, sha256="0" * 64)
    (tmp_path / "models" / "damaged" / "evaluation.json").write_text('{"model": 1, "dire')
    cards = {card.name: card for card in LocalShelf().cards()}
    assert cards["measured"].hiding == {"a-to-b": 1.5, "b-to-a": 4.0}
    assert cards["other"].hiding == cards["damaged"].hiding == cards["none"].hiding == {}


@needs_gradio
def test_the_default_one_of_the_models_that_translate_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from components.ui.page.translate import translating
    from pipeline.factories.stores import local_models
    from pipeline.page.shelf import LocalShelf

    monkeypatch.setenv("ARTGEN_DATA", str(tmp_path))
    for name in ("first", "second", "third"):
        make_model(tmp_path / "models" / name, name)
    assert [*translating(local_models(), LocalShelf())] == ["first", "second", "third"]
    LocalShelf().make_default("second")
    assert [*translating(local_models(), LocalShelf())] == ["second", "first", "third"]
    assert {card.name for card in LocalShelf().cards() if card.default and not card.shipped} == {"second"}


@needs_browser
def test_what_translates_is_not_compared_by_seeds_and_can_be_the_default_among_its_like(
    served: Served,
) -> None:
    with browser(served.address) as page:
        page.get_by_role("tab", name="Models").click()
        card = page.locator(".art-model").filter(has_text="photos, drawings").first
        card.wait_for()
        card.get_by_text("hiding score, a-to-b").wait_for()
        card.get_by_role("button").click()
        card.get_by_text("default", exact=True).wait_for()
        page.locator(".art-model").filter(has_text="comes with artgen").get_by_text(
            "default", exact=True
        ).wait_for()
        # the shipped model alone paints seeds
        page.wait_for_function("document.querySelector('[data-view=comparison]').hidden")
    body = json.dumps({"models": ["both", "both"]}).encode()
    status, answer, _ = served.ask(
        "POST", "/art/models/compare", body, Content_Type="application/json", Origin=served.address
    )
    assert (status, json.loads(answer)["detail"]) == (
        404,
        "wanted a model that makes pictures of noise, got both, which changes pictures",
    )


@needs_gradio
def test_every_field_has_a_control_or_a_reason_for_having_none() -> None:
    from components.ui.page.translate import PLACES, WITHOUT
    from interfaces.igs import Translate

    shown = {
        each.removeprefix("generation.source.") for each in PLACES if each.startswith("generation.source.")
    }
    assert shown | {*WITHOUT} == {*Translate.model_fields}
    assert not shown & {*WITHOUT}
    assert all(WITHOUT.values())


def hand_in(served: Served, path: Path) -> Any:
    status, answer, _ = served.ask("POST", f"/art/uploads?name={path.name}", path.read_bytes())
    assert status == 200, answer
    return json.loads(answer)


def pressed(served: Served, held: Any, model: str, *, back: bool = False, **changes: Any) -> str:
    """Press the button over HTTP, and return what is told."""
    from components.ui.fields import field_of
    from components.ui.page.translate import PLACES

    values = [changes.get(each.rpartition(".")[2], field_of(each).default or "") for each in PLACES]
    body = json.dumps({"data": [json.dumps(held), model, back, *values]}).encode()
    status, answer, _ = served.ask(
        "POST", "/gradio_api/call/translate", body, Content_Type="application/json"
    )
    assert status == 200, answer
    told = served.get(f"/gradio_api/call/translate/{json.loads(answer)['event_id']}")[1].decode()
    assert "event: complete" in told, told
    return str(json.loads(told.partition("data: ")[2].splitlines()[0])[0])
