"""Names of models: each means one; given, changed, and models removed."""

import os
from pathlib import Path

import pytest

from interfaces.errors import RunError, StorageError, WeightsError
from storage.folder_lock import writing_to
from storage.model_names import delete, files_of, name_trained, rename
from storage.model_store import ELSEWHERE, FolderModelStore
from storage.paths import data_folder
from tests.unit.storage.models import save_enhancer, save_model


@pytest.fixture
def store(tmp_path: Path) -> FolderModelStore:
    return FolderModelStore(save_model(tmp_path / "package" / "shipped", "paintings", b"shipped"))


def _inside(folder: str, name: str) -> Path:
    return save_model(data_folder() / "models" / folder, name, folder.encode())


def _names(store: FolderModelStore) -> dict[str, str]:
    return {name: model.weights_path.parent.name for name, model in store.named().items()}


def test_models_that_share_a_name_are_refused_by_it_with_their_paths(store: FolderModelStore) -> None:
    first, second = _inside("a-1", "my-paintings"), _inside("a-2", "my-paintings")

    with pytest.raises(
        WeightsError, match="2 models are called 'my-paintings': wanted one of a-1"
    ) as refused:
        store.get("my-paintings")

    assert str(first) in str(refused.value)
    assert str(second) in str(refused.value)


def test_models_that_share_a_name_are_listed_by_their_folders(store: FolderModelStore) -> None:
    for folder, name in (("a-1", "my-paintings"), ("a-2", "my-paintings"), ("b", "digits"), ("c", "b")):
        _inside(folder, name)

    named = store.named()

    assert list(named) == ["paintings", "a-1", "a-2", "digits", "c"]  # b means two models
    for name, model in named.items():
        assert store.get(name).weights_path == model.weights_path


def test_a_model_that_was_trained_elsewhere_is_found_by_its_name(
    store: FolderModelStore, tmp_path: Path
) -> None:
    model = store.find(str(save_model(tmp_path / "out" / "training", "data", b"mine")))

    assert name_trained(store, model, "my-paintings-wgan-gp").name == "my-paintings-wgan-gp"

    assert _names(store) == {"paintings": "shipped", "my-paintings-wgan-gp": "training"}
    assert store.get("my-paintings-wgan-gp").weights_path == model.weights_path
    with pytest.raises(WeightsError, match="no model 'training'"):
        store.get("training")


def test_a_model_elsewhere_without_a_name_of_its_own_is_listed_by_its_path(
    store: FolderModelStore, tmp_path: Path
) -> None:
    for folder in (tmp_path / "one", tmp_path / "two"):
        ELSEWHERE.remember(save_model(folder, "same"))
    assert list(store.named()) == ["paintings", str(tmp_path / "one"), str(tmp_path / "two")]


def test_a_model_in_the_data_folder_is_listed_once(store: FolderModelStore) -> None:
    folder = _inside("mine", "digits")
    ELSEWHERE.remember(folder)
    assert _names(store) == {"paintings": "shipped", "digits": "mine"}


def test_names_of_trained_models_are_numbered(store: FolderModelStore) -> None:
    folders = [_inside(f"folder {number}", "data") for number in range(3)]

    given = [name_trained(store, store.find(str(folder)), "data-wgan-gp").name for folder in folders]
    again = name_trained(store, store.find(str(folders[1])), "data-wgan-gp")

    assert given == ["data-wgan-gp", "data-wgan-gp-2", "data-wgan-gp-3"]
    assert again.name == "data-wgan-gp-2"
    assert list(_names(store)) == ["paintings", *given]
    assert name_trained(store, again, "paintings").name == "paintings-2"


def test_a_rename_changes_the_name_alone(store: FolderModelStore) -> None:
    before = store.find(str(_inside("mine", "digits")))

    assert rename(store, "digits", "numbers") == store.get("numbers") == store.get("mine")

    assert dict(store.get("numbers")) == dict(before) | {"name": "numbers"}
    assert rename(store, "numbers", "mine").name == "mine"  # its own folder's name is its own


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("paintings", "x", "'paintings' comes with artgen"),
        ("digits", "paintings", "wanted a name that no other model has, got 'paintings', which is that of /.*shipped"),
        ("digits", "other", "which is that of /.*other"),
        ("digits", "a/b", "without folder separators"),
        ("digits", "", "of 1 to 255 letters"),
        ("digit", "x", "Did you mean 'digits'"),
    ],
)  # fmt: skip
def test_a_rename_that_cannot_be_is_refused(store: FolderModelStore, old: str, new: str, said: str) -> None:
    _inside("mine", "digits")
    _inside("other", "letters")
    with pytest.raises(WeightsError, match=said):
        rename(store, old, new)
    assert _names(store) == {"paintings": "shipped", "digits": "mine", "letters": "other"}


