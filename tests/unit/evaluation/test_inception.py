"""The weights of FID are not at hand: the network is torch-fidelity's own, with weights that nobody trained."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
import torch

from components.evaluation.features import extract
from components.evaluation.inception import InceptionMetrics
from components.networks._compat import enable
from interfaces.errors import WeightsError
from storage.run_folder import DirectoryFolder
from tests.unit.evaluation.pictures import Told, blobs, sets_of


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of random weights that fits torch-fidelity's network."""
    enable()
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    path = tmp_path_factory.mktemp("inception") / "weights.pth"
    torch.save({}, path)
    with pytest.MonkeyPatch.context() as patch:
        # its constructor knows no other way to an untrained network
        patch.setattr(FeatureExtractorInceptionV3, "load_state_dict", lambda *_: None)
        network: Any = FeatureExtractorInceptionV3("untrained", ["2048"], feature_extractor_weights_path=path)
    torch.save(network.state_dict(), path)
    return path


def test_fid_kid_and_the_inception_score_are_those_of_the_formulas(untrained: Path, tmp_path: Path) -> None:
    digest = hashlib.sha256(untrained.read_bytes()).hexdigest()
    metrics = InceptionMetrics(untrained, digest=digest[:8])
    sets = sets_of(blobs(4, seed=1), blobs(4, seed=2), blobs(4, seed=3))
    found = {m.key: m for m in metrics.measure(sets, DirectoryFolder(tmp_path), Told())}

    assert [m.name for m in found.values()][:2] == [
        "Fréchet inception distance (FID)", "kernel inception distance (KID)",
    ]  # fmt: skip
    assert {m.details["features_sha256"] for m in found.values()} == {digest}
    both = [
        extract(metrics._vectors, images, Told(), "") for images in (sets.generated, sets.pictures(sets.real))
    ]
    a, b = (outputs[:, :2048].double() for outputs in both)
    assert both[0].shape == (4, 2048 + 1008)
    # |m1 - m2|^2 + |A|^2 + |B|^2 - 2 |A B^T|_*, with the nuclear norm from the eigenvalues of a Gram matrix
    centred = [(x - x.mean(0)) / 3**0.5 for x in (a, b)]
    cross = centred[0] @ centred[1].T
    nuclear = torch.linalg.eigvalsh(cross @ cross.T).clamp_min(0).sqrt().sum()
    fid = (a.mean(0) - b.mean(0)).square().sum() + sum(x.square().sum() for x in centred) - 2 * nuclear
    assert found["inception_frechet"].value == pytest.approx(float(fid), rel=1e-4)
    # each of the splits has one picture, which says nothing new about itself
    assert found["inception_score"].value == pytest.approx(1)


def test_weights_of_another_digest_are_not_fid(untrained: Path) -> None:
    with pytest.raises(
        WeightsError, match=r"SHA-256 begins with 6726825d, got [0-9a-f]{64} .* may be called FID"
    ):
        InceptionMetrics(untrained)


def test_without_the_weights_it_is_said_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"No such file.*Download https://.*6726825d\.pth .*--inception"):
        InceptionMetrics(tmp_path / "weights-inception-2015-12-05-6726825d.pth")


class _Harm:
    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("harm"),))


@pytest.mark.parametrize("content", [_Harm(), {"fc.bias": torch.zeros(3)}], ids=["code", "another network"])
def test_code_is_never_run_and_other_networks_are_refused(
    content: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "inception.pth"
    torch.save(content, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(WeightsError, match="does not hold the Inception network"):
        InceptionMetrics(path, digest=digest[:8])
    assert not (tmp_path / "harm").exists()
