"""How ``artgen ui`` is started, and when it is refused."""

import gc
import socket
from pathlib import Path

import pytest

from tests.e2e.cli import call, start
from tests.page.browser import needs_gradio


@needs_gradio
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--host", "0.0.0.0"], "--host: 0.0.0.0 is reached by other machines, so wanted --auth"),  # noqa: S104
        (["--auth", "anna"], "--auth: wanted USER:PASSWORD"),
        (["--auth", ":x"], "--auth: wanted USER:PASSWORD"),
        (["--auth", "a:b", "--auth-file", "login"], "wanted one of the two, got both"),
        (["--auth-file", "gone"], "--auth-file gone cannot be read"),
    ],
)
def test_what_would_let_strangers_in_is_refused(
    options: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    refused = call("ui", *options)
    assert refused.exit_code == 2
    assert said in " ".join(refused.stderr.split())
    assert list(tmp_path.iterdir()) == []


@needs_gradio
def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = start(tmp_path, "ui", "--port", port, "--out", "store")
        _, told = process.communicate(timeout=120)
    assert process.returncode == 2
    assert f"127.0.0.1:{port} cannot be listened at: Address already in use; --port names another" in told


def test_garbage_is_looked_for_again_once_the_page_is_there() -> None:
    """And never in what was there by then."""
    from pipeline.cli.ui import _uncollected

    frozen = gc.get_freeze_count()
    try:
        with _uncollected():
            assert not gc.isenabled()
        assert gc.isenabled()
        assert gc.get_freeze_count() > frozen
    finally:
        gc.unfreeze()
