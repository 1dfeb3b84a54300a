"""What the tests of packs begin with."""

from pathlib import Path

import pytest

from interfaces.itdt import ITDT
from storage.run_folder import DirectoryFolder
from storage.training.training_store import LocalTrainingStore
from tests.samples import painting_files, write_files


@pytest.fixture
def store() -> LocalTrainingStore:
    return LocalTrainingStore()


@pytest.fixture
def data(store: LocalTrainingStore, tmp_path: Path) -> ITDT:
    train = painting_files(prefix="train/", per_style=20)
    test = painting_files(prefix="test/", per_style=2, first_seed=500)
    return store.describe(str(write_files(tmp_path / "art", {**train, **test})))


@pytest.fixture
def cache(tmp_path: Path) -> DirectoryFolder:
    return DirectoryFolder(tmp_path / "packs")
