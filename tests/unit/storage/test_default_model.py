"""The model that is taken where nobody names one."""

import logging
from pathlib import Path

import pytest

from interfaces.errors import WeightsError
from storage.model_names import delete, make_default, rename
from storage.model_store import FolderModelStore
from storage.paths import data_folder
from tests.unit.storage.models import save_enhancer, save_model


@pytest.fixture
def store(tmp_path: Path) -> FolderModelStore:
    save_model(data_folder() / "models" / "mine-1", "mine", b"mine")
    return FolderModelStore(save_model(tmp_path / "package" / "shipped", "paintings", b"shipped"))


def test_the_default_is_the_shipped_model_until_another_is_made_it_and_when_it_is_taken_back(
    store: FolderModelStore,
) -> None:
    assert store.get().name == "paintings"
    make_default(store, "mine-1")
    assert (store.get().name, store.default_name) == ("mine", "mine")
    make_default(store, "paintings")
    assert (store.get().name, store.default_name) == ("paintings", None)


def test_a_model_that_gets_another_name_stays_the_default(store: FolderModelStore) -> None:
    make_default(store, "mine")
    rename(store, "mine", "ours")
    assert store.get().name == "ours"


def test_where_the_default_is_gone_the_shipped_one_is_taken_with_a_word(
    store: FolderModelStore, caplog: pytest.LogCaptureFixture
) -> None:
    make_default(store, "mine")
    delete(store, "mine")
    with caplog.at_level(logging.WARNING):
        assert store.get().name == "paintings"
    assert "the default model 'mine' is gone or shares its name" in caplog.text
    assert "artgen model default NAME" in caplog.text


def test_what_cannot_be_the_default_is_refused(store: FolderModelStore) -> None:
    save_enhancer(data_folder() / "models" / "net", "net")
    save_model(data_folder() / "models" / "mine-2", "mine", b"another")
    altered = save_model(data_folder() / "models" / "altered", "altered")
    (altered / "model.safetensors").write_bytes(b"others")
    for name, said in (
        ("net", "wanted a model that makes pictures"),
        ("mine", "2 models are called 'mine'"),
        ("mine-2", "wanted a model that alone is called 'mine'"),
        ("altered", "are not those that its model.json describes"),
        ("gone", "there is no model 'gone'"),
    ):
        with pytest.raises(WeightsError, match=said):
            make_default(store, name)
    assert store.default_name is None
