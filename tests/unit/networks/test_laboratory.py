"""The laboratory's networks have the paper's parameters, and layers that draw do so from what is in the weights alone."""

import copy

import pytest
import torch
from torch import nn

from components.networks.activations import ACTIVATIONS, Dropout, RandomLeakyReLU
from components.networks.build import build_critic, build_generator
from components.networks.conv_gan import ConvCritic
from components.networks.laboratory import LabCritic, LabCriticNet, LabGeneratorNet
from components.training.gan.presets import PRESETS
from interfaces.errors import SettingsError
from interfaces.laboratory import LabGenerator

# SPEC.md, section 5
COUNTS = {
    "lab-2d": (1_101_632, 1_076_160, 212_865),
    "lab-3d": (1_114_176, 1_088_704, 212_865),
    "lab-4d": (1_126_720, 1_101_248, 212_865),
    "lab-cgan": (1_114_206, 1_088_734, 220_705),
}
LANDSCAPE = 10_729_344, 2_563_713


def networks(preset: str) -> tuple[nn.Module, nn.Module]:
    settings = PRESETS[preset]
    labels = 10 if settings.conditional else 0
    rng = torch.Generator().manual_seed(0)
    return (
        build_generator(settings.generator, settings.initialisation, rng, labels),
        build_critic(settings.critic, settings.generator, settings.initialisation, rng, labels),
    )


def counts(network: nn.Module) -> tuple[int, int]:
    """Return the numbers in all, and those that learn; passes of batches are no numbers of the network."""
    learns = sum(each.numel() for each in network.parameters() if each.requires_grad)
    running = sum(each.numel() for each in network.buffers() if each.is_floating_point())
    return learns + running, learns


@pytest.mark.parametrize("preset", COUNTS)
def test_the_networks_of_digits_have_exactly_the_papers_parameters(preset: str) -> None:
    generator, critic = networks(preset)
    total, trainable, of_critic = COUNTS[preset]
    assert counts(generator) == (total, trainable)
    assert counts(critic) == (of_critic, of_critic)


def test_the_networks_of_landscapes_have_exactly_the_papers_parameters() -> None:
    generator, critic = networks("lab-landscape")
    assert (counts(generator)[0], counts(critic)[0]) == LANDSCAPE


@pytest.mark.parametrize("preset", [*COUNTS, "lab-landscape"])
def test_images_have_the_size_of_the_data_and_each_one_a_score(preset: str) -> None:
    settings = PRESETS[preset]
    generator, critic = networks(preset)
    labels = (torch.arange(3),) if settings.conditional else ()
    images = generator(torch.rand(3, settings.takes.length) * 2 - 1, *labels)
    assert images.shape == (3, settings.generator.channels, settings.generator.side, settings.generator.side)
    assert images.abs().max() <= 1
    assert critic(images, *labels).shape == (3,)


def test_a_label_multiplies_the_noise_and_the_critics_image() -> None:
    generator, critic = networks("lab-cgan")
    assert isinstance(generator, LabGeneratorNet)
    assert isinstance(critic, LabCriticNet)
    plain_generator, plain_critic = copy.deepcopy(generator.eval()), copy.deepcopy(critic.eval())
    assert generator.entry is not None
    assert critic.entry is not None
    torch.nn.init.uniform_(critic.entry.gains, 0.5, 2.0)
    latents, labels = torch.rand(4, 3) * 2 - 1, torch.tensor([0, 7, 7, 9])
    plain_generator.entry = plain_critic.entry = None
    with torch.no_grad():
        by_hand = plain_generator(latents * generator.entry.gains[labels])
        assert torch.equal(generator(latents, labels), by_hand)
        gains = critic.entry.gains[labels].view(4, 1, 28, 28)
        assert torch.equal(critic(by_hand, labels), plain_critic(by_hand * gains))


