"""What all tests share: real data where it is at hand, and folders that keep the user's own out of play."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

# the networks of the tests are tiny: a second thread only waits for the first. Child processes inherit it.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# and none depends on what is the fastest on this processor
os.environ.setdefault("ARTGEN_PRECISION", "float32")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the user's caches, models, weights and results out of the tests, and the tests out of them."""
    monkeypatch.chdir(tmp_path)  # where nobody names a result store, it is made in the working folder
    monkeypatch.setenv("ARTGEN_CACHE", str(tmp_path / "artgen-cache"))
    monkeypatch.setenv("ARTGEN_DATA", str(tmp_path / "artgen-data"))
    monkeypatch.delenv("ARTGEN_WEIGHTS", raising=False)


@pytest.fixture(autouse=True)
def _ctrl_c_works() -> Iterator[None]:
    """Undo what a shell does to jobs in the background, whose children ignore Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real paintings and weights; skips where it is absent."""
    folder = Path(os.environ.get("ARTGEN_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data: {folder} is absent (ARTGEN_TEST_DATA names another place)")
    return folder


@pytest.fixture
def tiny_model(tmp_path: Path) -> Path:
    """Folder of a random generator of 8x8 pictures in two styles."""
    from pipeline.component_check.samples import random_model

    return random_model(tmp_path / "tiny-model").weights_path.parent
