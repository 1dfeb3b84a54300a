"""The model store: models by name, path and digest, and never with altered weights."""

from hashlib import sha256
from pathlib import Path

import pytest

from interfaces.errors import WeightsError
from storage import MODEL_STORES
from storage.model_store import FolderModelStore
from storage.paths import data_folder
from tests.unit.storage.models import save_model


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    return save_model(tmp_path / "package" / "shipped", "paintings", b"shipped")


@pytest.fixture
def store(shipped: Path) -> FolderModelStore:
    return FolderModelStore(shipped)


def test_is_registered_and_needs_no_arguments() -> None:
    assert MODEL_STORES["folders"]().list() == []


def test_none_is_the_shipped_model(store: FolderModelStore, shipped: Path) -> None:
    model = store.get()
    assert (model.name, model.weights_path) == ("paintings", shipped / "model.safetensors")
    assert (model.architecture.side, model.styles) == (32, ("baroque", "realism"))
    assert (model.training, model.metrics) == ({"steps": 3}, {"fid": 102.3})


@pytest.mark.parametrize("shipped", [None, Path("nowhere")])
def test_says_what_to_do_where_no_model_is_shipped(shipped: Path | None) -> None:
    store = FolderModelStore(shipped)
    assert store.list() == []
    with pytest.raises(
        WeightsError, match=r"no model comes with this artgen: train one \(`artgen train SOURCE`\)"
    ):
        store.get()


def test_lists_the_shipped_model_first_then_by_folder(store: FolderModelStore) -> None:
    for folder in ("b", "a"):
        save_model(data_folder() / "models" / folder, f"model {folder}")
    assert [model.name for model in store.list()] == ["paintings", "model a", "model b"]


def test_finds_by_name_of_model_or_folder(store: FolderModelStore) -> None:
    folder = save_model(data_folder() / "models" / "mine", "digits", b"mine")
    for name in ("mine", "digits"):
        assert store.get(name).weights_path == folder / "model.safetensors"
    assert store.get("paintings").weights_sha256 == sha256(b"shipped").hexdigest()


@pytest.mark.parametrize("part", ["", "model.safetensors", "model.json"])
def test_finds_by_path(store: FolderModelStore, tmp_path: Path, part: str) -> None:
    folder = save_model(tmp_path / "training", "digits", b"mine")
    assert store.get(str(folder / part)).weights_path == folder / "model.safetensors"


def test_finds_by_a_relative_path(
    store: FolderModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = save_model(tmp_path / "training", "digits", b"mine")
    monkeypatch.chdir(tmp_path)
    assert store.get("training").weights_path == folder / "model.safetensors"


def test_a_moved_folder_is_the_same_model(store: FolderModelStore, tmp_path: Path) -> None:
    save_model(tmp_path / "old", "digits", b"mine").rename(tmp_path / "new")
    assert store.get(str(tmp_path / "new")).weights_path == tmp_path / "new" / "model.safetensors"


def test_weights_with_a_description_of_their_own_name(store: FolderModelStore, tmp_path: Path) -> None:
    folder = save_model(tmp_path / "training", "digits", b"mine", weights_path="digits.safetensors")
    (folder / "model.safetensors").rename(folder / "digits.safetensors")
    (folder / "model.json").rename(folder / "digits.json")
    assert store.get(str(folder / "digits.safetensors")).name == "digits"


def test_an_unknown_model_is_named_with_the_near_match(store: FolderModelStore) -> None:
    with pytest.raises(
        WeightsError, match=r"no model 'painting': wanted one of paintings.*Did you mean 'paintings'"
    ):
        store.get("painting")


def test_finds_by_digest(store: FolderModelStore) -> None:
    save_model(data_folder() / "models" / "mine", "digits", b"mine")
    assert store.by_digest(sha256(b"mine").hexdigest()).name == "digits"
    assert store.by_digest(sha256(b"shipped").hexdigest()).name == "paintings"
    absent = sha256(b"absent").hexdigest()
    with pytest.raises(
        WeightsError, match=f"no model has weights of SHA-256 {absent}: known are digits, paintings"
    ):
        store.by_digest(absent)


def test_altered_weights_are_refused_with_both_digests(store: FolderModelStore, shipped: Path) -> None:
    (shipped / "model.safetensors").write_bytes(b"altered")
    wanted, got = sha256(b"shipped").hexdigest(), sha256(b"altered").hexdigest()
    message = f"wanted SHA-256 {wanted}, got {got}"
    with pytest.raises(WeightsError, match=message):
        store.get()
    with pytest.raises(WeightsError, match=message):
        store.get(str(shipped))
    with pytest.raises(WeightsError, match=message):
        store.by_digest(wanted)


def test_missing_weights_are_named(store: FolderModelStore, shipped: Path) -> None:
    (shipped / "model.safetensors").unlink()
    with pytest.raises(
        WeightsError, match=rf"'paintings': {shipped}/model\.safetensors cannot be read: No such file"
    ):
        store.get()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "Invalid JSON"),
        (b"\xff\xfe", "Invalid JSON"),
        (b"[]", "valid dictionary|object"),
        (b'{"name": "x"}', "architecture Field required; .*weights_sha256 Field required"),
    ],
)
def test_a_damaged_description_is_refused_in_one_line(
    store: FolderModelStore, tmp_path: Path, content: bytes, problem: str
) -> None:
    (tmp_path / "model.json").write_bytes(content)
    with pytest.raises(
        WeightsError, match=rf"^{tmp_path}/model\.json does not describe a model: .*({problem})"
    ) as caught:
        store.get(str(tmp_path))
    assert "\n" not in str(caught.value)


def test_a_description_of_a_later_release_is_refused(store: FolderModelStore, tmp_path: Path) -> None:
    save_model(tmp_path, "later", novelty=1)
    with pytest.raises(WeightsError, match="novelty Extra inputs are not permitted"):
        store.get(str(tmp_path))


@pytest.mark.parametrize("path", ["/etc/passwd", "../other.safetensors", "a\\b.safetensors"])
def test_weights_elsewhere_are_refused(store: FolderModelStore, tmp_path: Path, path: str) -> None:
    save_model(tmp_path, "foreign", weights_path=path)
    with pytest.raises(WeightsError, match="weights_path: wanted the name of a file beside it, got"):
        store.get(str(tmp_path))


def test_weights_beside_the_description_of_others_are_refused(
    store: FolderModelStore, tmp_path: Path
) -> None:
    save_model(tmp_path, "digits")
    (tmp_path / "other.safetensors").write_bytes(b"other")
    with pytest.raises(WeightsError, match=r"the model\.json beside it is of model\.safetensors"):
        store.get(str(tmp_path / "other.safetensors"))


def test_a_file_that_is_no_model_is_refused(store: FolderModelStore, tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(b"")
    with pytest.raises(WeightsError, match=r"wanted a folder, a \.safetensors file or a model\.json"):
        store.get(str(tmp_path / "model.pkl"))
    with pytest.raises(WeightsError, match=r"model\.json, which describes a model, cannot be read"):
        store.get(str(tmp_path))


def test_a_damaged_model_does_not_hide_the_others(
    store: FolderModelStore, caplog: pytest.LogCaptureFixture
) -> None:
    save_model(data_folder() / "models" / "good", "good")
    (save_model(data_folder() / "models" / "bad", "bad") / "model.json").write_bytes(b"{")
    assert [model.name for model in store.list()] == ["paintings", "good"]
    assert "bad/model.json does not describe a model" in caplog.text
