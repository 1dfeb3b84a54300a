"""What the page takes in to learn from, how much it keeps, and what it says of a broken store."""

import json
import shutil
import socket
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.parse import quote

import pytest

from storage.run_queue import SqlRunQueue
from tests.page.browser import Served, browser, needs_browser, needs_gradio, serve
from tests.page.test_train_tab import TINY, open_tab, post, waits
from tests.samples import make_painting, painting_files, write_zip

SPACED = "my store"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A page with a worker, told of a folder that has an archive of its own."""
    folder = tmp_path_factory.mktemp("intake")
    (folder / "own").mkdir()
    write_zip(folder / "own" / "same.zip", painting_files(("warm",)))
    write_zip(folder / "own" / "twin.zip", painting_files(("warm", "cool"), per_style=6))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARTGEN_DATA", str(folder / "data"))
        patch.setenv("ARTGEN_CACHE", str(folder / "cache"))
        with serve(folder / SPACED, "--data", str(folder / "own")) as page:
            yield page


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A page without a worker that keeps one megabyte of what is handed in."""
    folder = tmp_path_factory.mktemp("still")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARTGEN_CACHE", str(folder / "cache"))
        with serve(folder / SPACED, "--no-worker", "--uploads-gb", "0.001") as page:
            yield page


def packed(files: dict[str, bytes]) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, file in files.items():
            archive.writestr(name, file)
    return content.getvalue()


def hand_in(served: Served, content: bytes, name: str = "cats.zip") -> tuple[int, Any]:
    status, answer, _ = served.ask("POST", f"/art/archives?name={quote(name, safe='')}", content)
    return status, json.loads(answer)


def kept(served: Served) -> list[str]:
    return [row["name"] for row in json.loads(served.get("/art/archives")[1])["archives"]]


def left(served: Served) -> list[str]:
    return sorted(path.name for path in (served.store / "uploads").rglob("*") if path.is_file())


@needs_browser
def test_a_zip_is_handed_in_tried_learnt_from_and_removed(served: Served, tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "My paintings.zip", painting_files(("warm", "cool"), per_style=6))
    with browser(served.address) as page:
        open_tab(page)
        page.get_by_role("button", name="Pictures of your own").click()
        page.set_input_files("#art-archive", archive)
        page.get_by_label("remove My paintings.zip").wait_for(timeout=30_000)
        chosen = page.get_by_role("combobox", name="Pictures")
        ends = monotonic() + 30
        while chosen.input_value() != "My paintings.zip" and monotonic() < ends:
            page.wait_for_timeout(100)
        assert chosen.input_value() == "My paintings.zip"
        page.get_by_role("textbox", name="Steps").fill("20")
        page.locator("#tab-train").get_by_text("More settings").click()
        lines = "\n".join(f"{name} = {value}" for name, value in TINY.items())
        page.get_by_role("textbox", name="Settings One a line").fill(lines)
        page.click("#art-dry-run")
        waits(page, "document.querySelector('[data-view=trial]').innerText.includes('12 pictures, 20 steps')")
        page.click("#art-train")
        run = served.wait_for(
            lambda runs: next((each["id"] for each in runs if each["kind"] == "train"), None)
        )
        served.wait_until(run, "done")
        page.get_by_label("remove My paintings.zip").click()
        page.get_by_label("remove My paintings.zip").wait_for(state="detached")
    assert left(served) == []
    assert json.loads(served.get(f"/art/training/run/{run}")[1])["model"] == "My paintings-wgan-gp"
    status, answer = post(served, "/art/training/start", source="twin.zip", overrides={**TINY, "steps": "20"})
    assert status == 200, answer
    served.wait_until(answer["run"], "done")
    models = (served.store.parent / "data" / "models").glob("*/model.json")
    told = {each["training"]["dataset"]: each for each in map(json.loads, map(Path.read_text, models))}
    assert told.keys() == {"My paintings", "twin"}
    fingerprints = {each["training"]["data_fingerprint"] for each in told.values()}
    assert len(fingerprints) == 1  # where the pictures lay leaves no trace
    assert told["My paintings"]["weights_sha256"] == told["twin"]["weights_sha256"]