def test_a_side_that_the_layers_do_not_come_to_is_refused_with_those_that_they_do() -> None:
    with pytest.raises(ValueError, match=r"wanted first_side doubled .* \(7, 14, 28, 56\), got 64"):
        LabGenerator(side=64)
    with pytest.raises(
        (SettingsError, ValueError), match=r"critic\.last_side: wanted one that 2 layers halve"
    ):
        type(PRESETS["lab-2d"]).model_validate({**dict(PRESETS["lab-2d"]), "critic": LabCritic(last_side=3)})


def test_no_slope_is_penalised_of_a_critic_that_draws() -> None:
    preset = PRESETS["lab-2d"]
    with pytest.raises(
        ValueError, match=r"critic\.dropout: .* wanted 0, or correction none or clipping, got 0\.3"
    ):
        type(preset).model_validate({**dict(preset), "correction": "penalty"})
    assert (
        type(preset)
        .model_validate({**dict(preset), "correction": "penalty", "critic": LabCritic(dropout=0)})
        .penalises_slope
    )
    with pytest.raises(ValueError, match="Input should be 'linear'"):
        ConvCritic.model_validate({"activation": "rrelu"})


def test_what_draws_learns_on_one_device() -> None:
    preset = PRESETS["lab-2d"]
    with pytest.raises(ValueError, match=r"devices: critic\.dropout draws numbers .* wanted 1, got 2"):
        type(preset).model_validate({**dict(preset), "devices": 2})
    calm = {**dict(preset), "devices": 2, "critic": LabCritic(dropout=0)}
    assert type(preset).model_validate(calm).devices == 2
    with pytest.raises(ValueError, match=r"devices: generator\.activation rrelu draws numbers"):
        type(preset).model_validate({**calm, "generator": LabGenerator(activation="rrelu")})


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_makes_a_generator(activation: str) -> None:
    architecture = LabGenerator.model_validate({"activation": activation, "widths": (8, 4)})
    network = build_generator(architecture, "glorot-normal", torch.Generator())
    assert network(torch.zeros(2, 2)).isfinite().all()


def test_dropout_forgets_its_share_and_keeps_the_mean() -> None:
    layer = Dropout(0.3)
    ones = torch.ones(1000, 100)
    seen = layer(ones)
    assert (seen == 0).float().mean().item() == pytest.approx(0.3, abs=0.01)
    assert seen.mean().item() == pytest.approx(1.0, abs=0.02)
    assert torch.equal(layer.eval()(ones), ones)


def test_a_random_slope_lies_between_an_eighth_and_a_third_and_is_their_mean_afterwards() -> None:
    layer = RandomLeakyReLU()
    slopes = -layer(-torch.ones(1000, 100))
    assert slopes.min() >= 1 / 8
    assert slopes.max() <= 1 / 3
    assert slopes.mean().item() == pytest.approx((1 / 8 + 1 / 3) / 2, abs=0.001)
    assert torch.equal(layer(torch.ones(5)), torch.ones(5))
    assert layer.eval()(torch.tensor([-48.0])).item() == pytest.approx(-11.0)


@pytest.mark.parametrize("layer", [Dropout(0.5), RandomLeakyReLU()])
def test_what_a_layer_draws_goes_on_from_its_weights_whatever_else_was_drawn(layer: nn.Module) -> None:
    x = -torch.rand(64, generator=torch.Generator().manual_seed(1)) - 0.1
    layer(x)
    kept = copy.deepcopy(layer.state_dict())
    wanted = [layer(x), layer(x)]
    torch.rand(5)
    again = copy.deepcopy(layer)
    again.load_state_dict(kept)
    got = [again(x), again(x)]
    assert all(torch.equal(*pair) for pair in zip(wanted, got, strict=True))
    assert not torch.equal(*got)


def test_layers_of_one_network_do_not_draw_alike() -> None:
    x = torch.ones(1000)
    assert not torch.equal(Dropout(0.5, place=0)(x), Dropout(0.5, place=1)(x))
