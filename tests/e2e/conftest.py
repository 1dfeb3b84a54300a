"""What several tests of the command line begin with."""

from pathlib import Path

import pytest

from tests.samples import painting_files, write_zip


@pytest.fixture
def paintings(tmp_path: Path) -> Path:
    return write_zip(tmp_path / "paintings.zip", painting_files(("warm", "cool"), per_style=6))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder
