"""What several tests of the command line begin with."""

from pathlib import Path

import pytest

from tests.samples import painting_files, write_zip


@pytest.fixture
def paintings(tmp_path: Path) -> Path:
    return write_zip(tmp_path / "paintings.zip", painting_files(("warm", "cool"), per_style=6))
