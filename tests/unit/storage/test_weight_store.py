"""The weight store: found, downloaded, refused; never with another digest, never half."""

import io
import os
import socket
from collections.abc import Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import torch
from pydantic import ValidationError
from safetensors import safe_open

from interfaces.errors import StorageError, WeightsError
from interfaces.events import Event, Notice, Progress
from storage import WEIGHT_STORES
from storage.official_weights import OfficialWeights
from storage.paths import cache_folder
from storage.weight_store import CachedWeightStore
from tests.unit.storage.weights import CONTENT


def _pickled() -> bytes:
    content = io.BytesIO()
    torch.save({"features.0.weight": torch.ones(2, 3), "classifier.0.weight": torch.zeros(400, 300)}, content)
    return content.getvalue()


PICKLED = _pickled()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        kind = self.path.strip("/").removesuffix(".pth")
        if kind == "absent":
            self.send_error(404)
            return
        body = {"other": CONTENT[::-1], "longer": CONTENT * 3, "parts": PICKLED}.get(kind, CONTENT)
        self.send_response(200)
        if kind != "unsized":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if kind == "broken" else body)

    def log_message(self, *_: object) -> None:
        """Keep the output of the tests clean."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def _store(url: str, name: str = "net") -> CachedWeightStore:
    digest = sha256(CONTENT).hexdigest()
    entry = OfficialWeights(
        name=name,
        url=f"{url}/{name}.pth",
        size=len(CONTENT),
        sha256=digest,
        licence="CC0-1.0",
        description="for tests",
    )
    return CachedWeightStore([entry])


def _left_behind() -> list[Path]:
    return [path for path in cache_folder().rglob("*") if path.is_file()]


def test_is_registered_and_needs_no_arguments() -> None:
    assert WEIGHT_STORES["cache"]().find("realesr-general-x4v3") is None


@pytest.mark.parametrize("name", ["net", "unsized"])
def test_downloads_once_and_finds_it_from_then_on(url: str, name: str) -> None:
    store, events = _store(url, name), list[Event]()
    assert store.find(name) is None
    path = store.get(name, listener=events.append)
    assert path == cache_folder() / "weights" / f"{name}.pth"
    assert path.read_bytes() == CONTENT
    assert _left_behind() == [path]
    steps = [event for event in events if isinstance(event, Progress)]
    assert len(steps) == len(events) >= 4
    assert {(step.stage, step.unit, step.detail, step.total) for step in steps} == {
        ("download", "bytes", name, len(CONTENT))
    }
    done = [step.done for step in steps]
    assert done == sorted(done)
    assert done[-1] == len(CONTENT)
    assert _store("http://127.0.0.1:1", name).get(name) == store.find(name) == path


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        (
            "other",
            f"another file: wanted SHA-256 {sha256(CONTENT).hexdigest()} and {len(CONTENT)} bytes, got",
        ),
        ("longer", f"sent more than the {len(CONTENT)} bytes wanted"),
        (
            "broken",
            r"cannot be downloaded from http://127.* \(the connection broke off midway\); fetch the file",
        ),
        (
            "absent",
            r"cannot be downloaded from http://127.* \(the server answers 404 Not Found\); fetch the file",
        ),
    ],
)
def test_a_bad_download_leaves_nothing_behind(url: str, name: str, problem: str) -> None:
    with pytest.raises(WeightsError, match=problem) as caught:
        _store(url, name).get(name)
    assert "\n" not in str(caught.value)
    assert _left_behind() == []


def test_a_server_that_is_gone_is_told_with_the_place_for_the_file() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(
        WeightsError, match=rf"from {url}/net\.pth \(no connection\); .* put it into "
    ) as caught:
        _store(url).get("net")
    assert str(cache_folder() / "weights") in str(caught.value)
    assert "ARTGEN_WEIGHTS" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert _left_behind() == []


def test_a_listener_that_stops_a_download_leaves_nothing_behind(url: str) -> None:
    def interrupt(_: Event) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _store(url).get("net", listener=interrupt)
    assert _left_behind() == []


def test_a_full_disk_is_told(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StorageError, match=r"net\.pth cannot be written: the disk is full"):
        _store(url).get("net")
    assert _left_behind() == []


def _known_by_its_start(url: str, name: str = "net", **more: object) -> CachedWeightStore:
    entry = {"name": name, "url": f"{url}/{name}.pth", "licence": "CC0-1.0", "description": "for tests"}
    digest = sha256(CONTENT).hexdigest()[:8]
    return CachedWeightStore([OfficialWeights.model_validate({**entry, "sha256": digest, **more})])


@pytest.mark.parametrize("name", ["net", "unsized"])
def test_weights_known_by_the_first_digits_of_their_digest_are_downloaded_and_checked(
    url: str, name: str
) -> None:
    store, events = _known_by_its_start(url, name), list[Event]()
    path = store.get(name, listener=events.append)
    assert path.read_bytes() == CONTENT
    assert store.find(name) == path
    assert store.by_digest(sha256(CONTENT).hexdigest()) == path
    published = store.publication(sha256(CONTENT).hexdigest())
    assert published is not None
    assert published.name == name
    assert all(isinstance(event, Progress) and event.done <= (event.total or event.done) for event in events)


def test_of_a_large_file_the_part_that_is_of_use_is_kept_and_says_what_it_was_taken_from(url: str) -> None:
    digest = sha256(PICKLED).hexdigest()
    entry = OfficialWeights(
        name="parts", url=f"{url}/parts.pth", sha256=digest[:8], licence="CC0-1.0", description="for tests",
        part="features.", converted=True,
    )  # fmt: skip
    store = CachedWeightStore([entry])

    path = store.get("parts")

    assert path == cache_folder() / "weights" / "parts.safetensors"
    assert _left_behind() == [path]
    with safe_open(path, "pt") as kept:
        assert kept.metadata() == {"source": f"{url}/parts.pth", "sha256": digest}
        assert list(kept.keys()) == ["features.0.weight"]
        assert kept.get_tensor("features.0.weight").equal(torch.ones(2, 3))
    assert store.find("parts") == path


def test_another_file_than_the_first_digits_say_is_refused(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = _known_by_its_start(url, "other")
    with pytest.raises(
        WeightsError, match=f"another file: wanted SHA-256 {sha256(CONTENT).hexdigest()[:8]}, got"
    ):
        store.get("other")
    assert _left_behind() == []
    (tmp_path / "other.pth").write_bytes(b"another")
    monkeypatch.setenv("ARTGEN_WEIGHTS", str(tmp_path))
    with pytest.raises(WeightsError, match="ARTGEN_WEIGHTS: wanted SHA-256"):
        store.find("other")
    with pytest.raises(ValidationError, match="sha256"):
        _known_by_its_start(url, sha256="1234567")


def test_a_rendition_as_safetensors_is_the_user_s_word_where_all_make_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "net.safetensors").write_bytes(b"converted")
    monkeypatch.setenv("ARTGEN_WEIGHTS", str(tmp_path))
    store = _known_by_its_start("http://127.0.0.1:1", converted=True)
    assert store.look("net") == (tmp_path / "net.safetensors", "ARTGEN_WEIGHTS", ())
    assert store.by_digest(sha256(b"converted").hexdigest()) == tmp_path / "net.safetensors"
    with pytest.raises(WeightsError, match="not on this machine"):
        store.by_digest("0" * 64)
    with pytest.raises(WeightsError, match="wanted SHA-256"):
        _known_by_its_start("http://127.0.0.1:1").find("net")


@pytest.mark.parametrize("name", ["net.pth", "net.safetensors"])
def test_looks_into_the_named_folders_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    empty, full = tmp_path / "empty", tmp_path / "full"
    for folder in (empty, full):
        folder.mkdir()
    (full / name).write_bytes(CONTENT)
    monkeypatch.setenv("ARTGEN_WEIGHTS", os.pathsep.join([str(empty), str(full), str(tmp_path / "nowhere")]))
    assert _store("http://127.0.0.1:1").find("net") == full / name


def test_finds_the_file_under_the_name_in_its_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = _store("http://127.0.0.1:1").table["net"]
    store = CachedWeightStore(
        [OfficialWeights(**(dict(entry) | {"url": "http://127.0.0.1:1/v1/N-01.pth?x=1"}))]
    )
    (tmp_path / "N-01.pth").write_bytes(CONTENT)
    monkeypatch.setenv("ARTGEN_WEIGHTS", str(tmp_path))
    assert store.find("net") == tmp_path / "N-01.pth"


def test_an_official_name_with_another_digest_is_refused(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "net.pth").write_bytes(b"other")
    monkeypatch.setenv("ARTGEN_WEIGHTS", str(tmp_path))
    wanted, got = sha256(CONTENT).hexdigest(), sha256(b"other").hexdigest()
    store = _store(url)
    with pytest.raises(
        WeightsError, match=rf"wanted SHA-256 {wanted}, got .*net\.pth \({got}\); .*give its path"
    ):
        store.find("net")
    assert store.find(str(tmp_path / "net.pth")) == tmp_path / "net.pth"

    events: list[Event] = []
    assert store.get("net", listener=events.append) == cache_folder() / "weights" / "net.pth"
    [notice] = [event for event in events if isinstance(event, Notice)]
    assert notice.level == "warning"
    assert f"got {tmp_path / 'net.pth'} ({got})" in notice.text


def test_the_right_file_is_found_behind_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "net.pth").write_bytes(b"other")
    (tmp_path / "net.safetensors").write_bytes(CONTENT)
    monkeypatch.setenv("ARTGEN_WEIGHTS", str(tmp_path))
    assert _store("http://127.0.0.1:1").find("net") == tmp_path / "net.safetensors"


def test_a_path_is_taken_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.pth").write_bytes(b"mine")
    monkeypatch.chdir(tmp_path)
    for given in ("mine.pth", str(tmp_path / "mine.pth")):
        assert CachedWeightStore().get(given) == CachedWeightStore().find(given) == tmp_path / "mine.pth"


def test_a_path_that_leads_nowhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"nowhere\.pth: wanted a file of weights, got nothing"):
        CachedWeightStore().find(str(tmp_path / "nowhere.pth"))
    with pytest.raises(WeightsError, match="wanted a file of weights, got a folder"):
        CachedWeightStore().find(str(tmp_path))
    with pytest.raises(WeightsError, match=r"nowhere\.pth: wanted a file of weights, got nothing"):
        CachedWeightStore().get("nowhere.pth")


def test_an_unknown_name_is_refused_with_the_near_match() -> None:
    with pytest.raises(
        WeightsError, match=r"unknown weights 'realesr-general-x4v2'.*Did you mean 'realesr-general-x4v3'"
    ):
        CachedWeightStore().get("realesr-general-x4v2")
