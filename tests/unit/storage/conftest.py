"""What several tests of the stores begin with."""

import pytest

from storage.training.training_store import LocalTrainingStore


@pytest.fixture
def store() -> LocalTrainingStore:
    return LocalTrainingStore()