@needs_browser
def test_an_upload_shows_how_far_it_is_and_can_be_cancelled(still: Served, tmp_path: Path) -> None:
    (tmp_path / "slow.zip").write_bytes(packed({"a/b.png": bytes(900_000)}))
    with browser(still.address) as page:
        client = page.context.new_cdp_session(page)
        client.send("Network.enable")
        open_tab(page)
        limits = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 60_000}
        client.send("Network.emulateNetworkConditions", limits)
        page.set_input_files("#art-archive", tmp_path / "slow.zip")
        waits(page, "Number(document.querySelector('#tab-train [role=progressbar]')?.ariaValueNow) > 5", 30)
        page.get_by_label("cancel the upload of slow.zip").click()
        page.locator("#tab-train [role=progressbar]").wait_for(state="detached")
        assert page.locator("#tab-train .art-way").inner_text() == ""
    ends = monotonic() + 20
    while left(still) and monotonic() < ends:
        sleep(0.1)
    assert left(still) == []
    assert kept(still) == []


@needs_browser
def test_what_is_refused_is_told_beside_the_name(still: Served, tmp_path: Path) -> None:
    (tmp_path / "large.zip").write_bytes(packed({"a.png": bytes(1_100_000)}))
    (tmp_path / "text.zip").write_text("no archive")
    with browser(still.address) as page:
        open_tab(page)
        page.set_input_files("#art-archive", tmp_path / "large.zip")
        waits(
            page,
            "document.querySelector('.art-way').innerText.startsWith('large.zip: no room: 0.0 MB are kept')",
            30,
        )
        page.set_input_files("#art-archive", tmp_path / "text.zip")
        waits(
            page,
            "document.querySelector('.art-way').innerText.includes('text.zip: wanted a ZIP or a TAR')",
            30,
        )
        page.evaluate("window.scrollTo(0, 0)")


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_shut_out_of_the_uploads(still: Served, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    status, row = hand_in(
        still, packed({"a/b.png": make_painting()}), "a rather long name of a collection.zip"
    )
    assert status == 200
    with browser(still.address, color_scheme=scheme) as page:
        open_tab(page)
        page.get_by_label("remove a rather long").wait_for()
        found = Axe().run(page, context="#tab-train .art-view").response["violations"]
        serious = [each for each in found if each["impact"] in ("serious", "critical")]
        assert serious == [], json.dumps(serious, indent=1)
    assert still.ask("DELETE", f"/art/archives/{row['digest']}")[0] == 200


@needs_gradio
def test_an_archive_is_named_apart_from_others_of_its_name(served: Served) -> None:
    first, second = packed({"a/1.png": make_painting(seed=1)}), packed({"a/2.png": make_painting(seed=2)})
    names = [hand_in(served, content, "../../same.zip")[1]["name"] for content in (first, second)]
    digests = [sha256(content).hexdigest() for content in (first, second)]
    assert names == [f"same.zip ({digest[:8]})" for digest in digests]
    sources = json.loads(served.get("/art/training/sources")[1])["sources"]
    assert sources == sorted(["same.zip", "twin.zip", *names])
    status, answer = post(served, "/art/training/start", source=names[0], overrides={**TINY, "steps": "x"})
    assert status == 422, answer
    assert "there is no" not in answer["detail"]
    for digest in digests:
        assert served.ask("DELETE", f"/art/archives/{digest}")[0] == 200
        assert served.ask("DELETE", f"/art/archives/{digest}")[0] == 404


@needs_gradio
@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"../../warm/a.png": make_painting()}, "its name leads out of the archive"),
        ({"/etc/warm/a.png": make_painting()}, "its name leads out of the archive"),
        ({"inner.zip": packed({"a/b.png": make_painting()})}, "is an archive itself"),
        ({"notes.txt": b"none"}, "holds no pictures"),
        ({}, "holds no pictures"),
        ({"a/b.png": b"<html>"}, "is not a picture in a format that can be read"),
        (None, "is not a complete ZIP archive"),
    ],
    ids=["dots", "absolute", "nested", "no-pictures", "empty", "html", "truncated"],
)
def test_a_bad_archive_is_told_by_the_run_without_a_path(
    served: Served, files: dict[str, bytes] | None, said: str
) -> None:
    whole = packed(painting_files())
    status, row = hand_in(
        served, whole[: len(whole) // 2] if files is None else packed(files), "bad ones.zip"
    )
    assert status == 200
    status, answer = post(served, "/art/training/start", source=row["name"], overrides=TINY)
    assert status == 200, answer
    message = served.wait_until(answer["run"], "failed")["message"]
    assert said in message
    assert "bad ones.zip" in message
    for hidden in (str(served.store), served.store.parent.name, "uploads", row["digest"]):
        assert hidden not in message
    assert served.ask("DELETE", f"/art/archives/{row['digest']}")[0] == 200


@needs_gradio
def test_too_large_an_archive_is_refused_before_it_is_sent(still: Served) -> None:
    for method, path in (("GET", "/art/archives/room?size=2000000001"),):
        status, answer, _ = still.ask(method, path)
        assert status == 413
        assert json.loads(answer)["detail"].startswith("wanted at most 2 GB, got 2.0 GB")
    with socket.create_connection(("127.0.0.1", int(still.address.rpartition(":")[2])), timeout=30) as line:
        line.sendall(
            b"POST /art/archives?name=a.zip HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3000000000\r\n\r\n"
        )
        assert line.recv(1000).startswith(b"HTTP/1.1 413")
    status, answer = hand_in(still, packed({"a.png": bytes(1_100_000)}))
    assert status == 507
    assert answer["detail"].startswith(
        "no room: 0.0 MB are kept of what was handed in, 1.1 MB would be added"
    )
    assert left(still) == []
    assert still.ask("POST", "/art/archives?name=a.zip", b"PK", Origin="http://evil.example")[0] == 403


@needs_gradio
def test_pictures_and_archives_share_the_room(still: Served) -> None:
    _, row = hand_in(still, packed({"a/b.png": bytes(900_000)}))
    status, answer, _ = still.ask("POST", "/art/uploads?name=cat.png", make_painting() + bytes(200_000))
    assert status == 507
    assert "Remove collections on the tab Train" in json.loads(answer)["detail"]
    assert still.ask("DELETE", f"/art/archives/{row['digest']}")[0] == 200
    assert still.ask("POST", "/art/uploads?name=cat.png", make_painting() + bytes(200_000))[0] == 200


@needs_gradio
def test_an_archive_that_a_waiting_training_needs_stays(still: Served) -> None:
    _, row = hand_in(still, packed(painting_files()))
    _, answer = post(still, "/art/training/start", source=row["name"], overrides=TINY)
    status, content, _ = still.ask("DELETE", f"/art/archives/{row['digest']}")
    told = f"run {answer['run']} uses it and is queued; cancel that one first"
    assert (status, json.loads(content)["detail"]) == (409, told)
    again = post(still, "/art/training/start", source=row["name"], overrides=TINY)
    assert again == (409, {"detail": f"run {answer['run']} waits already, with the very same settings"})
    assert still.ask("POST", f"/art/runs/{answer['run']}/cancel")[0] == 200
    assert still.ask("DELETE", f"/art/archives/{row['digest']}")[0] == 200


@needs_gradio
def test_no_name_of_an_archive_becomes_a_path(still: Served) -> None:
    for number, name in enumerate(
        ["../../../x", "/etc/passwd", "..", "", "a\0b\r\n.zip", "x" * 5000, ".hidden"]
    ):
        status, row = hand_in(still, packed({f"a/{number}.png": make_painting()}), name)
        assert status == 200
        [path] = (still.store / "uploads" / row["digest"]).iterdir()
        assert path.name.endswith(".zip")
        assert not path.name.startswith(".")
        assert len(path.name) < 80
        assert still.ask("DELETE", f"/art/archives/{row['digest']}")[0] == 200
    for digest in ("..%2f..%2findex.sqlite", "index.sqlite", "*", "0" * 64):
        assert still.ask("DELETE", f"/art/archives/{digest}")[0] in (404, 405)
    assert (still.store / "index.sqlite").exists()


@needs_gradio
def test_gradios_own_way_to_hand_in_files_is_closed(still: Served) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\nabc\r\n--x--\r\n'
    ways = ("/gradio_api/upload", "/gradio_api/upload?upload_id=1", "/gradio_api/process_recording")
    for path in (*ways, *(f"/uk{each}" for each in ways)):
        status, content, _ = still.ask("POST", path, body, Content_Type="multipart/form-data; boundary=x")
        assert (status, json.loads(content)["detail"].startswith("files are handed in at /art")) == (
            404,
            True,
        )


ASKED = [
    ("GET", "/art/state"), ("GET", "/art/pictures"), ("GET", "/art/choices"), ("GET", "/art/enhanced"),
    ("GET", "/art/about/x/y.png"), ("GET", "/art/file/x/y.png"), ("GET", "/art/training/run/x"),
    ("GET", "/art/picture/x/y.png"), ("POST", "/art/runs/x/cancel"), ("POST", "/art/runs/x/resume"),
    ("POST", "/art/runs/x/repeat"), ("POST", "/art/runs/x/first"), ("POST", "/art/rate/x/y.png"),
    ("POST", "/art/delete"), ("POST", "/art/restore"), ("POST", "/art/runs"), ("POST", "/art/training/start"),
    ("POST", "/art/models/compare"), ("POST", "/art/variations/x/y.png"), ("DELETE", f"/art/archives/{'0' * 64}"),
]  # fmt: skip
BODIES = {
    "/art/rate/x/y.png": {"stars": 1},
    "/art/delete": {"pictures": [["x", "y.png"]]},
    "/art/restore": {"moment": "2026-01-01T00:00:00Z"},
    "/art/runs": {"generation": {"seed": 1}, "enhancement": {"side": 64, "enhancer": {"kind": "lanczos"}}},
    "/art/training/start": {"source": "same.zip", "overrides": TINY},
    "/art/models/compare": {"models": ["a", "b"]},
}


def answers(served: Served) -> dict[str, tuple[int, bytes]]:
    found = {}
    for method, path in ASKED:
        body = json.dumps(BODIES.get(path, {})).encode() if method == "POST" else b""
        found[path] = served.ask(method, path, body, Content_Type="application/json")[:2]
    return found


@needs_gradio
@pytest.mark.parametrize("harm", ["corrupted", "deleted"])
def test_a_store_that_breaks_under_the_page_is_told_without_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    monkeypatch.setenv("ARTGEN_CACHE", str(tmp_path / "cache"))
    store = tmp_path / "a private place" / SPACED
    with serve(store, "--no-worker") as page:
        SqlRunQueue(store).create("pipeline", {}, 1)
        assert page.get("/art/state")[0] == 200
        if harm == "deleted":
            shutil.rmtree(store)
        else:
            (store / "index.sqlite").write_bytes(b"no database " * 10_000)
        sleep(0.5)  # for so long the state of before is told
        found = answers(page)
        told = b"".join(content for _, content in found.values())
        for hidden in (str(tmp_path), tmp_path.name, "a private place", "Traceback"):
            assert hidden.encode() not in told, hidden
        if harm == "corrupted":
            broken = [path for path, (status, _) in found.items() if status == 503]
            assert len(broken) > 8, found
            assert json.loads(found["/art/pictures"][1])["detail"].startswith(
                f"the index of {SPACED} cannot be used"
            )
            assert {path: each for path, each in found.items() if each[0] >= 500 and each[0] != 503} == {}
        event = {"data": [1, "", "", 64, None, 1.0]}
        _, content, _ = page.ask(
            "POST", "/gradio_api/call/generate", json.dumps(event).encode(), Content_Type="application/json"
        )
        assert str(tmp_path).encode() not in content


@needs_browser
def test_a_second_browser_shows_what_was_handed_in_and_removed_without_a_reload(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTGEN_CACHE", str(tmp_path / "cache"))
    nothing, something = "There is nothing to learn from yet", "Choose pictures, look at what"
    with serve(tmp_path / "store", "--no-worker") as page, browser(page.address) as other:
        open_tab(other)
        other.get_by_text(nothing).wait_for()
        assert hand_in(page, packed(painting_files(("warm",), per_style=2)), "cats.zip")[0] == 200
        other.get_by_label("remove cats.zip").wait_for()
        other.get_by_text(something).wait_for()
        other.get_by_role("combobox", name="Pictures").click()
        other.get_by_role("option", name="cats.zip").click()
        assert hand_in(page, packed(painting_files(("cool",), per_style=2)), "dogs.zip")[0] == 200
        other.get_by_label("remove dogs.zip").wait_for()
        chosen = other.get_by_role("combobox", name="Pictures")
        chosen.click()
        other.get_by_role("option", name="dogs.zip").wait_for()
        assert chosen.input_value() == "cats.zip"  # what was chosen stays
        other.keyboard.press("Escape")
        for row in json.loads(page.get("/art/archives")[1])["archives"]:
            assert page.ask("DELETE", f"/art/archives/{row['digest']}", Origin=page.address)[0] == 200
        other.get_by_label("remove dogs.zip").wait_for(state="detached")
        other.get_by_text(nothing).wait_for()
        waits(other, "document.querySelector('#tab-train [role=combobox], #tab-train input').value == ''", 60)


@needs_browser
def test_what_came_after_the_page_and_before_its_tab_was_looked_at_can_be_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTGEN_CACHE", str(tmp_path / "cache"))
    with serve(tmp_path / "store", "--no-worker") as page, browser(page.address) as other:
        assert hand_in(page, packed(painting_files(("warm",), per_style=2)), "cats.zip")[0] == 200
        open_tab(other)
        other.get_by_text("Choose pictures, look at what").wait_for()
        other.get_by_role("combobox", name="Pictures").click()
        other.get_by_role("option", name="cats.zip").wait_for()
