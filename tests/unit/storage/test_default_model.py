"""The model that is taken where nobody names one."""

import logging
from pathlib import Path

import pytest

from interfaces.errors import WeightsError
from interfaces.igme import ResnetTranslation
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
    assert (store.get().name, store.default_name()) == ("mine", "mine")
    make_default(store, "paintings")
    assert (store.get().name, store.default_name()) == ("paintings", None)


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
    assert store.default_name() is None


def save_translation(folder: Path, name: str) -> None:
    architecture = ResnetTranslation(side=16, width=4, blocks=1).model_dump(mode="json")
    save_model(folder, name, name.encode(), architecture=architecture)


def test_there_is_a_default_for_each_thing_that_models_take(store: FolderModelStore) -> None:
    for name in ("faces", "drawings"):
        save_translation(data_folder() / "models" / name, name)
    with pytest.raises(
        WeightsError,
        match="wanted the name of one that takes a domain-picture, of drawings, faces; `artgen mod",
    ):
        store.get_default("domain-picture")
    make_default(store, "faces")
    make_default(store, "mine")
    assert store.get_default("domain-picture").name == "faces"
    assert store.get().name == store.get_default("latent").name == "mine"
    rename(store, "faces", "people")
    assert {takes: each.name for takes, each in store.defaults().items()} == {
        "latent": "mine",
        "domain-picture": "people",
    }
    make_default(store, "paintings")  # which makes pictures of noise
    assert store.get_default("domain-picture").name == "people"


def test_a_note_of_earlier_that_names_what_translates_makes_no_pictures_of_noise(
    store: FolderModelStore, caplog: pytest.LogCaptureFixture
) -> None:
    save_translation(data_folder() / "models" / "faces", "faces")
    (data_folder() / "models" / "default-model").write_text("faces\n")
    with caplog.at_level(logging.WARNING):
        assert store.get().name == "paintings"
    assert "the default model 'faces' is gone" in caplog.text
