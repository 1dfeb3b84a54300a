"""The frozen networks whose features a critic looks through: what they compute, and which files they take."""

from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from components.networks._compat import enable
from components.networks.efficientnet_lite import EFFICIENTNET_DEPTHS, EfficientNetLiteFeatures
from components.networks.frozen_features import features_for
from components.networks.squeezenet import SQUEEZENET_DEPTHS, SqueezeNetFeatures
from interfaces.errors import WeightsError
from tests.unit.networks.features_files import write_efficientnet, write_squeezenet


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def images(n: int = 3, side: int = 32) -> Tensor:
    return torch.rand(n, 3, side, side, generator=rng(5)) * 2 - 1


@pytest.fixture
def features(tmp_path: Path) -> Path:
    return write_squeezenet(tmp_path / "squeezenet1_1.safetensors")


def test_features_are_those_of_torchvision(features: Path) -> None:
    enable()
    from torchvision.models import squeezenet1_1

    theirs = squeezenet1_1()
    weights = {key: w.float() for key, w in safetensors.torch.load_file(features).items()}
    theirs.load_state_dict(weights, strict=False)
    ours = SqueezeNetFeatures()
    ours.load(features)
    pictures = images(2, 64)
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    wanted = theirs.features(((pictures + 1) / 2 - mean) / std)
    found = ours(pictures)
    assert [part.shape[1] for part in found] == list(SQUEEZENET_DEPTHS)
    ratio = found[-1] / wanted.clamp_min(1e-6)
    assert wanted.max() > 0
    torch.testing.assert_close(found[-1], wanted * ratio[wanted > 0.01].median(), rtol=1e-3, atol=1e-4)


def test_efficientnet_is_what_its_layers_say(tmp_path: Path) -> None:
    path = write_efficientnet(tmp_path / "efficientnet.safetensors")
    network = EfficientNetLiteFeatures()
    network.load(path)
    weights = {key: w.double() for key, w in safetensors.torch.load_file(path).items()}

    def layer(x: Tensor, convolution: str, norm: str, stride: int = 1, *, clip: bool = True) -> Tensor:
        w = weights[f"{convolution}.weight"]
        x = F.conv2d(x, w, None, stride, w.shape[-1] // 2, groups=1 if w.shape[1] > 1 else len(w))
        gain, offset, mean, variance = (
            weights[f"{norm}.{name}"][:, None, None]
            for name in ("weight", "bias", "running_mean", "running_var")
        )
        x = (x - mean) / (variance + 1e-3).sqrt() * gain + offset
        return x.clamp(0, 6) if clip else x

    # a 255-level picture less 127, over 128
    x = layer(((images(2, 64).double() + 1) * 127.5 - 127) / 128, "_conv_stem", "_bn0", 2)
    x = layer(
        layer(x, "_blocks.0._depthwise_conv", "_blocks.0._bn1"),
        "_blocks.0._project_conv",
        "_blocks.0._bn2",
        clip=False,
    )
    taps = []
    strides = {1: 2, 3: 2, 5: 2, 11: 2}
    for index in range(1, 16):
        name = f"_blocks.{index}"
        y = layer(x, f"{name}._expand_conv", f"{name}._bn0")
        y = layer(y, f"{name}._depthwise_conv", f"{name}._bn1", strides.get(index, 1))
        y = layer(y, f"{name}._project_conv", f"{name}._bn2", clip=False)
        x = x + y if x.shape == y.shape else y
        if index in (2, 4, 10, 15):
            taps.append(x)
    found = network(images(2, 64))
    assert [part.shape[1] for part in found] == list(EFFICIENTNET_DEPTHS) == [24, 40, 112, 320]
    for one, tap, scale in zip(found, taps, (9.9, 8.0, 6.4, 2.2), strict=True):
        torch.testing.assert_close(one.double(), tap / scale, rtol=1e-3, atol=1e-4)


def test_efficientnet_gives_about_the_same_at_half_precision_and_the_same_gradient(tmp_path: Path) -> None:
    network = EfficientNetLiteFeatures()
    network.load(write_efficientnet(tmp_path / "efficientnet.safetensors"))
    gradients = []
    for half in (False, True):
        pictures = images(2, 64).requires_grad_()
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            depths = network(pictures)
        depths[0].float().square().sum().backward()  # deeper, random weights make much of each rounding
        assert pictures.grad is not None
        gradients.append(pictures.grad.flatten())
    assert F.cosine_similarity(gradients[0], gradients[1], dim=0) > 0.98


def test_real_efficientnet_features_are_of_order_one(real_data: Path) -> None:
    network = EfficientNetLiteFeatures()
    network.load(real_data / "weights" / "efficientnet-lite0.fp16.safetensors")
    paintings = sorted((real_data / "paintings-128").glob("titian*"))[:16]
    pixels = [np.asarray(Image.open(path).convert("RGB").resize((128, 128))) for path in paintings]
    pictures = torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2).float() / 127.5 - 1
    for depth in network(pictures):
        assert 0.7 < depth.square().mean().sqrt() < 1.4


