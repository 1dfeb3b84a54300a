"""Loading a trained generator: what was stored comes back, and nothing else is taken for it."""

from hashlib import sha256
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import Tensor

from components.networks.build import build_generator, load_generator
from interfaces.errors import WeightsError
from interfaces.igme import IGME, ConvGenerator

ARCHITECTURE = ConvGenerator(side=8, width=4, latent=6)


def stored(tmp_path: Path, weights: dict[str, Tensor]) -> IGME:
    content = safetensors.torch.save(weights)
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    return IGME(
        name="tiny",
        architecture=ARCHITECTURE,
        weights_path=path,
        weights_sha256=sha256(content).hexdigest(),
        styles=("baroque",),
    )


@pytest.fixture
def weights() -> dict[str, Tensor]:
    net = build_generator(ARCHITECTURE, "glorot-normal", torch.Generator().manual_seed(0))
    return {key: tensor.detach().clone() for key, tensor in net.state_dict().items()}


def test_loads_what_was_stored_ready_to_generate(tmp_path: Path, weights: dict[str, Tensor]) -> None:
    net = load_generator(stored(tmp_path, weights))
    assert not net.training
    assert not any(parameter.requires_grad for parameter in net.parameters())
    assert all(torch.equal(tensor, weights[key]) for key, tensor in net.state_dict().items())


def test_half_precision_weights_compute_in_float32(tmp_path: Path, weights: dict[str, Tensor]) -> None:
    half = {key: t.half() if t.is_floating_point() else t for key, t in weights.items()}
    images = load_generator(stored(tmp_path, half))(torch.zeros(1, 6))
    assert images.dtype == torch.float32


def test_names_the_first_keys_that_differ(tmp_path: Path, weights: dict[str, Tensor]) -> None:
    weights["layers.0.weight"] = torch.zeros(2, 2)
    del weights["layers.4.weight"]
    weights["stranger"] = torch.zeros(1)
    with pytest.raises(WeightsError, match="another network") as caught:
        load_generator(stored(tmp_path, weights))
    message = str(caught.value)
    assert "layers.0.weight: wanted (64, 6), got (2, 2)" in message
    assert "layers.4.weight: wanted" in message
    assert "stranger: wanted nothing, got (1,)" in message


def test_refuses_altered_weights(tmp_path: Path, weights: dict[str, Tensor]) -> None:
    model = stored(tmp_path, weights)
    content = bytearray(model.weights_path.read_bytes())
    content[-1] ^= 1
    model.weights_path.write_bytes(content)
    with pytest.raises(WeightsError, match=f"wanted weights with SHA-256 {model.weights_sha256}"):
        load_generator(model)


def test_refuses_missing_weights(tmp_path: Path, weights: dict[str, Tensor]) -> None:
    model = stored(tmp_path, weights)
    model.weights_path.unlink()
    with pytest.raises(WeightsError, match="cannot be read"):
        load_generator(model)
