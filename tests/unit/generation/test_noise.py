"""Generation from noise: seeds decide, and nothing else does."""

from pathlib import Path

import pytest
import torch
from torch import nn

from components.generation import NoiseGenerator, loaded
from components.generation.noise import BATCH
from components.networks.build import load_generator
from components.networks.latents import latents_of_seeds, wanted_latent
from interfaces.errors import SettingsError, WeightsError
from interfaces.igdt import IGDT
from interfaces.igme import IGME, ConvGenerator
from interfaces.igs import IGS
from pipeline.component_check.samples import random_model


@pytest.fixture
def model(tmp_path: Path) -> IGME:
    return random_model(tmp_path / "model")


def generate(model: IGME | None, **values: object) -> list[IGDT]:
    return list(NoiseGenerator().generate(IGS.model_validate(values), model))


def other(model: IGME, **changes: object) -> IGME:
    return IGME.model_validate({**dict(model), **changes})


@pytest.mark.parametrize("count", [1, BATCH, BATCH + 1, 100])
def test_makes_as_many_as_asked_in_groups_of_one_batch(model: IGME, count: int) -> None:
    groups = [len(data.images) for data in generate(model, count=count, seed=7)]
    assert sum(groups) == count
    assert max(groups) <= BATCH


def test_image_37_of_100_is_that_of_40_and_of_its_own_seed(model: IGME) -> None:
    hundred = torch.cat([data.images for data in generate(model, count=100, seed=1000)])
    forty = torch.cat([data.images for data in generate(model, count=40, seed=1000)])
    (alone,) = generate(model, count=1, seed=1037)
    assert torch.equal(hundred[37], forty[37])
    assert torch.equal(hundred[37], alone.images[0])


def test_images_are_the_networks_answer_to_the_latents(model: IGME) -> None:
    from components.networks.build import load_generator

    (data,) = generate(model, count=3, seed=5)
    wanted = load_generator(model)(latents_of_seeds(range(5, 8), wanted_latent(model.architecture)))
    torch.testing.assert_close(data.images, wanted, rtol=0, atol=1e-6)


def test_a_grey_model_gives_rgb_images(tmp_path: Path) -> None:
    import hashlib

    import safetensors.torch

    from components.networks.build import build_generator

    architecture = ConvGenerator(side=8, latent=4, width=4, max_width=8, channels=1)
    network = build_generator(architecture, "glorot-normal", torch.Generator().manual_seed(0))
    path = tmp_path / "grey.safetensors"
    path.write_bytes(safetensors.torch.save(network.state_dict()))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    model = IGME(
        name="grey", architecture=architecture, weights_path=path, weights_sha256=digest, styles=("a",)
    )
    (data,) = generate(model, count=2)
    assert tuple(data.images.shape) == (2, 3, 8, 8)
    assert torch.equal(data.images[:, 0], data.images[:, 2])


def test_the_record_says_nothing_of_count_and_seed(model: IGME) -> None:
    (record,) = generate(model, count=3, seed=9)[0].provenance
    assert not {"count", "seed"} & set(record.settings)
    assert record.digests == {"model": model.weights_sha256}
    assert record.runtime["batch"] == BATCH


def test_the_images_can_be_optimised_further(model: IGME) -> None:
    (data,) = generate(model)
    assert not data.images.requires_grad
    pixels = data.images.clone().requires_grad_()
    (pixels * data.images).sum().backward()
    assert pixels.grad is not None
    assert torch.equal(pixels.grad, data.images)


def test_wants_a_model() -> None:
    with pytest.raises(WeightsError, match="needs a trained model; pass one with --model"):
        generate(None)


def test_names_the_near_match_of_an_unknown_style(model: IGME) -> None:
    with pytest.raises(SettingsError, match=r"learnt cool, warm; got 'wram'\. Did you mean 'warm'\?"):
        generate(model, style="wram")


def test_a_model_without_labels_cannot_be_asked_for_a_style(model: IGME) -> None:
    with pytest.raises(
        SettingsError, match=r"without style labels and cannot be asked for 'warm'.*--conditional"
    ):
        generate(model, style="warm")


def test_refuses_altered_weights(model: IGME) -> None:
    model.weights_path.write_bytes(model.weights_path.read_bytes() + b" ")
    with pytest.raises(WeightsError, match=f"wanted weights with SHA-256 {model.weights_sha256}"):
        generate(model)


def test_refuses_missing_weights(model: IGME) -> None:
    model.weights_path.unlink()
    with pytest.raises(WeightsError, match=r"model\.safetensors: the weights cannot be read"):
        generate(model)


def test_a_model_that_is_asked_again_is_not_loaded_again(
    model: IGME, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str] = []

    def load(wanted: IGME) -> nn.Module:
        names.append(wanted.name)
        return load_generator(wanted)

    monkeypatch.setattr(loaded, "_LOADED", {})
    monkeypatch.setattr(loaded, "load_generator", load)
    first, again = generate(model, seed=3), generate(model, seed=3)
    generate(other(model, name="renamed"), seed=4)
    assert names == ["sample"]
    assert torch.equal(first[0].images, again[0].images)


def test_refuses_weights_of_another_network(model: IGME) -> None:
    wider = other(model, architecture={**dict(model.architecture), "width": 8, "max_width": 16})
    with pytest.raises(WeightsError, match="weights of another network than the model describes"):
        generate(wider)