def test_the_kind_of_features_is_known_by_what_the_file_holds(tmp_path: Path) -> None:
    for write, kind in (
        (write_squeezenet, SqueezeNetFeatures),
        (write_efficientnet, EfficientNetLiteFeatures),
    ):
        assert isinstance(features_for(write(tmp_path / "f.safetensors")), kind)
    safetensors.torch.save_file({"a": torch.zeros(1)}, tmp_path / "f.safetensors")
    with pytest.raises(
        WeightsError, match="wanted the weights of efficientnet-lite0 or squeezenet1_1, got 1"
    ):
        features_for(tmp_path / "f.safetensors")


def test_refuses_a_file_of_another_network(features: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.safetensors"
    weights = safetensors.torch.load_file(features)
    weights["features.3.squeeze.weight"] = torch.zeros(2, 2, 1, 1)
    safetensors.torch.save_file(weights, other)
    with pytest.raises(WeightsError, match=r"features\.3\.squeeze\.weight of shape .* got \(2, 2, 1, 1\)"):
        SqueezeNetFeatures().load(other)
    other.write_bytes(b"nothing")
    with pytest.raises(WeightsError, match="cannot be read"):
        SqueezeNetFeatures().load(other)


def test_torchvision_s_own_file_gives_the_same_features(features: Path, tmp_path: Path) -> None:
    weights = {**safetensors.torch.load_file(features), "classifier.1.bias": torch.zeros(1000)}
    plain = tmp_path / "squeezenet.pth"
    torch.save(weights, plain)
    digest = sha256(plain.read_bytes()).hexdigest()
    named = plain.rename(tmp_path / f"squeezenet1_1-{digest[:8]}.pth")
    results = []
    for path in (features, named):
        network = SqueezeNetFeatures()
        network.load(path)
        results.append(network(images()))
    assert all(map(torch.equal, *results))


def test_refuses_a_file_whose_name_promises_another_digest(features: Path, tmp_path: Path) -> None:
    altered = tmp_path / "squeezenet1_1-b8a52dc0.pth"
    torch.save(safetensors.torch.load_file(features), altered)
    with pytest.raises(WeightsError, match="wanted SHA-256 b8a52dc0…, as its name says, got"):
        SqueezeNetFeatures().load(altered)


@pytest.mark.parametrize("content", [b"", b"no pickle at all", b"PK\x03\x04 cut off"])
def test_refuses_what_is_no_file_of_torch(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.pth").write_bytes(content)
    with pytest.raises(WeightsError, match="cannot be read"):
        SqueezeNetFeatures().load(tmp_path / "a.pth")


def test_runs_no_code_that_a_file_brings(tmp_path: Path) -> None:
    torch.save({"features.0.weight": Path("x")}, tmp_path / "a.pth")
    with pytest.raises(WeightsError, match="cannot be read"):
        SqueezeNetFeatures().load(tmp_path / "a.pth")