def test_a_model_in_the_data_folder_is_deleted_with_all_that_lies_there(store: FolderModelStore) -> None:
    folder = _inside("mine", "digits")
    (folder / "checkpoints").mkdir()
    (folder / "checkpoints" / "step-1.json").write_bytes(b"{}")
    assert [path.name for path in files_of(store, "digits")] == [
        "step-1.json",
        "model.json",
        "model.safetensors",
    ]
    assert delete(store, "digits") == []
    assert not folder.exists()
    assert _names(store) == {"paintings": "shipped"}


def test_a_model_elsewhere_is_deleted_by_its_path_alone_and_what_is_not_its_own_stays(
    store: FolderModelStore, tmp_path: Path
) -> None:
    folder = save_model(tmp_path / "out", "digits")
    ELSEWHERE.remember(folder)
    for name in ("checkpoints/step-1.json", "samples/step-000001.png", "samples/mine.png", "notes.txt"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"")

    with pytest.raises(WeightsError, match=f"name its path: artgen model delete {folder}"):
        delete(store, "digits")
    left = delete(store, str(folder))

    assert left == [folder / "notes.txt", folder / "samples"]
    assert [path.name for path in (folder / "samples").iterdir()] == ["mine.png"]
    assert not (folder / "checkpoints").exists()
    assert ELSEWHERE.known() == []


def test_a_network_that_enlarges_is_named_listed_renamed_and_deleted_as_a_model_is(
    store: FolderModelStore, tmp_path: Path
) -> None:
    _inside("mine", "digits")
    folder = save_enhancer(tmp_path / "out", "data")

    named = name_trained(store, store.find_trained(str(folder)), "digits")

    assert named.name == "digits-2"
    assert _names(store) == {"paintings": "shipped", "digits": "mine", "digits-2": "out"}
    assert [model.name for model in store.list()] == ["paintings", "digits"]
    assert rename(store, "digits-2", "lens").name == "lens"
    assert store.get_trained("lens").weights_path == folder / "model.safetensors"
    with pytest.raises(WeightsError, match="which is that of"):
        rename(store, "digits", "lens")
    with pytest.raises(WeightsError, match="name its path: artgen model delete"):
        delete(store, "lens")
    assert delete(store, str(folder)) == []
    assert not folder.exists()
    assert _names(store) == {"paintings": "shipped", "digits": "mine"}


def test_a_network_that_enlarges_is_no_model_to_make_pictures_with(
    store: FolderModelStore, tmp_path: Path
) -> None:
    folder = save_enhancer(data_folder() / "models" / "lens", "lens")
    for name in (str(folder), str(folder / "model.safetensors"), "lens"):
        with pytest.raises(WeightsError, match=f"is a network that enlarges: .* by --weights {folder}"):
            store.get(name)
    (folder / "model.safetensors").write_bytes(b"others")
    with pytest.raises(WeightsError, match=r"not those that its enhancer\.json describes"):
        store.get_trained("lens")


def test_what_is_shipped_or_being_written_is_not_deleted(store: FolderModelStore) -> None:
    folder = _inside("mine", "digits")
    for name in ("paintings", str(store.shipped)):
        with pytest.raises(WeightsError, match="comes with artgen"):
            delete(store, name)
    with writing_to(folder, "20261127-000000-abcdef"), pytest.raises(RunError, match="writes to it"):
        delete(store, "digits")
    assert _names(store) == {"paintings": "shipped", "digits": "mine"}


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_named(store: FolderModelStore) -> None:
    folder = _inside("mine", "digits")
    folder.chmod(0o500)
    try:
        with pytest.raises(StorageError, match="cannot be removed: Permission denied"):
            delete(store, "digits")
    finally:
        folder.chmod(0o700)
