"""The tab that enlarges pictures of one's own; what is handed in, and how much of it."""

import importlib
import io
import json
import pickle
import re
import struct
import zlib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image

from storage.run_queue import SqlRunQueue
from tests.page.browser import Served, browser, needs_browser, needs_gradio, serve


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The page of an empty store, with its worker."""
    with serve(tmp_path_factory.mktemp("page") / "store") as page:
        yield page


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The page of an empty store, without a worker: what is queued stays there."""
    with serve(tmp_path_factory.mktemp("still") / "store", "--no-worker") as page:
        yield page


def picture(number: int = 0, image_format: str = "PNG") -> bytes:
    """Return a file of 24 by 16 pixels."""
    pixels = np.random.default_rng(number).integers(0, 255, (16, 24, 3), dtype=np.uint8)
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, image_format)
    return content.getvalue()


def hand_in(served: Served, content: bytes, name: str = "cat.png") -> Any:
    status, answer, _ = served.ask("POST", f"/art/uploads?name={quote(name, safe='')}", content)
    assert status == 200, answer
    return json.loads(answer)


def enhance(served: Served, *pictures: Any, enlarging: tuple[str, ...] = ("plain",), scale: float = 2) -> str:
    """Press the button over HTTP, and return what is told."""
    values = [scale, "", 1.0, False, True, True, "png", 92]
    body = json.dumps({"data": [json.dumps(pictures), list(enlarging), *values]}).encode()
    status, answer, _ = served.ask("POST", "/gradio_api/call/enhance", body, Content_Type="application/json")
    assert status == 200, answer
    told = served.get(f"/gradio_api/call/enhance/{json.loads(answer)['event_id']}")[1].decode()
    assert "event: complete" in told, told
    return str(json.loads(told.partition("data: ")[2].splitlines()[0])[0])


def run_of(told: str) -> str:
    assert told.startswith("Run "), told
    return told.split()[1]


def stored(served: Served, run: str) -> Any:
    return json.loads(served.get(f"/art/pictures?run={run}")[1])["pictures"]


@needs_browser
def test_a_picture_is_dropped_enlarged_by_two_and_compared_with_the_keyboard(
    served: Served, tmp_path: Path
) -> None:
    (tmp_path / "cat.png").write_bytes(picture())
    with browser(served.address) as page:
        page.get_by_role("tab", name="Enhance").click()
        page.set_input_files("#art-files", tmp_path / "cat.png")
        page.get_by_label("remove cat.png").wait_for()
        page.get_by_label("plain").check()
        page.wait_for_function("artPictures().then((held) => held.includes('cat.png'))")
        page.click("#art-enhance")
        pair = page.get_by_role("region", name="cat.png")
        pair.wait_for(timeout=120_000)
        page.wait_for_function(
            "document.querySelector('[aria-label=\"right of cat.png\"]')?.options.length === 3",
            timeout=120_000,
        )
        options = pair.get_by_label("right of cat.png").locator("option").all_inner_texts()
        assert options == ["lanczos, 96 x 64", "artgen-x4-fast, 96 x 64", "the picture itself"]
        pair.get_by_label("left of cat.png").select_option("1")
        page.wait_for_function(
            "[...document.querySelectorAll('.art-stage img')].every((image) => image.naturalWidth === 96)",
            timeout=30_000,
        )
        slider = pair.get_by_role("slider")
        slider.focus()
        page.keyboard.press("ArrowRight")
        expect = importlib.import_module("playwright.sync_api").expect
        expect(slider).to_have_attribute("aria-valuetext", "51 % of the left one")
        stage = pair.locator(".art-stage").element_handle()
        page.wait_for_function("stage => stage.style.getPropertyValue('--cut') == '51%'", arg=stage)


@needs_browser
def test_the_strength_shows_at_once_on_a_part_before_the_whole_is_made(
    served: Served, tmp_path: Path
) -> None:
    Image.fromarray(np.full((200, 200, 3), 90, np.uint8)).save(tmp_path / "grey.png")
    before = len(json.loads(served.get("/art/pictures")[1])["pictures"])
    with browser(served.address) as page:
        page.get_by_role("tab", name="Enhance").click()
        page.set_input_files("#art-files", tmp_path / "grey.png")
        page.get_by_role("button", name="Try on a part").click(timeout=30_000)
        page.wait_for_function("document.querySelectorAll('.art-try img').length === 2", timeout=120_000)
        over = "document.querySelectorAll('.art-try img')[1]"
        page.wait_for_function(f"{over}.naturalWidth === 512")
        page.wait_for_function(f"getComputedStyle({over}).opacity === '1'")
        page.locator("#art-strength input[type=range]").fill("0.25")
        page.wait_for_function(f"getComputedStyle({over}).opacity === '0.25'")
    assert len(json.loads(served.get("/art/pictures")[1])["pictures"]) == before  # the gallery has no parts


