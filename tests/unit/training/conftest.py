"""Fixtures of the training tests."""

from collections.abc import Callable
from pathlib import Path

import pytest

from interfaces.ipdt import IPDT
from storage.run_folder import DirectoryFolder
from tests.unit.training.tiny import make_pack
from tests.unit.training.tiny_enhancer import make_squares


@pytest.fixture
def pack(tmp_path: Path) -> IPDT:
    return make_pack(tmp_path)


@pytest.fixture
def new_folder(tmp_path: Path) -> Callable[[], DirectoryFolder]:
    made: list[DirectoryFolder] = []

    def make() -> DirectoryFolder:
        made.append(DirectoryFolder(tmp_path / f"run-{len(made)}"))
        return made[-1]

    return make


@pytest.fixture
def squares(tmp_path: Path) -> IPDT:
    return make_squares(tmp_path)
