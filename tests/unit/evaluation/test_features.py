import hashlib
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from components.evaluation.features import FeatureDistances, load_features
from components.networks.squeezenet import squeezenet_shapes
from components.networks.vgg19 import VGG19Features
from interfaces.errors import SettingsError, WeightsError
from storage.run_folder import DirectoryFolder
from tests.unit.evaluation.pictures import Told, blobs, sets_of


@pytest.fixture
def squeezenet(tmp_path: Path) -> Path:
    """A SqueezeNet that was never trained."""
    rng = torch.Generator().manual_seed(0)
    path = tmp_path / "weights.safetensors"
    shapes = squeezenet_shapes()
    save_file(
        {
            k: torch.randn(shape, generator=rng) * (0.1 if len(shape) > 1 else 0)
            for k, shape in shapes.items()
        },
        path,
    )
    return path


def test_distances_carry_the_name_the_digest_and_the_resize_of_their_features(
    squeezenet: Path, tmp_path: Path
) -> None:
    network = load_features(f"squeezenet:{squeezenet}")
    sets = sets_of(blobs(12, seed=1) // 2, blobs(12, seed=2), blobs(12, seed=3))
    found = FeatureDistances(network).measure(sets, DirectoryFolder(tmp_path), Told())

    assert [m.name for m in found] == [
        f"{what} on squeezenet1_1 features"
        for what in ("Fréchet distance", "kernel distance", "precision", "recall")
    ]
    assert not any("FID" in m.name or "nception" in m.name for m in found)
    digest = hashlib.sha256(squeezenet.read_bytes()).hexdigest()
    assert {m.details["features_sha256"] for m in found} == {digest}
    assert {m.details["features_resize"] for m in found} == {"bilinear with antialiasing to 128"}
    frechet = found[0]
    assert frechet.floor is not None
    assert frechet.value > 2 * frechet.floor
    assert network.vectors(blobs(2)).shape == (2, 512)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (
            "squezenet:a",
            r"wanted squeezenet:PATH or vgg19:PATH, got 'squezenet:a'\. Did you mean 'squeezenet'",
        ),
        ("vgg19", r"wanted squeezenet:PATH or vgg19:PATH, got 'vgg19'\.$"),
        ("inception:a.pth", r"--inception PATH"),
    ],
)
def test_unknown_features_are_refused(wanted: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        load_features(wanted)


@pytest.mark.parametrize("name", ["squeezenet", "vgg19"])
def test_a_missing_file_and_one_of_another_network_are_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"nowhere\.safetensors: No such file"):
        load_features(f"{name}:{tmp_path / 'nowhere.safetensors'}")
    other = tmp_path / "other.safetensors"
    save_file({"features.0.bias": torch.zeros(3)}, other)
    with pytest.raises(WeightsError, match=r"with torchvision's keys, features\.0\.\w+ of shape .*, got"):
        load_features(f"{name}:{other}")
    pickled = tmp_path / "other.pth"
    torch.save({"features.0.bias": torch.zeros(3)}, pickled)
    with pytest.raises(WeightsError, match=r"with torchvision's keys, features\.0\.\w+ of shape .*, got"):
        load_features(f"{name}:{pickled}")
    other.write_bytes(b"not at all")
    with pytest.raises(WeightsError, match="cannot be read"):
        load_features(f"{name}:{other}")


def test_vgg19_sees_pictures_as_its_publishers_normalised_them(real_data: Path) -> None:
    from torchvision.transforms.functional import normalize

    network = VGG19Features(real_data / "weights" / "vgg19-features.safetensors")
    images = blobs(2, 32).float() / 255
    x = normalize(images, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    weights = dict(network.layers.named_parameters())
    for index in range(36):
        if f"{index}.weight" in weights:
            x = torch.conv2d(x, weights[f"{index}.weight"], weights[f"{index}.bias"], padding=1).relu()
        elif index in (4, 9, 18, 27):
            x = torch.max_pool2d(x, 2)
    torch.testing.assert_close(network(images * 2 - 1), x, atol=1e-4, rtol=1e-3)
    assert not any(weight.requires_grad for weight in weights.values())