@needs_gradio
def test_a_trial_is_of_a_small_png_alone_and_leaves_no_folder(still: Served) -> None:
    jpeg, large = hand_in(still, picture(6, "JPEG")), hand_in(still, picture(6) + bytes(100_000))
    for kept in (jpeg, large):
        assert still.ask("POST", f"/art/trials/quick/{kept['picture']}")[0] == 400
    small = hand_in(still, picture(7))["picture"]
    assert still.ask("POST", f"/art/trials/worst/{small}")[0] == 422
    for path in (f"quick/{small}", "quick/..%2f..%2findex", "..%2f..%2f/index", f"..%2fpictures/{small}"):
        assert still.get(f"/art/trials/{path}")[0] == 404
    assert still.state() == []


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_shut_out_of_it(served: Served, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    run = run_of(enhance(served, hand_in(served, picture(1))))
    served.wait_until(run, "done")
    with browser(served.address, color_scheme=scheme, width=360) as page:
        page.get_by_role("tab", name="Enhance").click()
        page.locator(".art-duo").first.wait_for(timeout=60_000)
        found = Axe().run(page, context=".art-view").response["violations"]
        serious = [each for each in found if each["impact"] in ("serious", "critical")]
        assert serious == [], json.dumps(serious, indent=1)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@needs_gradio
def test_a_result_is_called_like_its_picture_keeps_its_format_and_what_hung_on_it(served: Served) -> None:
    content = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "a cat"
    Image.new("RGB", (16, 16), (200, 10, 10)).save(content, "JPEG", exif=exif)
    kept = hand_in(served, content.getvalue(), "Мій кіт.jpeg")
    assert kept == {"picture": sha256(content.getvalue()).hexdigest(), "name": "Мій кіт.jpg"}
    run = run_of(enhance(served, kept))
    served.wait_until(run, "done")
    [made] = stored(served, run)
    with Image.open(io.BytesIO(served.get(f"/art/file/{run}/{quote(made['name'])}")[1])) as result:
        assert (result.format, result.size) == ("JPEG", (32, 32))
        assert result.getexif()[0x010E] == "a cat"
    rows = json.loads(served.get("/art/enhanced")[1])["pictures"]
    [row] = [each for each in rows if each["picture"] == kept["picture"]]
    assert (row["name"], row["results"][0]["by"]) == ("Мій кіт.jpg", "lanczos")


NAMES = {
    "../../../etc/passwd.png": "passwd.png",
    "/etc/shadow": "shadow.png",
    "C:\\Windows\\win.ini": "win.png",
    "..": "picture.png",
    "": "picture.png",
    "a\0b\r\nc.png": "abc.png",
    "x" * 5000 + ".png": "x" * 90 + ".png",
    "<img src=x onerror=alert(1)>.html": "<img src=x onerror=alert(1)>.png",
}


@needs_gradio
def test_no_name_becomes_a_path(served: Served) -> None:
    kept = [hand_in(served, picture(number), name) for number, name in enumerate(NAMES)]
    assert [each["name"] for each in kept] == [*NAMES.values()]
    run = run_of(enhance(served, *kept))
    served.wait_until(run, "done")
    made = {each["name"] for each in stored(served, run)}
    assert len(made) == len(NAMES)
    assert set("".join(made)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
    assert {path.name for path in (served.store / run).iterdir()} == made
    digests = {path.stem for path in served.store.glob("pictures/*/*")}
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in digests)


def bomb() -> bytes:
    """Return a PNG of a few kilobytes that says it has 60,000 by 60,000 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(10_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


class Evil:
    """Would leave a file behind if it were unpickled."""

    def __reduce__(self) -> "tuple[Any, tuple[Any, ...]]":
        return Path.touch, (Path("/tmp/artgen-was-unpickled"),)  # noqa: S108


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>fetch("/art/runs/x/cancel",{method:"POST"})</script></svg>'
HTML = b"<!doctype html><script>alert(document.domain)</script>"


@needs_gradio
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bomb.png", bomb()),
        ("evil.pt", pickle.dumps(Evil())),
        ("evil.svg", SVG),
        ("evil.html", HTML),
        ("half.png", picture()[:60]),
        ("head.png", b"\x89PNG\r\n\x1a\n" + HTML),
        ("head.tif", b"II*\0" + b"\xff" * 64),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_picture_is_told_by_the_run_and_never_served_as_a_page(
    served: Served, name: str, content: bytes
) -> None:
    kept = hand_in(served, content, name)
    run = run_of(enhance(served, kept))
    ended = served.wait_until(run, "failed")
    assert kept["name"] in ended["message"]
    assert str(served.store) not in ended["message"]
    assert stored(served, run) == []
    status, answer, headers = served.get(f"/art/uploads/{kept['picture']}")
    assert status in (200, 415)
    if status == 200:
        assert headers["Content-Type"] in ("image/png", "image/jpeg", "image/webp", "image/gif")
        assert "sandbox" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert str(served.store).encode() not in answer
    assert not Path("/tmp/artgen-was-unpickled").exists()  # noqa: S108


@needs_gradio
def test_a_bad_picture_costs_the_others_nothing(served: Served) -> None:
    kept = [hand_in(served, HTML, "evil.png"), hand_in(served, picture(3), "good.png")]
    run = run_of(enhance(served, *kept))
    assert "evil.png" in served.wait_until(run, "partial")["message"]
    assert len(stored(served, run)) == 1


@needs_gradio
def test_what_is_too_large_or_empty_is_refused_in_words(still: Served) -> None:
    status, answer, _ = still.ask("POST", "/art/uploads?name=a.png", b"")
    assert (status, json.loads(answer)["detail"]) == (422, "the file is empty")
    status, answer, _ = still.ask("POST", "/art/uploads?name=a.png", bytes(50_000_001))
    assert (status, json.loads(answer)["detail"]) == (413, "wanted at most 50 MB, got more")
    assert still.ask("POST", "/art/uploads?name=a.png", picture(), Origin="http://evil.example")[0] == 403


@needs_gradio
@pytest.mark.parametrize(
    "named",
    ["../../index.sqlite", "/etc/passwd", "0" * 64, "*", "A" * 64, "", "..%2f..%2findex.sqlite"],
)
def test_only_what_was_handed_in_is_found_by_its_digest(still: Served, named: str) -> None:
    assert still.get(f"/art/uploads/{quote(named, safe='%')}")[0] in (404, 405)
    told = enhance(still, {"picture": named, "name": "cat.png"})
    assert told == "pictures: cat.png is not there any more; choose it once more"
    assert still.state() == []


@needs_gradio
def test_wrong_words_are_told_and_nothing_is_queued(still: Served) -> None:
    kept = hand_in(still, picture(4))
    assert "wanted at least one, got none" in enhance(still)
    assert "wanted a JSON list" in enhance(still, 7)
    assert "wanted at most 100" in enhance(still, *[kept] * 101)
    assert "wanted one or several of best, quick" in enhance(still, kept, enlarging=())
    assert still.state() == []


@needs_gradio
def test_what_waits_already_and_what_is_too_much_is_not_queued_over_http(still: Served) -> None:
    kept = hand_in(still, picture(5))
    run = run_of(enhance(still, kept))
    assert enhance(still, kept) == f"run {run} waits already, with the very same settings"
    status, answer, _ = still.ask("POST", f"/art/runs/{run}/repeat")
    assert (status, json.loads(answer)["detail"]) == (
        409,
        f"run {run} waits already, with the very same settings",
    )
    queue = SqlRunQueue(still.store)
    for number in range(99):
        queue.create("pipeline", {"number": number}, 1)
    assert enhance(still, kept, scale=3).startswith("100 runs wait already, and no more than 100 may")


@needs_gradio
def test_a_preserved_picture_is_told_by_its_run_and_not_by_what_it_was_made_of(served: Served) -> None:
    status, answer, _ = served.ask(
        "POST",
        "/art/runs",
        json.dumps(
            {"generation": {"seed": 5}, "enhancement": {"side": 32, "enhancer": {"kind": "lanczos"}}}
        ).encode(),
        Content_Type="application/json",
    )
    assert status == 202, answer
    first = json.loads(answer)["run"]
    served.wait_until(first, "done")
    [made] = stored(served, first)
    own = json.loads(served.get(f"/art/about/{first}/{made['name']}")[1])
    assert (own["seed"], own["width"]) == (5, 32)
    kept = hand_in(served, served.get(f"/art/file/{first}/{made['name']}")[1], "painting.png")
    run = run_of(enhance(served, kept))
    served.wait_until(run, "done")
    [larger] = stored(served, run)
    status, content, _ = served.get(f"/art/about/{run}/{larger['name']}")
    told = json.loads(content)
    assert status == 200
    assert (told["seed"], told["width"]) == (0, 64)
    assert told["origin"] == {"name": "painting.png", "sha256": kept["picture"]}
    stages = {record["stage"]: record for record in told["chain"]}
    assert stages["generation"]["settings"]["source"] == {"kind": "pictures"}
    assert stages["enhancement"]["settings"]["enhancer"]["kind"] == "lanczos"
    assert stages["enhancement"]["runtime"]["threads"] >= 1
    assert stages["conversion"]["settings"]["preserve"] is True
    assert told["told_by"] == f"run {run}; the file itself does not say it"
    assert str(served.store).encode() not in content
