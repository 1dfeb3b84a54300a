"""A network that comes with artgen is known by its name, and its file is looked at first."""

from hashlib import sha256
from pathlib import Path

import pytest

from interfaces.errors import WeightsError
from interfaces.trained_enhancer import CompactNetwork, TrainedEnhancer
from storage.weight_store import CachedWeightStore
from tests.unit.storage.weights import CONTENT


def _ship(folder: Path) -> dict[str, Path]:
    described = TrainedEnhancer(
        name="ours",
        architecture=CompactNetwork(),
        weights_path=Path("model.safetensors"),
        weights_sha256=sha256(CONTENT).hexdigest(),
    )
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(CONTENT)
    (folder / "enhancer.json").write_text(described.model_dump_json(), encoding="utf-8")
    return {"ours": folder / "enhancer.json"}


def test_the_shipped_network_is_known_by_its_name_and_looked_at_first(tmp_path: Path) -> None:
    store = CachedWeightStore(shipped=_ship(tmp_path / "shipped"))
    path = tmp_path / "shipped" / "model.safetensors"

    assert store.find("ours") == store.get("ours") == path
    assert store.names[0] == "ours"
    assert next(store.files()) == path


def test_a_misspelt_name_of_the_shipped_network_is_told(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"unknown weights 'ourz'; known: .*ours, .*Did you mean 'ours'"):
        CachedWeightStore(shipped=_ship(tmp_path / "shipped")).find("ourz")


def test_a_shipped_network_that_was_altered_is_refused(tmp_path: Path) -> None:
    store = CachedWeightStore(shipped=_ship(tmp_path / "shipped"))
    (tmp_path / "shipped" / "model.safetensors").write_bytes(CONTENT[:-1])
    with pytest.raises(WeightsError, match=r"weights ours: wanted SHA-256 .* install artgen again"):
        store.find("ours")
    (tmp_path / "shipped" / "model.safetensors").unlink()
    with pytest.raises(WeightsError, match="got nothing; install artgen again"):
        store.find("ours")


def test_a_damaged_description_of_the_shipped_network_is_named(tmp_path: Path) -> None:
    shipped = _ship(tmp_path / "shipped")
    with pytest.raises(WeightsError, match=r"enhancer\.json .*wanted the name theirs, got ours"):
        CachedWeightStore(shipped={"theirs": shipped["ours"]})
    shipped["ours"].write_text("{", encoding="utf-8")
    with pytest.raises(WeightsError, match=r"enhancer\.json is missing or damaged; install artgen again"):
        CachedWeightStore(shipped=shipped)
