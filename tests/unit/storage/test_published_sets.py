"""A published data set is downloaded whole, checked, or not at all."""

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from interfaces.errors import DataError, SettingsError, StorageError, UnknownComponentError
from interfaces.events import Event, Progress
from storage.training.published import DATASETS, PublishedFile, fetch_dataset

CONTENT = b"sixty thousand paintings" * 1000


@pytest.fixture
def site() -> Iterator[str]:
    """URL of a server on this machine that has one file."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/tiny.tar":
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            self.wfile.write(CONTENT)

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def tiny(site: str, digest: str | None, name: str = "tiny.tar") -> dict[str, tuple[PublishedFile, ...]]:
    return {"tiny": (PublishedFile(site + name, "a stand-in", digest, "this test"),)}


def md5() -> str:
    return f"md5:{hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()}"


def test_downloads_checks_and_tells_its_progress(site: str, tmp_path: Path) -> None:
    events: list[Event] = []
    path = fetch_dataset("tiny", tmp_path / "new", listener=events.append, datasets=tiny(site, md5()))
    assert (path.name, path.read_bytes()) == ("tiny.tar", CONTENT)
    assert isinstance(events[-1], Progress)
    assert (events[-1].done, events[-1].total, events[-1].unit) == (len(CONTENT), len(CONTENT), "bytes")


def test_keeps_a_file_that_is_there_already(site: str, tmp_path: Path) -> None:
    (tmp_path / "tiny.tar").write_bytes(CONTENT)
    nowhere = tiny("http://127.0.0.1:9/", md5())
    assert fetch_dataset("tiny", tmp_path, datasets=nowhere).read_bytes() == CONTENT


def test_refuses_another_digest_and_leaves_nothing(site: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has not the digest md5:0000"):
        fetch_dataset("tiny", tmp_path, datasets=tiny(site, "md5:" + "0" * 32))
    assert not list(tmp_path.iterdir())


def test_asks_for_a_digest_where_none_is_published(site: str, tmp_path: Path) -> None:
    datasets = tiny(site, None)
    with pytest.raises(SettingsError, match="published without a digest: give the SHA-256"):
        fetch_dataset("tiny", tmp_path, datasets=datasets)
    digest = hashlib.sha256(CONTENT).hexdigest()
    assert fetch_dataset("tiny", tmp_path, sha256=digest.upper(), datasets=datasets).is_file()
    with pytest.raises(DataError, match="has not the digest sha256:1111"):
        fetch_dataset("tiny", tmp_path / "other", sha256="1" * 64, datasets=datasets)


def test_says_when_it_cannot_be_downloaded(site: str, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be downloaded"):
        fetch_dataset("tiny", tmp_path, datasets=tiny(site, md5(), "gone.tar"))


def test_names_the_near_match_of_an_unknown_data_set(tmp_path: Path) -> None:
    with pytest.raises(UnknownComponentError, match="Did you mean 'artbench-10'"):
        fetch_dataset("artbench10", tmp_path)


def test_says_how_to_get_the_originals_by_hand(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="can only be got by hand: open https://drive"):
        fetch_dataset("artbench-10-original", tmp_path)


def test_every_published_digest_is_one_that_can_be_checked() -> None:
    for published in (each for files in DATASETS.values() for each in files):
        kind, _, digest = (published.digest or "md5:" + "0" * 32).partition(":")
        assert (kind, len(digest)) == ("md5", 32)
        assert published.url.startswith("https://")


def test_several_files_come_into_a_folder_of_the_sets_name(site: str, tmp_path: Path) -> None:
    file = tiny(site, md5())["tiny"][0]
    datasets = {"both": (file, replace(file, url=f"{site}gone.tar"))}
    with pytest.raises(StorageError, match="cannot be downloaded"):  # the second is not there
        fetch_dataset("both", tmp_path, datasets=datasets)
    datasets = {"both": (file, file)}
    with pytest.raises(SettingsError, match="--sha256: both has 2 files"):
        fetch_dataset("both", tmp_path, sha256="1" * 64, datasets=datasets)
    folder = fetch_dataset("both", tmp_path, datasets=datasets)
    assert folder == tmp_path / "both"
    assert [each.name for each in folder.iterdir()] == ["tiny.tar"]
